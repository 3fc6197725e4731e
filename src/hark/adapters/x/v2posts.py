"""The post of v2, read: from the X Activity API and from lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from hark.adapters.x.media import attachments_of
from hark.adapters.x.payloads import Entities, Known, Media, NotePost, Referenced
from hark.adapters.x.payloads import Post as V2Post
from hark.adapters.x.people import author_of, post_address
from hark.adapters.x.posts import Seen, events_of
from hark.adapters.x.text import plain
from hark.adapters.x.wire import minted, text_id, written
from hark.channels.contract import InboundEvent, Post, Unrecognized


def from_post(known: Known, received_at: datetime) -> list[InboundEvent]:
    post = msgspec.json.decode(known.item, type=V2Post)
    own, person = text_id(post.id), text_id(post.author_id)
    if own is None or person is None:
        raise Unrecognized("a post without id or author")
    quotes, answers = referenced(post, "quoted"), answered(post)
    author = author_of(person, known.account, known.users)
    seen = Seen(
        id=own,
        author=author,
        at=written(post.created_at) or minted(own) or received_at,
        text=text_of(post, quotes),
        versions=_versions(post),
        conversation=text_id(post.conversation_id),
        answers=answers,
        answered_person=text_id(post.in_reply_to_user_id) or _author_in(known, answers),
        quotes=quotes,
        repost=referenced(post, "retweeted") is not None or known.event == "post.repost.create",
        named=_named(post, known, answers),
        attachments=attachments_of(_media(post, known.media)),
        language=post.lang,
        contexts={
            own: context
            for other in known.posts
            if (own := text_id(other.id))
            if (context := _context(other, known))
        },
    )
    return events_of(seen, known)


def referenced(post: V2Post, kind: str) -> str | None:
    rows: Sequence[Referenced] = post.referenced_tweets or post.referenced_posts or ()
    return next((text_id(row.id) for row in rows if row.type == kind), None)


def answered(post: V2Post) -> str | None:
    """`in_reply_to_user_id` alone proves nothing: it is also set when a post only begins with a name."""
    named = text_id(post.in_reply_to_tweet_id) or text_id(post.in_reply_to_post_id)
    return referenced(post, "replied_to") or named


def _long(post: V2Post) -> NotePost | None:
    return post.note_tweet or post.note_post


def _entities(post: V2Post) -> Entities:
    long = _long(post)
    return (long.entities if long and long.text and long.entities else post.entities) or Entities()


def text_of(post: V2Post, quotes: str | None) -> str:
    long = _long(post)
    own_links, long_links = post.entities.urls if post.entities else None, _entities(post).urls
    links = [*(long_links or ()), *(own_links or ())]
    return plain((long.text if long else None) or post.text, links, quoted=quotes)


def _media(post: V2Post, media: Sequence[Media]) -> list[Media]:
    """In the order of the post. What the expansion does not describe is named all the same."""
    keys = (post.attachments.media_keys if post.attachments else None) or []
    described = {each.media_key: each for each in media}
    return [described.get(key) or Media(media_key=key) for key in keys]


def _versions(post: V2Post) -> tuple[str, ...]:
    ids = post.edit_history_tweet_ids or post.edit_history_post_ids or ()
    return tuple(own for own in map(text_id, ids) if own)


def _author_in(known: Known, post_id: str | None) -> str | None:
    return next(
        (text_id(post.author_id) for post in known.posts if post_id and text_id(post.id) == post_id), None
    )


def _named(post: V2Post, known: Known, answers: str | None) -> bool | None:
    """X sends `post.mention.create` only for names that the author wrote."""
    if known.event == "post.mention.create":
        return True
    names = [name for name in _entities(post).mentions or () if text_id(name.id) == known.account]
    if not names:
        return False
    if answers is None:
        return True
    shown = post.display_text_range
    if not shown or _long(post) or any(name.start is None for name in names):
        return None
    return any(name.start is not None and name.start >= shown[0] for name in names)


def _context(post: V2Post, known: Known) -> Post:
    own = text_id(post.id) or ""
    author = author_of(text_id(post.author_id) or "", known.account, known.users)
    return context_of(post, own, author.handle, author.name, known.media)


def context_of(
    post: V2Post, post_id: str, handle: str | None, name: str | None, media: Sequence[Media]
) -> Post:
    """A post as the context of another."""
    files = _media(post, media)
    return Post(
        id=post_id,
        url=post_address(post_id, handle),
        text=text_of(post, referenced(post, "quoted")) or None,
        author_name=name,
        picture_url=next((url for each in files if (url := each.preview_image_url or each.url)), None),
        at=written(post.created_at) or minted(post_id),
    )
