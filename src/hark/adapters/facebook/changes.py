"""Elements of `changes[]`: comments, visitors' posts, mentions, reviews, and reactions to them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hark.adapters._meta.payloads import Envelope, Id, Time
from hark.adapters._meta.pending import ask_for
from hark.adapters._meta.people import author_of, emoji_of, first_instant
from hark.adapters._meta.wire import text_id
from hark.adapters.facebook import files, payloads
from hark.adapters.facebook.posts import kind_of
from hark.adapters.facebook.webhook import FETCHED
from hark.channels.contract import (
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Post,
    Reaction,
    Source,
    Thread,
    Unrecognized,
)

POSTS = frozenset({"post", "status", "photo", "video", "share", "album", "link", "note"})
REACTIONS = frozenset({"reaction", "like"})
EDITS = frozenset({"edit", "edited", "update"})
REMOVALS = frozenset({"remove", "delete"})
VISIBILITY = {"hide": True, "unhide": False}
NO_INBOX_ITEM = frozenset(
    {
        "address", "connection", "coupon", "event", "experience", "group", "group_message", "interest",
        "mention", "milestone", "page", "picture", "platform-story", "photo-album", "profile", "question", "rating",
        "relationship-status", "story", "timeline cover", "tag", "name", "hours",
    }
)  # fmt: skip
"""Feed items that say something about the page itself."""


class Item(msgspec.Struct, frozen=True):
    """A change with what every event needs from it. `source` is where its comments belong."""

    page_id: str
    field: str
    value: payloads.Value
    entry_time: Time
    received_at: datetime

    @property
    def made_at(self) -> datetime:
        """When the thing, or the reaction, was made."""
        return first_instant(self.value.created_time, self.entry_time, fallback=self.received_at)

    @property
    def changed_at(self) -> datetime:
        """When it was changed. `created_time` may be that of the thing itself, which would put every change
        at the same instant, so the later of it and the notification's time counts."""
        edited = first_instant(self.value.edited_time, fallback=self.made_at)
        return max(edited, first_instant(self.entry_time, fallback=edited))

    def author(self, thing: str) -> Author:
        value = self.value
        name = value.from_.name if value.from_ else value.sender_name
        user_id = value.from_.id if value.from_ else None
        return author_of(self.page_id, user_id or value.sender_id, name, thing)

    @property
    def is_ours(self) -> bool:
        return self.author("").us


def from_change(envelope: Envelope, received_at: datetime) -> list[InboundEvent]:
    change = msgspec.convert(envelope.item, payloads.Change)
    handle = {"feed": _feed, "mention": _mention, "ratings": _ratings}.get(change.field or "")
    if handle is None or change.value is None:
        return [Ignored(f"field:{change.field}", first_instant(envelope.entry_time, fallback=received_at))]
    value = msgspec.convert(change.value, payloads.Value)
    item = Item(envelope.entry_id, change.field or "", value, envelope.entry_time, received_at)
    return _fetched(item) if value.verb == FETCHED else handle(item)


def _feed(item: Item) -> list[InboundEvent]:
    name = item.value.item or ""
    if name == "comment":
        return _comment(item, Source.COMMENT)
    if name in REACTIONS:
        return _reaction(item)
    if name in POSTS:
        return _visitor_post(item)
    if name in NO_INBOX_ITEM:
        return _ignored(item)
    raise Unrecognized(f"feed item {name!r} with verb {item.value.verb!r}")


def _mention(item: Item) -> list[InboundEvent]:
    value = item.value
    thing = text_id(value.comment_id) if value.item == "comment" else text_id(value.post_id)
    if thing is None:
        raise Unrecognized(f"a mention in {value.item!r} without its id")
    return _written(item, _mention_thread(item, thing), thing)


def _ratings(item: Item) -> list[InboundEvent]:
    name = item.value.item or ""
    if name == "comment":
        return _comment(item, Source.REVIEW)
    if name in REACTIONS:
        return _reaction(item)
    if name == "rating":
        return _review(item)
    raise Unrecognized(f"ratings item {name!r} with verb {item.value.verb!r}")


def _comment(item: Item, source: Source) -> list[InboundEvent]:
    comment_id = _required(item.value.comment_id, "a comment")
    thread = _review_thread(item) if source is Source.REVIEW else _comment_thread(item, comment_id)
    return _written(item, thread, comment_id)


def _visitor_post(item: Item) -> list[InboundEvent]:
    if item.value.post_id is None or item.is_ours:
        return _ignored(item)
    thing = _required(item.value.post_id, "a post")
    return _written(item, _mention_thread(item, thing), thing)


def _written(item: Item, thread: Thread, thing: str) -> list[InboundEvent]:
    """What happened to something that somebody wrote: made, changed, hidden, removed."""
    value, verb = item.value, item.value.verb or ""
    if verb == "add":
        return _added(item, thread, thing)
    if verb in EDITS:
        found = files.of_value(value)
        return [Edit(thing, item.changed_at, text=value.message or None, attachments=found or None)]
    if verb in VISIBILITY:
        return [Edit(thing, item.changed_at, text=value.message or None, hidden=VISIBILITY[verb])]
    if verb in REMOVALS:
        return [Deletion(thing, item.changed_at)]
    return _ignored(item)


