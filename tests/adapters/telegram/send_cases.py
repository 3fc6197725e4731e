"""What is sent or done, what Telegram answers, the calls that are expected, and how it ends. Every ability
has its case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from hark.channels.contract import (
    Ability,
    Action,
    Outbound,
    OutboundAttachment,
    PlatformProblem,
    Rejected,
    Sent,
    Source,
)
from tests.adapters.telegram.fake import Answer, done, message, refused, sent
from tests.adapters.telegram.people import CONNECTION, RECEIVED, at

NORA = "9100200300"
GROUP = "-1009100000001"
RETURNED = at(2000)

Call = tuple[str, dict[str, Any], dict[str, tuple[str, bytes, str]]]


class SendCase(msgspec.Struct, frozen=True):
    """`calls` are (method, parameters, file parts); `outcome` is what `send` returns or the class that it
    raises."""

    name: str
    outbound: Outbound
    answers: tuple[Answer, ...]
    calls: tuple[Call, ...]
    outcome: Sent | type[PlatformProblem]


class ActionCase(msgspec.Struct, frozen=True):
    name: str
    action: Action
    answers: tuple[Answer, ...]
    calls: tuple[Call, ...]
    outcome: type[PlatformProblem] | None = None


def outbound(thread: str = NORA, **values: Any) -> Outbound:
    source = Source.MENTION if thread.startswith("-") and "direct" not in thread else Source.DM
    base = {
        "reference": UUID(int=9),
        "source": source,
        "thread_key": thread,
        "recipient": NORA,
        "at": RECEIVED,
    }
    return Outbound(**(base | values))


def attachment(kind: str, name: str, mime_type: str, content: bytes = b"bytes") -> OutboundAttachment:
    return OutboundAttachment(kind, name, mime_type, content)


def call(method: str, chat: int = 9100200300, **parameters: Any) -> Call:
    return method, {"chat_id": chat, **parameters}, {}


def upload(method: str, field: str, part: tuple[str, bytes, str], **parameters: str) -> Call:
    return method, {"chat_id": NORA, **parameters}, {field: part}


def ok(number: int, *parts: int, scope: str = NORA) -> Sent:
    return Sent(f"{scope}:{number}", RETURNED, parts=tuple(f"{scope}:{part}" for part in parts))


def quoting(number: int) -> dict[str, Any]:
    return {"reply_parameters": {"message_id": number, "allow_sending_without_reply": True}}


PHOTO = attachment("image", "a.jpg", "image/jpeg")
VIDEO = attachment("video", "b.mp4", "video/mp4")
LONGEST = "😀" * 2048
PDF = attachment("file", "c.pdf", "application/pdf")
_MEDIA_MIXED = (
    '[{"type":"photo","media":"attach://file0","caption":"both"},{"type":"video","media":"attach://file1"}]'
)
_MEDIA_DOCUMENTS = (
    '[{"type":"document","media":"attach://file0"},{"type":"document","media":"attach://file1"}]'
)


def single(name: str, method: str, item: OutboundAttachment) -> SendCase:
    part = (item.name, item.content, item.mime_type)
    field = method.removeprefix("send").lower()
    return SendCase(name, outbound(attachments=(item,)), (sent(5),), (upload(method, field, part),), ok(5))


SEND_CASES = (
    SendCase(
        "text", outbound(text="a_b *c* [d] <e>"), (sent(5),), (call("sendMessage", text="a_b *c* [d] <e>"),), ok(5)
    ),
    SendCase(
        "text that quotes",
        outbound(text="yes", quoted=f"{NORA}:4"),
        (sent(5),),
        (call("sendMessage", text="yes", **quoting(4)),),
        ok(5),
    ),
    SendCase(
        "quote of a pressed button has no message to point at",
        outbound(text="yes", quoted="880011"),
        (sent(5),),
        (call("sendMessage", text="yes"),),
        ok(5),
    ),
    SendCase(
        "quote from before the group moved",
        outbound(GROUP, text="yes", quoted="-4100:7"),
        (sent(5, -1009100000001),),
        (call("sendMessage", -1009100000001, text="yes"),),
        ok(5, scope=GROUP),
    ),
    SendCase(
        "group",
        outbound(GROUP, text="till six", quoted=f"{GROUP}:100"),
        (sent(5, -1009100000001),),
        (call("sendMessage", -1009100000001, text="till six", **quoting(100)),),
        ok(5, scope=GROUP),
    ),
    SendCase(
        "forum topic",
        outbound("-1009100000002/55", text="checking"),
        (sent(5, -1009100000002),),
        (call("sendMessage", -1009100000002, message_thread_id=55, text="checking"),),
        ok(5, scope="-1009100000002"),
    ),
    SendCase(
        "channel direct messages",
        outbound("-1009100000003/direct/31", text="hello"),
        (sent(5, -1009100000003),),
        (call("sendMessage", -1009100000003, direct_messages_topic_id=31, text="hello"),),
        ok(5, scope="-1009100000003"),
    ),
    SendCase(
        "business account",
        outbound(f"{CONNECTION}:{NORA}", text="we do", quoted=f"{CONNECTION}:{NORA}:200"),
        (sent(5),),
        (call("sendMessage", business_connection_id=CONNECTION, text="we do", **quoting(200)),),
        ok(5, scope=f"{CONNECTION}:{NORA}"),
    ),
    SendCase(
        "photo with text",
        outbound(text="look", attachments=(PHOTO,)),
        (sent(5),),
        (upload("sendPhoto", "photo", ("a.jpg", b"bytes", "image/jpeg"), caption="look"),),
        ok(5),
    ),
    SendCase(
        "photo that quotes",
        outbound(attachments=(PHOTO,), quoted=f"{NORA}:4"),
        (sent(5),),
        (
            upload(
                "sendPhoto",
                "photo",
                ("a.jpg", b"bytes", "image/jpeg"),
                reply_parameters='{"message_id":4,"allow_sending_without_reply":true}',
            ),
        ),
        ok(5),
    ),
    SendCase(
        "photo by address",
        outbound(attachments=(OutboundAttachment("image", "a.jpg", "image/jpeg", url="https://h.example/a"),)),
        (sent(5),),
        (call("sendPhoto", photo="https://h.example/a"),),
        ok(5),
    ),
    single("animated picture", "sendAnimation", attachment("image", "a.gif", "image/gif")),
    single("picture that is no photo", "sendDocument", attachment("image", "a.heic", "image/heic")),
    single(
        "photo over 10 MB", "sendDocument", attachment("image", "a.png", "image/png", bytes(10 * 1024 * 1024 + 1))
    ),
    single("video", "sendVideo", VIDEO),
    single("video that Telegram does not play", "sendDocument", attachment("video", "a.webm", "video/webm")),
    single("voice", "sendVoice", attachment("audio", "a.ogg", "audio/ogg")),
    single("music", "sendAudio", attachment("audio", "a.mp3", "audio/mpeg")),
    single("sound that Telegram does not play", "sendDocument", attachment("audio", "a.wav", "audio/wav")),
    single("document", "sendDocument", PDF),
    single("name that is not ASCII", "sendDocument", attachment("file", "måned – 3.pdf", "application/pdf")),
    SendCase(
        "name that is a path",
        outbound(attachments=(attachment("file", "..\\x/../secret.pdf", "application/pdf"),)),
        (sent(5),),
        (upload("sendDocument", "document", ("secret.pdf", b"bytes", "application/pdf")),),
        ok(5),
    ),
    SendCase(
        "album of photo and video",
        outbound(text="both", attachments=(PHOTO, VIDEO)),
        ((200, {"ok": True, "result": [message(5), message(6)]}),),
        (
            (
                "sendMediaGroup",
                {"chat_id": NORA, "media": _MEDIA_MIXED},
                {"file0": ("a.jpg", b"bytes", "image/jpeg"), "file1": ("b.mp4", b"bytes", "video/mp4")},
            ),
        ),
        ok(5, 6),
    ),
    SendCase(
        "mixture that only documents can carry",
        outbound(attachments=(PHOTO, PDF)),
        ((200, {"ok": True, "result": [message(5), message(6)]}),),
        (
            (
                "sendMediaGroup",
                {"chat_id": NORA, "media": _MEDIA_DOCUMENTS},
                {"file0": ("a.jpg", b"bytes", "image/jpeg"), "file1": ("c.pdf", b"bytes", "application/pdf")},
            ),
        ),
        ok(5, 6),
    ),
    SendCase(
        "group that became a supergroup",
        outbound("-4100", text="still here?", quoted="-4100:7"),
        (
            refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=-1009100004100,
            ),
            sent(2, -1009100004100),
        ),
        (
            call("sendMessage", -4100, text="still here?", **quoting(7)),
            call("sendMessage", -1009100004100, text="still here?"),
        ),
        Sent("-1009100004100:2", RETURNED, new_thread_key="-1009100004100"),
    ),
    SendCase("4096 UTF-16 units", outbound(text=LONGEST), (sent(5),), (call("sendMessage", text=LONGEST),), ok(5)),
    SendCase("text one unit too long", outbound(text=LONGEST + "a"), (), (), Rejected),
    SendCase("caption one unit too long", outbound(text="a" * 1025, attachments=(PHOTO,)), (), (), Rejected),
    SendCase("eleven files", outbound(attachments=(PHOTO,) * 11), (), (), Rejected),
    SendCase("nothing but blanks", outbound(text=" \n"), (), (), Rejected),
    SendCase("empty file", outbound(attachments=(attachment("file", "a", "text/plain", b""),)), (), (), Rejected),
    SendCase("private reply", outbound(GROUP, text="x", private_to=f"{GROUP}:100"), (), (), Rejected),
    SendCase("thread of another platform", outbound("t_1/x:y", text="x"), (), (), Rejected),
    SendCase(
        "business account a day after the customer's last message",
        outbound(f"{CONNECTION}:{NORA}", text="x", last_opened_at=at(0), at=at(24 * 3600 + 1)),
        (),
        (),
        Rejected,
    ),
    SendCase(
        "business account within a day",
        outbound(f"{CONNECTION}:{NORA}", text="x", last_opened_at=at(0), at=at(24 * 3600)),
        (sent(5),),
        (call("sendMessage", business_connection_id=CONNECTION, text="x"),),
        ok(5, scope=f"{CONNECTION}:{NORA}"),
    ),
)  # fmt: skip


def action(
    ability: Ability, target: str | None = None, thread: str = NORA, text: str | None = None
) -> Action:
    return Action(ability, thread, recipient=NORA, target=target, text=text)


BUSINESS = f"{CONNECTION}:{NORA}"
THUMB = {"reaction": [{"type": "emoji", "emoji": "👍"}]}
NO_TEXT = refused(400, "Bad Request: there is no text in the message to edit")
NOT_MODIFIED = refused(400, "Bad Request: message is not modified: specified new message content and reply …")

ACTION_CASES = (
    ActionCase("typing", action(Ability.TYPING), (done(),), (call("sendChatAction", action="typing"),)),
    ActionCase(
        "typing in a topic",
        action(Ability.TYPING, thread="-1009100000002/55"),
        (done(),),
        (call("sendChatAction", -1009100000002, message_thread_id=55, action="typing"),),
    ),
    ActionCase(
        "typing for a business account",
        action(Ability.TYPING, thread=BUSINESS),
        (done(),),
        (call("sendChatAction", business_connection_id=CONNECTION, action="typing"),),
    ),
    ActionCase("typing in channel direct messages", action(Ability.TYPING, thread="-100/direct/3"), (), ()),
    ActionCase(
        "read for a business account",
        action(Ability.MARK_READ, f"{BUSINESS}:200", BUSINESS),
        (done(),),
        (call("readBusinessMessage", business_connection_id=CONNECTION, message_id=200),),
    ),
    ActionCase("read in an ordinary chat", action(Ability.MARK_READ, f"{NORA}:4"), (), ()),
    ActionCase("read without a message", action(Ability.MARK_READ, thread=BUSINESS), (), ()),
    ActionCase(
        "button acknowledged",
        action(Ability.MARK_READ, "880011"),
        (done(),),
        (("answerCallbackQuery", {"callback_query_id": "880011"}, {}),),
    ),
    ActionCase(
        "button acknowledged too late",
        action(Ability.MARK_READ, "880011"),
        (refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid"),),
        (("answerCallbackQuery", {"callback_query_id": "880011"}, {}),),
    ),
    ActionCase(
        "delete", action(Ability.DELETE, f"{NORA}:5"), (done(),), (call("deleteMessage", message_id=5),)
    ),
    ActionCase(
        "delete what is gone",
        action(Ability.DELETE, f"{NORA}:5"),
        (refused(400, "Bad Request: message to delete not found"),),
        (call("deleteMessage", message_id=5),),
    ),
    ActionCase(
        "delete for a business account",
        action(Ability.DELETE, f"{BUSINESS}:202", BUSINESS),
        (done(),),
        (("deleteBusinessMessages", {"business_connection_id": CONNECTION, "message_ids": [202]}, {}),),
    ),
    ActionCase(
        "delete after 48 hours",
        action(Ability.DELETE, f"{NORA}:5"),
        (refused(400, "Bad Request: message can't be deleted"),),
        (call("deleteMessage", message_id=5),),
        Rejected,
    ),
    ActionCase(
        "edit",
        action(Ability.EDIT, f"{NORA}:5", text="better"),
        (sent(5),),
        (call("editMessageText", message_id=5, text="better"),),
    ),
    ActionCase(
        "edit to the same text",
        action(Ability.EDIT, f"{NORA}:5", text="same"),
        (NOT_MODIFIED,),
        (call("editMessageText", message_id=5, text="same"),),
    ),
    ActionCase(
        "edit the text beside a photo",
        action(Ability.EDIT, f"{NORA}:5", text="better"),
        (NO_TEXT, sent(5)),
        (
            call("editMessageText", message_id=5, text="better"),
            call("editMessageCaption", message_id=5, caption="better"),
        ),
    ),
    ActionCase("edit too long", action(Ability.EDIT, f"{NORA}:5", text="a" * 4097), (), (), Rejected),
    ActionCase(
        "react",
        action(Ability.REACT, f"{NORA}:4", text="👍"),
        (done(),),
        (call("setMessageReaction", message_id=4, **THUMB),),
    ),
    ActionCase(
        "take a reaction back",
        action(Ability.REACT, f"{NORA}:4"),
        (done(),),
        (call("setMessageReaction", message_id=4, reaction=[]),),
    ),
    ActionCase(
        "react for a business account",
        action(Ability.REACT, f"{BUSINESS}:4", BUSINESS, "👍"),
        (),
        (),
        Rejected,
    ),
    ActionCase("react to a pressed button", action(Ability.REACT, "880011", text="👍"), (), (), Rejected),
    ActionCase(
        "ban in a group",
        action(Ability.BAN, f"{GROUP}:100", GROUP),
        (done(),),
        (call("banChatMember", int(GROUP), user_id=int(NORA)),),
    ),
    ActionCase(
        "ban in a topic of a forum",
        action(Ability.BAN, "-1009100000002:4", "-1009100000002/55"),
        (done(),),
        (call("banChatMember", -1009100000002, user_id=int(NORA)),),
    ),
    ActionCase(
        "ban a channel that writes in a group",
        Action(Ability.BAN, GROUP, target=f"{GROUP}:100", author="-1009100000009"),
        (done(),),
        (call("banChatSenderChat", int(GROUP), sender_chat_id=-1009100000009),),
    ),
    ActionCase(
        "unban",
        action(Ability.UNBAN, f"{GROUP}:100", GROUP),
        (done(),),
        (call("unbanChatMember", int(GROUP), user_id=int(NORA), only_if_banned=True),),
    ),
    ActionCase(
        "ban an administrator",
        action(Ability.BAN, f"{GROUP}:100", GROUP),
        (refused(400, "Bad Request: user is an administrator of the chat"),),
        (call("banChatMember", int(GROUP), user_id=int(NORA)),),
        Rejected,
    ),
    ActionCase("ban in a private chat", action(Ability.BAN, f"{NORA}:4"), (), (), Rejected),
    ActionCase("ban in a business chat", action(Ability.BAN, f"{BUSINESS}:4", BUSINESS), (), (), Rejected),
    ActionCase(
        "ban nobody knows whom",
        Action(Ability.BAN, GROUP, target=f"{GROUP}:1", author="unknown:1"),
        (),
        (),
        Rejected,
    ),
    ActionCase("hide", action(Ability.HIDE, f"{NORA}:4"), (), (), Rejected),
    ActionCase("like", action(Ability.LIKE, f"{NORA}:4"), (), (), Rejected),
)
