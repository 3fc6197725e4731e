"""What the chat tells, and the events that it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hark.channels.contract import Attachment, Deletion, Ignored, Message, Reaction, Unsupported
from tests.adapters.bluesky.expected import CHAT_AT, RECEIVED, author, dm, web
from tests.adapters.bluesky.people import (
    ADA,
    BEN,
    OURS,
    SHOP,
    body,
    chat_message,
    convo,
    entry,
    log,
    profile,
    record,
)

HEART = {"value": "❤️", "sender": {"did": ADA}, "createdAt": "2026-11-23T11:05:00.000Z"}
HEARTED = CHAT_AT + timedelta(minutes=5)

CHAT: list[tuple[str, bytes, Any]] = [
    (
        "chat_message",
        body(entry("log", log("logCreateMessage", "2a", message=chat_message("m1", ADA)), convo=convo())),
        [Message("m1", dm(), author(ADA), CHAT_AT, text="Hello")],
    ),
    (
        "chat_request",
        body(
            entry(
                "log", log("logCreateMessage", "2b", message=chat_message("m2", ADA)), convo=convo("request")
            )
        ),
        [Message("m2", dm(status="request"), author(ADA), CHAT_AT, text="Hello", metadata={"request": True})],
    ),
    (
        "chat_message_of_ours",
        body(entry("log", log("logCreateMessage", "2c", message=chat_message("m3", SHOP)), convo=convo())),
        [Message("m3", dm(), author(SHOP), CHAT_AT, text="Hello", opens_window=False)],
    ),
    (
        "chat_message_that_answers_another",
        body(
            entry(
                "log",
                log(
                    "logCreateMessage",
                    "2d",
                    message=chat_message("m4", ADA, replyTo=chat_message("m3", SHOP)),
                ),
                convo=convo(),
            )
        ),
        [Message("m4", dm(), author(ADA), CHAT_AT, text="Hello", quoted="m3")],
    ),
    (
        "chat_message_in_a_group",
        body(
            entry(
                "log",
                log("logCreateMessage", "2e", message=chat_message("m5", BEN)),
                convo=convo("accepted", ADA, BEN, kind="groupConvo"),
            )
        ),
        [Message("m5", dm(BEN, customer=None), author(BEN), CHAT_AT, text="Hello")],
    ),
    (
        "chat_message_that_shares_a_post",
        body(
            entry(
                "log",
                log(
                    "logCreateMessage",
                    "2f",
                    message=chat_message(
                        "m6",
                        ADA,
                        "",
                        embed={
                            "$type": "app.bsky.embed.record#view",
                            "record": {"uri": OURS, "value": record("New tea!"), "author": profile(SHOP)},
                        },
                    ),
                ),
                convo=convo(),
            )
        ),
        [
            Message(
                "m6",
                dm(),
                author(ADA),
                CHAT_AT,
                attachments=(
                    Attachment(
                        "share",
                        data={
                            "type": "post",
                            "uri": OURS,
                            "url": web(OURS),
                            "text": "New tea!",
                            "author": "teashop.test",
                        },
                    ),
                ),
            )
        ],
    ),
    (
        "chat_reaction",
        body(
            entry(
                "log",
                log(
                    "logAddReaction",
                    "2g",
                    message=chat_message("m3", SHOP, reactions=[HEART]),
                    reaction=HEART,
                ),
                convo=convo(),
            )
        ),
        [Reaction("m3", HEARTED, author(ADA), ("❤️",))],
    ),
    (
        "chat_reaction_taken_back",
        body(
            entry(
                "log",
                log("logRemoveReaction", "2h", message=chat_message("m3", SHOP), reaction=HEART),
                convo=convo(),
            )
        ),
        [Reaction("m3", RECEIVED, author(ADA), ())],
    ),
    (
        "chat_message_deleted",
        body(
            entry(
                "log",
                log(
                    "logDeleteMessage",
                    "2i",
                    message={"$type": "chat.bsky.convo.defs#deletedMessageView", "id": "m1"},
                ),
                convo=convo(),
            )
        ),
        [Deletion("m1", RECEIVED)],
    ),
    (
        "chat_read_by_ourselves",
        body(entry("log", log("logReadConvo", "2j", message=chat_message("m1", ADA)))),
        [Ignored("chat:logReadConvo")],
    ),
    (
        "chat_member_joined",
        body(entry("log", log("logAddMember", "2k"), convo=convo("accepted", ADA, BEN, kind="groupConvo"))),
        [
            Unsupported(
                dm(person=False, customer=None), RECEIVED, "chat_add_member", log("logAddMember", "2k")
            )
        ],
    ),
    (
        "chat_history",
        body(
            entry(
                "message",
                chat_message("m7", ADA, reactions=[{**HEART, "sender": {"did": SHOP}}]),
                convo=convo(),
            )
        ),
        [
            Message("m7", dm(), author(ADA), CHAT_AT, text="Hello"),
            Reaction("m7", HEARTED, author(SHOP), ("❤️",)),
        ],
    ),
    (
        "chat_history_deleted",
        body(
            entry(
                "message",
                {
                    "$type": "chat.bsky.convo.defs#deletedMessageView",
                    "id": "m8",
                    "sender": {"did": ADA},
                    "sentAt": "2026-11-23T11:00:00.000Z",
                },
                convo=convo(),
            )
        ),
        [Deletion("m8", CHAT_AT)],
    ),
    (
        "chat_history_of_a_group",
        body(
            entry(
                "message",
                {
                    "$type": "chat.bsky.convo.defs#systemMessageView",
                    "id": "m9",
                    "rev": "222m9",
                    "sentAt": "2026-11-23T11:00:00.000Z",
                    "data": {"$type": "chat.bsky.convo.defs#systemMessageDataMemberJoin", "role": "standard"},
                },
                convo=convo("accepted", ADA, BEN, kind="groupConvo"),
            )
        ),
        [
            Unsupported(
                dm(person=False, customer=None),
                CHAT_AT,
                "chat_member_join",
                {"id": "m9", "$type": "chat.bsky.convo.defs#systemMessageDataMemberJoin", "role": "standard"},
            )
        ],
    ),
]
