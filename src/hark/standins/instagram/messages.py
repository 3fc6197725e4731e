"""The Send API, conversations and profiles."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hark.standins.facebook import fields
from hark.standins.facebook.errors import GraphFault, invalid, missing
from hark.standins.facebook.web import Request
from hark.standins.instagram.notices import Notices
from hark.standins.instagram.world import DAY, Conversation, Message, Person, World

BYTES = 1000
KINDS = {"image", "video", "audio", "file"}
REACTIONS = {"like", "dislike", "love", "wow", "smile", "sad", "angry", "other"}
READABLE = 20
MOST_TEXTS, MOST_MEDIA = 300, 10
"""Messages in a second; of pictures, films and sound fewer."""
PRIVATE_REPLIES = 750
"""In an hour."""


class Budget:
    """Calls in a rolling time."""

    def __init__(self, calls: int, seconds: float) -> None:
        self.calls, self.time = calls, timedelta(seconds=seconds)
        self.used: deque[datetime] = deque()

    def take(self, now: datetime) -> bool:
        while self.used and self.used[0] <= now - self.time:
            self.used.popleft()
        if len(self.used) >= self.calls:
            return False
        self.used.append(now)
        return True


class Messages:
    def __init__(self, world: World, notices: Notices) -> None:
        self.world, self.notices = world, notices
        self.texts, self.media = Budget(MOST_TEXTS, 1), Budget(MOST_MEDIA, 1)
        self.private = Budget(PRIVATE_REPLIES, 3600)

    def send(self, request: Request) -> dict[str, Any]:
        recipient = request.mapping("recipient")
        if request.values.get("sender_action"):
            return self._sender_action(recipient, request)
        message = self._read(request)
        self._charge(message, "comment_id" in recipient)
        person = self._commenter(recipient) if "comment_id" in recipient else self._person(recipient)
        conversation = self.world.conversation(person.id)
        if "comment_id" not in recipient:
            self._check_window(conversation, request)
        if person.blocks:
            raise GraphFault(551, "(#551) This person isn't available right now.")
        if "comment_id" in recipient:
            self.world.comments[str(recipient["comment_id"])].answered_privately = True
        conversation.messages.append(message)
        conversation.typing = False
        self.notices.message(conversation, message)
        return {"recipient_id": person.id, "message_id": message.mid}

    def _charge(self, message: Message, private: bool) -> None:
        now = self.world.now()
        budgets = [self.media if message.attachment else self.texts, *([self.private] if private else [])]
        if not all(budget.take(now) for budget in budgets):
            raise GraphFault(613, "Calls to this API have exceeded the rate limit.", subcode=2534040)

    def _read(self, request: Request) -> Message:
        body = request.mapping("message")
        text, attachment = body.get("text"), body.get("attachment")
        if (text is None) == (attachment is None):
            raise invalid("Must provide exactly one of text and attachment in message")
        if text is not None and (not isinstance(text, str) or not text.strip()):
            raise invalid("Param message[text] must be a non-empty UTF-8 encoded string")
        if isinstance(text, str) and len(text.encode()) > BYTES:
            raise invalid(f"Length of param message[text] must be less than or equal to {BYTES}")
        if attachment is not None:
            payload = attachment.get("payload") if isinstance(attachment, dict) else None
            if not isinstance(payload, dict) or attachment.get("type") not in KINDS:
                raise invalid("Param message[attachment][type] is not supported", 2534025)
            if not str(payload.get("url", "")).startswith("http"):
                raise invalid("The media could not be fetched", 2018008)
        quoted = request.mapping("reply_to").get("mid")
        if quoted is not None and self.world.message(str(quoted)) is None:
            raise invalid("The message to reply to does not exist")
        now = self.world.now()
        return Message(self.world.mid(), True, now, str(text or ""), attachment, quoted and str(quoted))

    def _person(self, recipient: Mapping[str, Any]) -> Person:
        person = self.world.people.get(str(recipient.get("id", "")))
        if person is None or person.id not in self.world.conversations:
            raise invalid("The requested user cannot be found.", 2534014)
        return person

    def _commenter(self, recipient: Mapping[str, Any]) -> Person:
        """Once, within 7 days; to live comments only during the broadcast."""
        comment = self.world.comments.get(str(recipient["comment_id"]))
        if comment is None or comment.author not in self.world.people:
            raise missing(str(recipient["comment_id"]))
        if comment.answered_privately:
            raise GraphFault(10900, "(#10900) Activity already replied to")
        media = self.world.media[comment.media_id]
        over = media.product == "LIVE" and not media.live
        if over or self.world.now() - comment.at > 7 * DAY:
            raise GraphFault(10903, "(#10903) This user can't reply to this activity")
        return self.world.people[comment.author]

    def _check_window(self, conversation: Conversation, request: Request) -> None:
        kind, tag = request.text("messaging_type", "RESPONSE"), request.text("tag")
        if kind not in {"RESPONSE", "UPDATE", "MESSAGE_TAG"}:
            raise invalid("Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}")
        if kind == "MESSAGE_TAG" and tag != "HUMAN_AGENT":
            raise invalid(f"Invalid tag {tag}")
        limit = 7 * DAY if kind == "MESSAGE_TAG" else DAY
        opened = conversation.opened_at
        if opened is None or self.world.now() - opened > limit:
            raise GraphFault(
                10, "This message is sent outside of allowed window.", subcode=2534022, kind="IGApiException"
            )

    def _sender_action(self, recipient: Mapping[str, Any], request: Request) -> dict[str, Any]:
        conversation = self.world.conversation(self._person(recipient).id)
        action, payload = request.text("sender_action"), request.mapping("payload")
        match action:
            case "typing_on" | "typing_off":
                conversation.typing = action == "typing_on"
            case "mark_seen":
                conversation.seen = True
            case "react" | "unreact":
                self._react(conversation, payload, action)
            case _:
                raise invalid("Param sender_action is not supported")
        return {"recipient_id": conversation.person_id}

    def _react(self, conversation: Conversation, payload: Mapping[str, Any], action: str) -> None:
        found = self.world.message(str(payload.get("message_id")))
        if found is None or found[0] is not conversation:
            raise invalid("The message to react to does not exist")
        found[1].reactions.pop(self.world.account.id, None)
        if action == "react":
            if payload.get("reaction") not in REACTIONS:
                raise invalid("Param payload[reaction] is not supported")
            found[1].reactions[self.world.account.id] = str(payload["reaction"])

    # Reading

    def conversations(self, request: Request) -> dict[str, Any]:
        if request.text("platform", "messenger") != "instagram":
            return {"data": []}
        wanted = request.values.get("user_id")
        found = [
            each
            for each in self.world.conversations.values()
            if each.messages and wanted in (None, each.person_id)
        ]
        found.sort(key=lambda each: each.messages[-1].at, reverse=True)
        chosen = fields.parse(request.text("fields", "id,updated_time"))
        rows = [fields.select(self._row(each), chosen) for each in found]
        return fields.page_of(rows, request.values, "v26.0/me/conversations")

    def _row(self, conversation: Conversation) -> dict[str, Any]:
        return {
            "id": conversation.id,
            "updated_time": graph_time(conversation.messages[-1].at),
            "participants": {"data": [self.face(self.world.account.id), self.face(conversation.person_id)]},
            "messages": lambda arguments, _: self._listed(conversation, arguments),
        }

    def _listed(self, conversation: Conversation, arguments: Mapping[str, str]) -> dict[str, Any]:
        """Newest first, ids and times only."""
        newest = [message for message in reversed(conversation.messages) if not message.deleted]
        rows = [{"id": message.mid, "created_time": graph_time(message.at)} for message in newest]
        return fields.page_of(rows, arguments, f"v26.0/{conversation.id}/messages")

    def conversation(self, node: str, request: Request) -> dict[str, Any] | None:
        found = next((each for each in self.world.conversations.values() if each.id == node), None)
        if found is None:
            return None
        return fields.select(self._row(found), fields.parse(request.text("fields", "id")))

    def detail(self, node: str, request: Request) -> dict[str, Any] | None:
        """Only the newest of a conversation can be read."""
        found = self.world.message(node)
        if found is None:
            return None
        conversation, message = found
        newest = [each for each in conversation.messages if not each.deleted][-READABLE:]
        if message not in newest:
            raise GraphFault(9000001, "This message has been deleted.")
        sides = [self.face(self.world.account.id), self.face(conversation.person_id)]
        author, reader = sides if message.ours else sides[::-1]
        row: dict[str, Any] = {
            "id": message.mid,
            "created_time": graph_time(message.at),
            "from": author,
            "to": {"data": [reader]},
            "message": message.text,
            "attachments": _attachments(message),
            "reactions": _reactions(message),
            **dict.fromkeys(("shares", "story", "is_unsupported", "sticker", "tags")),
        }
        return fields.select(row, fields.parse(request.text("fields", "id,created_time")))

    def face(self, author: str) -> dict[str, str]:
        return {"id": author, "username": self.world.name_of(author)}

    def profile(self, person: Person, request: Request) -> dict[str, Any]:
        if not person.consents:
            raise GraphFault(230, "User consent is required to access user profile")
        row = {
            "id": person.id,
            "name": person.username.replace(".", " ").title(),
            "username": person.username,
            "profile_pic": "https://scontent.cdninstagram.com/v/face.jpg",
            "follower_count": 12,
            "is_user_follow_business": True,
            "is_business_follow_user": False,
            "is_verified_user": False,
        }
        return fields.select(row, fields.parse(request.text("fields", "id,name,username")))


def _attachments(message: Message) -> dict[str, Any] | None:
    if message.attachment is None:
        return None
    url = message.attachment["payload"].get("url")
    if message.attachment["type"] in {"image", "video"}:
        return {"data": [{f"{message.attachment['type']}_data": {"url": url}}]}
    return {"data": [{"file_url": url}]}


def _reactions(message: Message) -> dict[str, Any] | None:
    rows = [{"reaction": name, "users": [{"id": who}]} for who, name in message.reactions.items()]
    return {"data": rows} if rows else None


def graph_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")
