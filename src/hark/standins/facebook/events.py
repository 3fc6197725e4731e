"""What happens in the made-up world, as the items that Meta would send about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hark.standins.facebook.notifier import Notifier
from hark.standins.facebook.wire import graph_time, milliseconds
from hark.standins.facebook.world import Comment, Conversation, Post, Review, StoredMessage, World


class Events:
    """Turns changes of the world into notifications."""

    def __init__(self, world: World, notifier: Notifier) -> None:
        self.world = world
        self.notifier = notifier

    # Messages

    def message(self, conversation: Conversation, message: StoredMessage) -> None:
        body: dict[str, Any] = {"mid": message.mid}
        if message.text:
            body["text"] = message.text
        if message.attachments:
            body["attachments"] = message.attachments
        if message.reply_to:
            body["reply_to"] = {"mid": message.reply_to, "is_self_reply": False}
        if message.by_page:
            body |= {"is_echo": True, "app_id": int(message.app_id or self.world.app.id)}
            body |= {"metadata": message.metadata} if message.metadata else {}
        field = "message_echoes" if message.by_page else "messages"
        self._about(conversation, field, message.by_page, message.at, message=body)

    def deleted(self, conversation: Conversation, message: StoredMessage) -> None:
        body = {"mid": message.mid, "is_deleted": True}
        self._about(conversation, "messages", message.by_page, self.world.now(), message=body)

    def edited(self, conversation: Conversation, message: StoredMessage) -> None:
        body = {"mid": message.mid, "text": message.text, "num_edit": message.edits}
        self._about(conversation, "message_edits", False, self.world.now(), message_edit=body)

    def reacted(self, conversation: Conversation, mid: str, emoji: str | None, name: str) -> None:
        body: dict[str, Any] = {"mid": mid, "action": "unreact"}
        if emoji:
            body = {"mid": mid, "action": "react", "reaction": name, "emoji": emoji}
        self._about(conversation, "message_reactions", False, self.world.now(), reaction=body)

    def read(self, conversation: Conversation, watermark: datetime) -> None:
        body = {"watermark": milliseconds(watermark)}
        self._about(conversation, "message_reads", False, self.world.now(), read=body)

    def delivered(self, conversation: Conversation, mids: list[str], watermark: datetime) -> None:
        body = {"mids": mids, "watermark": milliseconds(watermark)}
        self._about(conversation, "message_deliveries", False, self.world.now(), delivery=body)

    def postback(self, conversation: Conversation, title: str, payload: str) -> None:
        body = {"mid": self.world.mid(), "title": title, "payload": payload}
        if conversation.owner is not None:
            del body["payload"]
        self._about(conversation, "messaging_postbacks", False, self.world.now(), postback=body)

    def policy(self, page_id: str, action: str, reason: str) -> None:
        item = {
            "recipient": {"id": page_id},
            "timestamp": milliseconds(self.world.now()),
            "policy_enforcement": {"action": action, "reason": reason},
        }
        self.notifier.notify(page_id, "messaging_policy_enforcement", "messaging", item)

    def _about(
        self, conversation: Conversation, field: str, by_page: bool, at: datetime, **event: dict[str, Any]
    ) -> None:
        page, person = {"id": conversation.page_id}, {"id": conversation.person_id}
        sides = {"sender": page, "recipient": person} if by_page else {"sender": person, "recipient": page}
        item = {**sides, "timestamp": milliseconds(at), **event}
        channel = "standby" if conversation.owner else "messaging"
        needed = "standby" if conversation.owner else field
        self.notifier.notify(conversation.page_id, needed, channel, item)

    # Comments, posts, reviews

    def comment(self, comment: Comment, verb: str) -> None:
        now = self.world.now()
        value: dict[str, Any] = {
            "from": self._author(comment.author_id),
            "post_id": comment.post_id,
            "comment_id": comment.id,
            "item": "comment",
            "parent_id": comment.parent_id or comment.post_id,
            "verb": verb,
        }
        if verb != "remove":
            value["created_time"] = int((comment.at if verb == "add" else now).timestamp())
            value["message"] = comment.message
        if comment.photo and verb == "add":
            value["photo"] = comment.photo
        if comment.on_review is not None:
            self._review_comment(comment, value)
            return
        post = self.world.posts.get(comment.post_id)
        if post is not None:
            value["post"] = {
                "id": post.id,
                "permalink_url": permalink(post),
                "is_published": True,
                "updated_time": graph_time(now),
                "status_type": "mobile_status_update",
            }
        self._change(comment.page_id, "feed", {key: item for key, item in value.items() if item != ""})

    def _review_comment(self, comment: Comment, value: dict[str, Any]) -> None:
        """Comments on reviews come without their text."""
        author = value.pop("from")
        value.pop("message", None)
        value |= {"open_graph_story_id": comment.on_review, "sender_name": author.get("name")}
        value["sender_id"] = int(author["id"])
        self._change(comment.page_id, "ratings", value)

    def comment_reaction(self, comment: Comment, person_id: str, kind: str, verb: str) -> None:
        value = {
            "from": self._author(person_id),
            "post_id": comment.post_id,
            "comment_id": comment.id,
            "created_time": int(self.world.now().timestamp()),
            "item": "reaction",
            "parent_id": comment.post_id,
            "reaction_type": kind,
            "verb": verb,
        }
        self._change(comment.page_id, "feed", value)

    def post(self, post: Post, verb: str) -> None:
        value: dict[str, Any] = {
            "from": self._author(post.author_id),
            "post_id": post.id,
            "item": "status" if post.author_id == post.page_id else "post",
            "verb": verb,
        }
        if verb != "remove":
            value |= {"created_time": int(post.at.timestamp()), "message": post.message, "published": 1}
        self._change(post.page_id, "feed", value)

    def mention(self, page_id: str, post_id: str, comment_id: str | None, message: str) -> None:
        value = {"post_id": post_id, "created_time": int(self.world.now().timestamp()), "verb": "add"}
        value |= {"message": message, "item": "comment" if comment_id else "post"}
        if comment_id:
            value["comment_id"] = comment_id
        self._change(page_id, "mention", value)

    def review(self, review: Review, verb: str) -> None:
        value: dict[str, Any] = {
            "item": "rating",
            "verb": verb,
            "open_graph_story_id": int(review.id),
            "reviewer_id": int(review.reviewer_id),
            "reviewer_name": self.world.name_of(review.reviewer_id),
        }
        if verb != "remove":
            value["review_text"] = review.text
            value["recommendation_type"] = "POSITIVE" if review.recommended else "NEGATIVE"
            value["comment_id"] = None
        if verb == "add":
            value["created_time"] = int(review.at.timestamp())
        self._change(review.page_id, "ratings", value)

    def _author(self, author_id: str) -> dict[str, str]:
        return {"id": author_id, "name": self.world.name_of(author_id)}

    def _change(self, page_id: str, field: str, value: dict[str, Any]) -> None:
        self.notifier.notify(page_id, field, "changes", {"value": value, "field": field})

    # What follows a message of the page by itself

    def arrived(self, conversation: Conversation, message: StoredMessage) -> None:
        """Echo, and the receipt of a customer whose telephone is on."""
        self.message(conversation, message)
        self.delivered(conversation, [message.mid], message.at + timedelta(milliseconds=1))


def permalink(post: Post) -> str:
    page, _, number = post.id.partition("_")
    return f"https://www.facebook.com/{page}/posts/{number}"
