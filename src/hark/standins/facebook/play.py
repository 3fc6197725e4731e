"""What the people of the made-up Facebook do: the control API's verbs."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

from hark.standins.facebook.events import Events
from hark.standins.facebook.wire import graph_time
from hark.standins.facebook.world import (
    INBOX_APP,
    Comment,
    Conversation,
    Page,
    Person,
    Post,
    Review,
    StoredMessage,
    World,
)

REACTION_NAMES = {
    "❤️": "love",
    "👍": "like",
    "👎": "dislike",
    "😆": "smile",
    "😮": "wow",
    "😢": "sad",
    "😡": "angry",
}


class NotThere(Exception):
    """The control call names something that does not exist."""


class Play:
    def __init__(self, world: World, events: Events) -> None:
        self.world = world
        self.events = events

    def person(self, body: dict[str, Any]) -> Person:
        """The named person, or the first one."""
        if "person" not in body:
            return next(iter(self.world.people.values()))
        found = self.world.people.get(str(body["person"]))
        if found is None:
            raise NotThere(f"There is no person {body['person']}.")
        return found

    def page(self, body: dict[str, Any]) -> Page:
        if "page" not in body:
            return self.world.only_page()
        found = self.world.pages.get(str(body["page"]))
        if found is None:
            raise NotThere(f"There is no page {body['page']}.")
        return found

    def conversation(self, body: dict[str, Any]) -> Conversation:
        return self.world.conversation(self.page(body).id, self.person(body).id)

    # Direct messages

    def write(self, body: dict[str, Any]) -> dict[str, Any]:
        """The customer writes `text` and `attachments`, `count` times. An attachment has a type and a url, or
        mime_type, name and base64 content; the stand-in then serves it."""
        conversation = self.conversation(body)
        mids = [self._write_one(conversation, body, number) for number in range(int(body.get("count", 1)))]
        return {"mid": mids[-1], "mids": mids, "person": conversation.person_id}

    def _write_one(self, conversation: Conversation, body: dict[str, Any], number: int) -> str:
        files = [self._file(file) for file in body.get("attachments", [])]
        now = self.world.now() + timedelta(milliseconds=number)
        text = str(body.get("text", "")).replace("{n}", str(number))
        message = StoredMessage(
            self.world.mid(), False, now, text=text, attachments=files, reply_to=body.get("reply_to")
        )
        conversation.messages.append(message)
        conversation.opened_at = now
        self.events.message(conversation, message)
        return message.mid

    def _file(self, file: dict[str, Any]) -> dict[str, Any]:
        url = file.get("url")
        if url is None:
            content = base64.b64decode(file["content"], validate=True)
            url = self.world.keep_file(file.get("name", "file.bin"), file["mime_type"], content)
        return {"type": file["type"], "payload": {"url": url}}

    def write_as_page(self, body: dict[str, Any]) -> dict[str, Any]:
        """Somebody answers in the page's own inbox."""
        conversation = self.conversation(body)
        message = StoredMessage(
            self.world.mid(),
            True,
            self.world.now(),
            text=str(body["text"]),
            app_id=str(body.get("app_id", INBOX_APP)),
        )
        conversation.messages.append(message)
        self.events.message(conversation, message)
        return {"mid": message.mid}

    def edit(self, mid: str, body: dict[str, Any]) -> dict[str, Any]:
        conversation, message = self._message(mid)
        message.text, message.edits = str(body["text"]), message.edits + 1
        self.events.edited(conversation, message)
        return {"mid": mid}

    def unsend(self, mid: str) -> dict[str, Any]:
        conversation, message = self._message(mid)
        message.deleted = True
        self.events.deleted(conversation, message)
        return {"mid": mid}

    def react(self, mid: str, body: dict[str, Any]) -> dict[str, Any]:
        """`emoji`, or none to take it back. A reaction opens the reply window."""
        conversation, message = self._message(mid)
        emoji = body.get("emoji")
        message.reactions.pop(conversation.person_id, None)
        if emoji:
            message.reactions[conversation.person_id] = str(emoji)
            conversation.opened_at = self.world.now()
        self.events.reacted(conversation, mid, emoji, REACTION_NAMES.get(str(emoji), "other"))
        return {"mid": mid}

    def read(self, body: dict[str, Any]) -> dict[str, Any]:
        conversation = self.conversation(body)
        watermark = self.world.now()
        self.events.read(conversation, watermark)
        return {"watermark": graph_time(watermark)}

    def postback(self, body: dict[str, Any]) -> dict[str, Any]:
        conversation = self.conversation(body)
        conversation.opened_at = self.world.now()
        self.events.postback(conversation, str(body.get("title", "Start")), str(body.get("payload", "START")))
        return {"person": conversation.person_id}

    def hand_over(self, body: dict[str, Any]) -> dict[str, Any]:
        """`owner` is another app's id, or none to give the thread to our app."""
        conversation = self.conversation(body)
        conversation.owner = body.get("owner")
        return {"owner": conversation.owner}

    def _message(self, mid: str) -> tuple[Conversation, StoredMessage]:
        found = self.world.message(mid)
        if found is None:
            raise NotThere(f"There is no message {mid}.")
        return found

    # Posts, comments, reviews

    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """A post of the page, or with `person` a visitor's."""
        page = self.page(body)
        author = self.person(body).id if "person" in body else page.id
        post = self.world.add_post(page.id, author, str(body.get("message", "")), body.get("picture"))
        self.events.post(post, "add")
        return {"post": post.id}

    def comment(self, body: dict[str, Any]) -> dict[str, Any]:
        """`under` is a post, comment or review; the newest post of the page when absent."""
        under = self._under(body)
        comment = self.world.add_comment(
            under, self.person(body).id, str(body.get("message", "")), body.get("photo")
        )
        self.events.comment(comment, "add")
        return {"comment": comment.id, "post": comment.post_id, "parent": comment.parent_id}

    def _under(self, body: dict[str, Any]) -> Post | Comment | Review:
        wanted = body.get("under")
        if wanted is None:
            own = [post for post in self.world.posts.values() if post.author_id == self.page(body).id]
            return own[-1]
        world = self.world
        found = world.comments.get(wanted) or world.posts.get(wanted) or world.reviews.get(wanted)
        if found is None:
            raise NotThere(f"There is nothing with the id {wanted} to comment on.")
        return found

    def change_comment(self, comment_id: str, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """`edit` with a message, `delete`, `hide`, `unhide` (by another moderator), `react` with a kind or
        none."""
        comment = self.world.comments.get(comment_id)
        if comment is None:
            raise NotThere(f"There is no comment {comment_id}.")
        match verb:
            case "edit":
                comment.message = str(body["message"])
                self.events.comment(comment, "edited")
            case "delete":
                del self.world.comments[comment_id]
                self.events.comment(comment, "remove")
            case "hide" | "unhide":
                comment.hidden = verb == "hide"
                self.events.comment(comment, verb)
            case "react":
                kind = body.get("kind")
                self.events.comment_reaction(
                    comment, self.person(body).id, str(kind or "like"), "add" if kind else "remove"
                )
            case _:
                raise NotThere(f"A comment cannot be changed by {verb}.")
        return {"comment": comment_id}

    def mention(self, body: dict[str, Any]) -> dict[str, Any]:
        post_id = f"{self.world.number()}_{self.world.number()}"
        comment_id = f"{post_id.rpartition('_')[2]}_{self.world.number()}" if body.get("in_comment") else None
        self.events.mention(self.page(body).id, post_id, comment_id, str(body.get("message", "")))
        return {"post": post_id, "comment": comment_id}

    def review(self, body: dict[str, Any]) -> dict[str, Any]:
        page, person = self.page(body), self.person(body)
        review = Review(
            self.world.number(16),
            page.id,
            person.id,
            self.world.now(),
            bool(body.get("recommended", True)),
            body.get("text"),
        )
        self.world.reviews[review.id] = review
        self.events.review(review, "add")
        return {"review": review.id}

    def change_review(self, review_id: str, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        review = self.world.reviews.get(review_id)
        if review is None:
            raise NotThere(f"There is no review {review_id}.")
        if verb == "delete":
            del self.world.reviews[review_id]
            self.events.review(review, "remove")
        elif verb == "edit":
            review.text = body.get("text", review.text)
            review.recommended = bool(body.get("recommended", review.recommended))
            self.events.review(review, "edit")
        else:
            raise NotThere(f"A review cannot be changed by {verb}.")
        return {"review": review_id}

    # What people see

    def seen(self) -> dict[str, Any]:
        """Everything as the people see it: their conversations, and the comments under posts and reviews."""
        return {
            "conversations": [self._seen_conversation(found) for found in self.world.conversations.values()],
            "comments": [self._seen_comment(comment) for comment in self.world.comments.values()],
            "posts": [
                {"id": post.id, "author": post.author_id, "message": post.message}
                for post in self.world.posts.values()
            ],
            "reviews": [
                {"id": review.id, "recommended": review.recommended, "text": review.text}
                for review in self.world.reviews.values()
            ],
        }

    def _seen_conversation(self, conversation: Conversation) -> dict[str, Any]:
        return {
            "person": conversation.person_id,
            "page": conversation.page_id,
            "typing": conversation.typing,
            "seen_at": _time(conversation.seen_at),
            "messages": [
                {
                    "mid": message.mid,
                    "by_page": message.by_page,
                    "at": _time(message.at),
                    "text": message.text,
                    "attachments": message.attachments,
                    "reply_to": message.reply_to,
                    "metadata": message.metadata,
                    "reactions": message.reactions,
                }
                for message in conversation.messages
                if not message.deleted
            ],
        }

    def _seen_comment(self, comment: Comment) -> dict[str, Any]:
        return {
            "id": comment.id,
            "post": comment.post_id,
            "parent": comment.parent_id,
            "review": comment.on_review,
            "author": comment.author_id,
            "by_page": comment.author_id == comment.page_id,
            "message": comment.message,
            "photo": comment.photo,
            "hidden": comment.hidden,
            "likes": comment.likes,
        }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
