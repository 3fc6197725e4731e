"""What the account is notified of, in Meta's forms."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hark.standins.instagram.world import Comment, Conversation, Media, Message, World
from hark.standins.kit import Faults, Notifier


class Notices:
    """Bodies to the callback, as far as the app and the account are subscribed to the field."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.notifier = Notifier(faults, self.sign)

    def sign(self, body: bytes) -> Mapping[str, str]:
        digest = hmac.new(self.world.app.secret.encode(), body, hashlib.sha256).hexdigest()
        return {"x-hub-signature-256": f"sha256={digest}", "user-agent": "facebookexternalua"}

    def message(self, conversation: Conversation, message: Message) -> None:
        body: dict[str, Any] = {"mid": message.mid}
        if message.text:
            body["text"] = message.text
        if message.attachment:
            body["attachments"] = [message.attachment]
        if message.reply_to:
            body["reply_to"] = {"mid": message.reply_to}
        if message.ours:
            body["is_echo"] = True
        self._about(conversation, "messages", message.ours, message.at, message=body)

    def unsent(self, conversation: Conversation, message: Message) -> None:
        gone = {"mid": message.mid, "is_deleted": True}
        self._about(conversation, "messages", message.ours, self.world.now(), message=gone)

    def edited(self, conversation: Conversation, message: Message) -> None:
        change = {"mid": message.mid, "text": message.text, "num_edit": 1}
        self._about(conversation, "message_edit", False, self.world.now(), message_edit=change)

    def reacted(self, conversation: Conversation, message: Message, emoji: str | None) -> None:
        told: dict[str, Any] = {"mid": message.mid, "action": "react" if emoji else "unreact"}
        if emoji:
            told |= {"reaction": "love" if emoji == "❤️" else "other", "emoji": emoji}
        self._about(conversation, "message_reactions", False, self.world.now(), reaction=told)

    def seen(self, conversation: Conversation, message: Message) -> None:
        self._about(conversation, "messaging_seen", False, self.world.now(), read={"mid": message.mid})

    def comment(self, comment: Comment, media: Media) -> None:
        author: dict[str, str] = {"id": comment.author, "username": self.world.name_of(comment.author)}
        if comment.author == self.world.account.id:
            author["self_ig_scoped_id"] = self.world.account.scoped_id
        value: dict[str, Any] = {
            "id": comment.id,
            "text": comment.text,
            "from": author,
            "media": {"id": media.id, "media_product_type": media.product},
        }
        if comment.parent:
            value["parent_id"] = comment.parent
        self._change("live_comments" if media.product == "LIVE" else "comments", value)

    def mention(self, media: Media, comment: Comment | None) -> None:
        value = {"media_id": media.id, **({"comment_id": comment.id} if comment else {})}
        self._change("mentions", value)

    def _about(
        self, conversation: Conversation, field: str, ours: bool, at: datetime, **event: dict[str, Any]
    ) -> None:
        us, them = {"id": self.world.account.id}, {"id": conversation.person_id}
        sides = {"sender": us, "recipient": them} if ours else {"sender": them, "recipient": us}
        item = {**sides, "timestamp": int(at.timestamp() * 1000), **event}
        self._push(field, {"messaging": [item]}, int(self.world.now().timestamp() * 1000))

    def _change(self, field: str, value: dict[str, Any]) -> None:
        self._push(field, {"changes": [{"field": field, "value": value}]}, int(self.world.now().timestamp()))

    def _push(self, field: str, content: dict[str, Any], time: int) -> None:
        account, app = self.world.account, self.world.app
        by_page = field == "mentions" or "page" in account.subscribed
        if app.callback_url is None or field not in app.fields:
            return
        if not account.subscribed or not (by_page or field in account.subscribed):
            return
        body = {"object": "instagram", "entry": [{"time": time, "id": account.id, **content}]}
        self.notifier.push(app.callback_url, encode(body))


def encode(value: Any) -> bytes:
    """As Meta writes: non-ASCII as lowercase escapes, `/` escaped."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()
