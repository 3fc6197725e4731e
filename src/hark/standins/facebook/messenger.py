"""The Send API, attachment uploads, conversations and profiles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import Any

from hark.standins.facebook import fields
from hark.standins.facebook.errors import GraphFault, invalid, missing
from hark.standins.facebook.events import Events
from hark.standins.facebook.limits import Limits
from hark.standins.facebook.web import Request
from hark.standins.facebook.wire import graph_time
from hark.standins.facebook.world import Conversation, Page, Person, StoredMessage, World

MEGABYTE = 1024 * 1024
MAX_TEXT, MAX_METADATA = 2000, 1000
DAY = timedelta(days=1)
REACTIONS = {"like", "dislike", "love", "wow", "smile", "sad", "angry"}
REMOVED_TAGS = {"CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE"}
KINDS = {"image", "video", "audio", "file"}
SENDER_ACTIONS = {"typing_on", "typing_off", "mark_seen", "react", "unreact"}


class Messenger:
    def __init__(self, world: World, events: Events, limits: Limits) -> None:
        self.world = world
        self.events = events
        self.limits = limits

    def send(self, page: Page, request: Request) -> dict[str, Any]:
        """POST /{page}/messages."""
        recipient = request.mapping("recipient")
        if request.values.get("sender_action"):
            return self._sender_action(
                page, recipient, request.text("sender_action"), request.mapping("payload")
            )
        private = "comment_id" in recipient or "post_id" in recipient
        self.limits.charge_message(self.world.now(), private=private)
        if page.policy == "block":
            raise GraphFault(10, "(#10) Your Page is temporarily restricted from messaging.", subcode=1893063)
        message = self._read_message(request)
        person = self._commenter(recipient) if private else self._person(recipient)
        conversation = self.world.conversation(page.id, person.id)
        if not private:
            self._check_window(page, conversation, request)
        self._check_reachable(conversation, person)
        self._mark_private(recipient)
        reply_to = request.mapping("reply_to").get("mid")
        if reply_to is not None and self.world.message(str(reply_to)) is None:
            raise invalid("The message to reply to does not exist")
        message.reply_to = str(reply_to) if reply_to is not None else None
        conversation.messages.append(message)
        conversation.typing = False
        self.events.arrived(conversation, message)
        return {"recipient_id": person.id, "message_id": message.mid}

    def _sender_action(
        self, page: Page, recipient: Mapping[str, Any], action: str, payload: Mapping[str, Any]
    ) -> dict[str, Any]:
        if action not in SENDER_ACTIONS:
            raise invalid("Param sender_action must be one of {TYPING_ON, TYPING_OFF, MARK_SEEN}")
        conversation = self.world.conversation(page.id, self._person(recipient).id)
        if action in {"react", "unreact"}:
            self._react(conversation, payload, action)
        elif action == "mark_seen":
            conversation.seen_at = self.world.now()
        else:
            conversation.typing = action == "typing_on"
        return {"recipient_id": conversation.person_id}

    def _react(self, conversation: Conversation, payload: Mapping[str, Any], action: str) -> None:
        """The page's own reaction, by name."""
        found = self.world.message(str(payload.get("message_id")))
        if found is None or found[0] is not conversation:
            raise invalid("The message to react to does not exist")
        if action == "unreact":
            found[1].reactions.pop(conversation.page_id, None)
            return
        if payload.get("reaction") not in REACTIONS:
            raise invalid("Param payload[reaction] is not supported")
        found[1].reactions[conversation.page_id] = str(payload["reaction"])

    def _read_message(self, request: Request) -> StoredMessage:
        body = request.mapping("message")
        text, attachment = body.get("text"), body.get("attachment")
        if (text is None) == (attachment is None):
            raise invalid("Must provide exactly one of text and attachment in message")
        if text is not None and (not isinstance(text, str) or not text):
            raise invalid("Param message[text] must be a non-empty UTF-8 encoded string")
        if isinstance(text, str) and len(text) > MAX_TEXT:
            raise invalid(f"Length of param message[text] must be less than or equal to {MAX_TEXT}")
        metadata = body.get("metadata")
        if metadata is not None and len(str(metadata)) > MAX_METADATA:
            raise invalid(f"Length of param message[metadata] must be less than or equal to {MAX_METADATA}")
        files = [self._attachment(attachment, request)] if attachment is not None else []
        return StoredMessage(
            self.world.mid(),
            by_page=True,
            at=self.world.now(),
            text=text or "",
            attachments=files,
            metadata=str(metadata) if metadata is not None else None,
            app_id=self.world.app.id,
        )

    def _attachment(self, attachment: Any, request: Request) -> dict[str, Any]:
        if not isinstance(attachment, dict) or attachment.get("type") not in KINDS:
            raise invalid("Param message[attachment][type] is not supported")
        kind, payload = str(attachment["type"]), attachment.get("payload")
        payload = payload if isinstance(payload, dict) else {}
        if "attachment_id" in payload:
            found = self.world.uploads.get(str(payload["attachment_id"]))
            if found is None:
                raise invalid("Invalid attachment ID", 2018074)
            return found
        if payload.get("url"):
            return {"type": kind, "payload": {"url": str(payload["url"])}}
        return self._uploaded(kind, request)

    def _uploaded(self, kind: str, request: Request) -> dict[str, Any]:
        upload = request.files.get("filedata")
        if upload is None:
            raise invalid("Upload attachment failure.", 2018047)
        if len(upload.content) > (8 if kind == "image" else 25) * MEGABYTE:
            raise invalid("Attachment size exceeds allowable limit", 2018109)
        address = self.world.keep_file(upload.name, upload.mime_type, upload.content)
        return {"type": kind, "payload": {"url": address}}

    def upload(self, page: Page, request: Request) -> dict[str, Any]:
        """POST /{page}/message_attachments: a file to be sent by its id."""
        attachment = self._attachment(request.mapping("message").get("attachment"), request)
        attachment_id = self.world.number(16)
        self.world.uploads[attachment_id] = attachment
        return {"attachment_id": attachment_id}

    def _person(self, recipient: Mapping[str, Any]) -> Person:
        person = self.world.people.get(str(recipient.get("id", "")))
        if person is None:
            raise invalid("No matching user found", 2018001)
        return person

    def _commenter(self, recipient: Mapping[str, Any]) -> Person:
        """Whom a private reply goes to: the author of the comment or visitor post, once, within 7 days."""
        thing = self.world.comments.get(str(recipient.get("comment_id"))) or self.world.posts.get(
            str(recipient.get("post_id"))
        )
        if thing is None:
            raise missing(str(recipient.get("comment_id") or recipient.get("post_id")))
        person = self.world.people.get(thing.author_id)
        if person is None:
            raise invalid("The comment's author cannot be written to")
        if thing.private_replied:
            raise GraphFault(10900, "(#10900) Activity already replied to")
        if self.world.now() - thing.at > 7 * DAY:
            raise GraphFault(10903, "(#10903) This user can't reply to this activity: it is too old")
        return person

    def _mark_private(self, recipient: Mapping[str, Any]) -> None:
        comment = self.world.comments.get(str(recipient.get("comment_id")))
        post = self.world.posts.get(str(recipient.get("post_id")))
        if comment is not None:
            comment.private_replied = True
        if post is not None:
            post.private_replied = True

    def _check_window(self, page: Page, conversation: Conversation, request: Request) -> None:
        kind, tag = request.text("messaging_type", "RESPONSE"), request.text("tag")
        if kind not in {"RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"}:
            raise invalid("Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG, UTILITY}")
        if kind == "MESSAGE_TAG" and (tag in REMOVED_TAGS or tag != "HUMAN_AGENT"):
            raise invalid(f"Invalid tag {tag}")
        human = kind == "MESSAGE_TAG" and page.human_agent
        limit = 7 * DAY if human else DAY
        opened = conversation.opened_at
        if opened is None or self.world.now() - opened > limit:
            raise GraphFault(10, "(#10) This message is sent outside of allowed window.", subcode=2018278)

    def _check_reachable(self, conversation: Conversation, person: Person) -> None:
        if person.blocks_page or person.id in self.world.pages[conversation.page_id].blocked:
            raise GraphFault(551, "(#551) This person isn't available right now.", subcode=1545041)
        if conversation.owner is not None:
            message = "Message failed to send because another app is controlling this thread now."
            raise GraphFault(10, message, subcode=2018300)

    # Reading

    def conversations(self, page: Page, request: Request) -> dict[str, Any]:
        """GET /{page}/conversations, newest first."""
        if request.text("platform", "messenger") != "messenger":
            return {"data": []}
        person = request.values.get("user_id")
        found = [
            conversation
            for conversation in self.world.conversations.values()
            if conversation.page_id == page.id
            and conversation.messages
            and person in (None, conversation.person_id)
        ]
        found.sort(key=lambda conversation: conversation.updated_at, reverse=True)
        wanted = fields.parse(request.text("fields", "id,link,updated_time"))
        rows = [fields.select(self.conversation_row(conversation), wanted) for conversation in found]
        return fields.page_of(rows, request.values, f"v26.0/{page.id}/conversations")

    def conversation_row(self, conversation: Conversation) -> dict[str, Any]:
        page = self.world.pages[conversation.page_id]
        person = self.world.people[conversation.person_id]
        people = [self._face(person.id, person.name), self._face(page.id, page.name)]
        visible = [message for message in conversation.messages if not message.deleted]
        return {
            "id": conversation.id,
            "link": f"/{page.id}/inbox/{conversation.id}/",
            "updated_time": graph_time(conversation.updated_at),
            "message_count": len(visible),
            "unread_count": sum(not message.by_page for message in visible),
            "snippet": visible[-1].text if visible else "",
            "can_reply": not person.blocks_page,
            "participants": {"data": people},
            "messages": lambda arguments, nested: self._messages(conversation, arguments, nested),
        }

    def _messages(
        self, conversation: Conversation, arguments: Mapping[str, str], nested: list[fields.Field] | None
    ) -> dict[str, Any]:
        """Newest first; only the 20 newest can be read in detail."""
        newest = [message for message in reversed(conversation.messages) if not message.deleted][:20]
        rows = [fields.select(self.message_row(conversation, message), nested) for message in newest]
        return fields.page_of(rows, arguments, f"v26.0/{conversation.id}/messages")

    def message_row(self, conversation: Conversation, message: StoredMessage) -> dict[str, Any]:
        page = self.world.pages[conversation.page_id]
        person = self.world.people[conversation.person_id]
        sides = [self._face(page.id, page.name), self._face(person.id, person.name)]
        author, reader = sides if message.by_page else sides[::-1]
        files = [self._file(attachment) for attachment in message.attachments]
        return {
            "id": message.mid,
            "created_time": graph_time(message.at),
            "from": author,
            "to": {"data": [reader]},
            "message": message.text,
            "attachments": {"data": files} if files else None,
            "sticker": None,
            "shares": None,
            "tags": {"data": [{"name": "inbox"}]},
            "reactions": _reactions(message),
        }

    def _face(self, face_id: str, name: str) -> dict[str, str]:
        return {"name": name, "email": f"{face_id}@facebook.com", "id": face_id}

    def _file(self, attachment: Mapping[str, Any]) -> dict[str, Any]:
        kind, url = attachment["type"], attachment["payload"].get("url")
        base = {"id": self.world.number(), "name": f"{kind}-1", "size": 1000}
        if kind == "image":
            return {**base, "mime_type": "image/jpeg", "image_data": {"url": url, "width": 8, "height": 8}}
        if kind == "video":
            return {**base, "mime_type": "video/mp4", "video_data": {"url": url}}
        mime = "audio/mpeg" if kind == "audio" else "application/octet-stream"
        return {**base, "mime_type": mime, "file_url": url}

    def profile(self, person: Person, request: Request) -> dict[str, Any]:
        """GET /{psid}."""
        if person.hidden_profile:
            raise invalid("No profile available for this user.", 2018218)
        row = {
            "id": person.id,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "name": person.name,
            "profile_pic": self.world.keep_file("face.svg", "image/svg+xml", _face_picture(person)),
        }
        return fields.select(row, fields.parse(request.text("fields", "first_name,last_name,profile_pic")))


def _reactions(message: StoredMessage) -> dict[str, Any] | None:
    rows = [{"reaction": name, "users": [{"id": who}]} for who, name in message.reactions.items()]
    return {"data": rows} if rows else None


def _face_picture(person: Person) -> bytes:
    initials = f"{person.first_name[:1]}{person.last_name[:1]}"
    color = f"hsl({sum(person.id.encode()) % 360} 45% 55%)"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><rect width="96" height="96" fill="{color}"/>'
        f'<text x="48" y="60" font-size="36" text-anchor="middle" fill="white">{escape(initials)}</text></svg>'
    ).encode()