def _fetched(item: Item) -> list[InboundEvent]:
    """What a notification had only told of."""
    value = item.value
    thing = _required(value.comment_id or value.post_id, "what was fetched")
    found = files.of_value(value)
    if not value.message and not found:
        return [Ignored(f"{item.field}:nothing_to_show", item.made_at)]
    return [Edit(thing, item.made_at, text=value.message or None, attachments=found or None)]


def _added(item: Item, thread: Thread, thing: str) -> list[InboundEvent]:
    value, author = item.value, item.author(thing)
    found, text = files.of_value(value), value.message or None
    message = Message(
        id=thing,
        thread=thread,
        author=author,
        at=item.made_at,
        text=text,
        attachments=found,
        unsupported=None if text or found else "text_not_sent",
    )
    events: list[InboundEvent] = [message]
    if value.is_hidden:
        events.append(Edit(thing, item.changed_at, hidden=True))
    if message.unsupported and not author.us:
        events.append(ask_for(thing, item.made_at, field=item.field, item=value.item))
    return events


def _comment_thread(item: Item, comment_id: str) -> Thread:
    """A thread is a comment on the post and its answers: Facebook has only these two levels."""
    value = item.value
    post_id, parent_id = text_id(value.post_id), text_id(value.parent_id)
    answers = parent_id is not None and not _same_post(parent_id, post_id) and parent_id != comment_id
    root = parent_id if answers and parent_id else comment_id
    reply_to = {"comment_id": root, **({"post_id": post_id} if post_id else {})}
    return Thread(Source.COMMENT, root, post=_post(value, post_id), reply_to=reply_to)


def _same_post(parent_id: str, post_id: str | None) -> bool:
    """Whether the parent is the post itself, with or without the page's id before it."""
    return post_id is not None and (parent_id == post_id or parent_id == post_id.rpartition("_")[2])


def _post(value: payloads.Value, post_id: str | None) -> Post | None:
    if post_id is None:
        return None
    info = value.post
    if info is None:
        return Post(post_id)
    kind = kind_of({"is_published": info.is_published, "promotion_status": info.promotion_status})
    return Post(post_id, url=info.permalink_url, text=info.message, kind=kind)


def _mention_thread(item: Item, thing: str) -> Thread:
    value, post_id = item.value, text_id(item.value.post_id)
    reply_to = {"object_id": thing, **({"post_id": post_id} if post_id == thing else {})}
    url = value.permalink_url or (value.post.permalink_url if value.post else None)
    post = Post(post_id, url=url) if post_id else None
    return Thread(Source.MENTION, thing, post=post, reply_to=reply_to)


def _review_thread(item: Item) -> Thread:
    value = item.value
    story = text_id(value.open_graph_story_id) or (text_id(value.post_id) or "").rpartition("_")[2]
    if not story:
        raise Unrecognized("a review without its id")
    return Thread(Source.REVIEW, story, reply_to={"story_id": story})


def _review(item: Item) -> list[InboundEvent]:
    value, verb = item.value, item.value.verb or ""
    story = _required(value.open_graph_story_id, "a review")
    if verb in REMOVALS:
        return [Deletion(story, item.changed_at)]
    rating = int(value.rating) if value.rating is not None else None
    recommended, text = _recommended(value.recommendation_type), value.review_text or value.message or None
    if verb in EDITS:
        return [Edit(story, item.changed_at, text=text, rating=rating, recommended=recommended)]
    if verb != "add":
        return _ignored(item)
    author = author_of(item.page_id, value.reviewer_id, value.reviewer_name, story)
    thread = _review_thread(item)
    return [Message(story, thread, author, item.made_at, text=text, rating=rating, recommended=recommended)]


def _recommended(kind: str | None) -> bool | None:
    return {"positive": True, "negative": False}.get((kind or "").lower())


def _reaction(item: Item) -> list[InboundEvent]:
    value = item.value
    target = text_id(value.comment_id) or text_id(value.post_id)
    if item.field == "ratings":
        target = text_id(value.comment_id) or text_id(value.open_graph_story_id) or target
    if target is None:
        return _ignored(item)
    name = value.reaction_type or "like"
    emoji = None if value.verb in REMOVALS else emoji_of(name)
    return [Reaction(target, item.made_at, item.author(target), (emoji,) if emoji else ())]


def _ignored(item: Item) -> list[InboundEvent]:
    ours = "own_" if item.is_ours and item.value.item in POSTS else ""
    return [Ignored(f"{item.field}:{ours}{item.value.item}:{item.value.verb}", item.made_at)]


def _required(value: Id, what: str) -> str:
    found = text_id(value)
    if found is None:
        raise Unrecognized(f"{what} without its id")
    return found
