"""What the adapter is asked, as plain data: one expectation per fixture, and what sending is to do.

FIXTURES: (name, payload, expected events or the exception class). SEND_CASES: what is sent, what Telegram
answers, the calls that are expected and the outcome. Read by the tests beside this file and by the contract
suite.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hark.adapters.telegram.content import TOO_LARGE
from hark.channels.contract import (
    AccountNotice,
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Reachability,
    Reaction,
    Source,
    Thread,
    ThreadMoved,
    Unrecognized,
    Unsupported,
)
from tests.adapters.telegram.people import (
    CONNECTION,
    FORUM_POST,
    GROUP,
    IVO,
    NEWS,
    NORA,
    NORA_BY_CHAT,
    NORAS_BUSINESS_CHAT,
    NORAS_CHAT,
    OWNER,
    RECEIVED,
    RIDERS,
    at,
    business,
    dm,
    mention,
)
from tests.adapters.telegram.send_cases import ACTION_CASES, SEND_CASES

__all__ = ["ACTION_CASES", "FIXTURES", "SEND_CASES"]

FOLDER = Path(__file__).parent / "fixtures"


def file(kind: str, number: str, size: int = 1000, **values: Any) -> Attachment:
    return Attachment(kind, file_id=f"file-{number}", size=size, **values)


def forum(number: int, topic: int | None, **values: Any) -> Message:
    key = "-1009100000002" if topic is None else f"-1009100000002/{topic}"
    thread = Thread(Source.MENTION, key, post=FORUM_POST)
    base = {"id": f"-1009100000002:{number}", "at": at(number), "position": number}
    return Message(thread=thread, author=NORA, **(base | values))


def note(code: str, update: int, alert: str | None, **values: Any) -> AccountNotice:
    remembered = {
        "update_id": update,
        "received_at": "2026-11-02T12:00:00Z",
        "enabled": True,
        "can_reply": False,
        "can_read": False,
        "can_delete": True,
        "owner_id": "9100299999",
        "owner_name": "Kelp Bikes",
    } | values
    return AccountNotice(code, RECEIVED, {f"business:{CONNECTION}:{update}": remembered}, alert)


def pressed(number: str, **values: Any) -> Message:
    return Message(**({"id": number, "thread": NORAS_CHAT, "author": NORA, "at": RECEIVED} | values))


_DIRECT = Thread(Source.DM, "-1009100000003/direct/31", customer=NORA)
_STILL = file("image", "l", 900000, mime_type="image/jpeg", width=1280, height=853)


def picture(number: str) -> Attachment:
    return file("image", number, 10, mime_type="image/jpeg", width=5, height=5)


EXPECTED: dict[str, list[InboundEvent] | type[Exception]] = {
    "text": [dm(1, text="Where is my bike?")],
    "text_with_hidden_link": [
        dm(
            2,
            text="😀 see here",
            metadata={"links": [{"text": "see here", "url": "https://evil.example/x"}]},
        )
    ],
    "start_with_payload": [dm(3, text="/start spring-sale", metadata={"start": "spring-sale"})],
    "reply": [dm(4, text="yes", quoted="9100200300:2")],
    "reply_to_another_chat": [
        dm(5, text="is this true?", metadata={"quote": "20 % off", "quote_of": "Kelp News"})
    ],
    "forwarded": [dm(6, text="they told me this", metadata={"forwarded_from": "Somebody"})],
    "via_inline_bot": [dm(7, text="result", metadata={"via": "@gif"})],
    "photo_in_four_sizes": [dm(10, text="scratch", attachments=(_STILL,))],
    "document": [
        dm(11, attachments=(file("file", "pdf", 2048, name="bill.pdf", mime_type="application/pdf"),))
    ],
    "picture_sent_as_file": [
        dm(12, attachments=(file("image", "heic", 4096, name="IMG_1.HEIC", mime_type="image/heic"),))
    ],
    "file_over_20_megabytes": [
        dm(
            13,
            attachments=(
                file("file", "zip", 20971521, name="log.zip", mime_type="application/zip", skip=TOO_LARGE),
            ),
        )
    ],
    "file_of_exactly_20_megabytes": [
        dm(14, attachments=(file("file", "zip2", 20971520, name="log.zip", mime_type="application/zip"),))
    ],
    "video": [
        dm(
            15,
            attachments=(
                file("video", "vid", 5000, width=640, height=480, duration=7, mime_type="video/mp4"),
            ),
        )
    ],
    "video_note_without_type": [
        dm(
            16,
            attachments=(
                file(
                    "video",
                    "note",
                    5000,
                    width=240,
                    height=240,
                    duration=4,
                    mime_type="video/mp4",
                    data={"round": True},
                ),
            ),
        )
    ],
    "animation_that_is_a_document_too": [
        dm(
            17,
            attachments=(
                file(
                    "video",
                    "gif",
                    700,
                    name="a.mp4",
                    width=100,
                    height=80,
                    duration=2,
                    mime_type="video/mp4",
                    data={"animation": True},
                ),
            ),
        )
    ],
    "voice": [
        dm(
            18,
            attachments=(
                file("audio", "voice", 300, duration=3, mime_type="audio/ogg", data={"voice": True}),
            ),
        )
    ],
    "audio": [
        dm(
            19,
            attachments=(
                file(
                    "audio",
                    "song",
                    300,
                    duration=200,
                    mime_type="audio/mpeg",
                    data={"title": "Hill", "performer": "The Spokes"},
                ),
            ),
        )
    ],
    "sticker": [
        dm(
            20,
            attachments=(
                file(
                    "sticker",
                    "stk",
                    300,
                    width=512,
                    height=512,
                    mime_type="image/webp",
                    data={"emoji": "😡", "set_name": "moods"},
                ),
            ),
        )
    ],
    "animated_sticker": [
        dm(
            21,
            attachments=(
                file(
                    "sticker",
                    "tgs",
                    300,
                    width=512,
                    height=512,
                    mime_type="application/x-tgsticker",
                    data={"emoji": "🎉"},
                ),
            ),
        )
    ],
    "video_sticker": [
        dm(22, attachments=(file("sticker", "webm", 300, width=512, height=512, mime_type="video/webm"),))
    ],
    "location": [dm(23, attachments=(Attachment("location", data={"latitude": 59.91, "longitude": 10.75}),))],
    "venue_that_is_a_location_too": [
        dm(
            24,
            attachments=(
                Attachment(
                    "location",
                    name="Kelp Shop",
                    data={"latitude": 59.91, "longitude": 10.75, "title": "Kelp Shop", "address": "Pier 4"},
                ),
            ),
        )
    ],
    "contact": [
        dm(
            25,
            attachments=(
                Attachment(
                    "contact",
                    name="Ida Moe",
                    data={"name": "Ida Moe", "phone_number": "+4712345678", "user_id": "9100200309"},
                ),
            ),
        )
    ],
    "poll": [dm(26, text="Red or blue?", unsupported="poll", metadata={"options": ["Red", "Blue"]})],
    "dice": [dm(27, text="🎲 5", unsupported="dice")],
    "story": [dm(28, unsupported="story")],
    "checklist": [dm(29, text="To check", unsupported="checklist")],
    "live_photo": [dm(30, attachments=(picture("lpstill"),))],
    "web_app_data": [dm(31, text='{"size":54}', metadata={"button": "Pick a size"})],
    "kind_invented_tomorrow": [dm(32, unsupported="hologram")],
    "message_without_content": [dm(33, unsupported="empty")],
    "message_without_time": [dm(34, text="no clock", at=RECEIVED)],
    "album_1_of_2": [dm(40, text="both sides", group="9100200300:771", attachments=(picture("a1"),))],
    "album_2_of_2": [dm(41, group="9100200300:771", attachments=(picture("a2"),))],
    "edited_text": [Edit("9100200300:1", at(500), text="Where is my red bike?")],
    "edited_caption_removed": [Edit("9100200300:10", at(501), text="", attachments=(_STILL,))],
    "edited_live_location": [
        Edit(
            "9100200300:23",
            at(502),
            text="",
            attachments=(
                Attachment("location", data={"latitude": 59.92, "longitude": 10.76, "live_period": 900}),
            ),
        )
    ],
    "edited_poll": [Edit("9100200300:26", at(503), text="Red, blue or green?")],
    "edited_story": [Edit("9100200300:28", at(504))],
    "group_mention": [mention(100, text="@kelp_care_bot open today?")],
    "group_mention_in_caption": [mention(101, text="@Kelp_Care_Bot look", attachments=(picture("g"),))],
    "group_text_mention_of_bot": [mention(102, text="Care, hello")],
    "group_mention_of_a_person": [Ignored("group_not_addressed", at(103))],
    "group_text_mention_of_a_person": [Ignored("group_not_addressed", at(104))],
    "group_command": [mention(105, author=IVO, text="/hours")],
    "group_command_for_this_bot": [mention(106, author=IVO, text="/hours@kelp_care_bot")],
    "group_reply_to_bot": [mention(107, text="and tomorrow?", quoted="-1009100000001:99")],
    "group_reply_to_a_person": [Ignored("group_not_addressed", at(108))],
    "group_reply_to_anonymous_admin": [Ignored("group_not_addressed", at(109))],
    "group_plain": [Ignored("group_not_addressed", at(110))],
    "group_anonymous_admin": [
        mention(111, author=RIDERS, text="@kelp_care_bot hello", metadata={"signature": "boss"})
    ],
    "group_post_of_linked_channel": [Ignored("channel_post", at(112))],
    "group_reply_chain_outside_forum": [mention(113, text="@kelp_care_bot again")],
    "group_edit_adds_mention": [
        mention(110, author=IVO, text="@kelp_care_bot nice weather?"),
        Edit("-1009100000001:110", at(600), text="@kelp_care_bot nice weather?"),
    ],
    "group_edit_without_mention": [Edit("-1009100000001:100", at(601), text="never mind")],
    "forum_topic_first_message": [forum(120, 55, text="@kelp_care_bot bill 9")],
    "forum_topic_reply_to_bot": [forum(121, 55, text="paid", quoted="-1009100000002:119")],
    "forum_general_topic": [forum(122, None, text="@kelp_care_bot hi")],
    "private_topic": [dm(50, text="about my order", thread=Thread(Source.DM, "9100200300/7", customer=NORA))],
    "channel_direct_message": [dm(130, id="-1009100000003:130", thread=_DIRECT, text="hello brand")],
    "channel_direct_answer_of_channel": [
        dm(
            131,
            id="-1009100000003:131",
            thread=_DIRECT,
            author=Author("-1009100000009", "Kelp Bikes", us=True),
            text="hello Nora",
        )
    ],
    "business_from_customer": [business(200, text="Do you rent?")],
    "business_from_owner": [
        business(
            201,
            author=OWNER,
            text="We do.",
            thread=Thread(Source.DM, f"{CONNECTION}:9100200300", customer=NORA_BY_CHAT),
        )
    ],
    "business_echo_of_bot": [
        business(
            202,
            author=OWNER,
            text="From 9 to 5.",
            quoted=f"{CONNECTION}:9100200300:200",
            thread=Thread(Source.DM, f"{CONNECTION}:9100200300", customer=NORA_BY_CHAT),
        )
    ],
    "business_edited": [Edit(f"{CONNECTION}:9100200300:200", at(700), text="Do you rent e-bikes?")],
    "business_deleted": [
        Deletion(f"{CONNECTION}:9100200300:200", RECEIVED),
        Deletion(f"{CONNECTION}:9100200300:201", RECEIVED),
    ],
    "business_connected": [
        note("business_connected", 7066, None, can_reply=True, can_read=True, can_delete=False)
    ],
    "business_connected_in_the_older_form": [note("business_connected", 7067, None, can_reply=True)],
    "business_connected_without_right_to_reply": [
        note(
            "business_connected",
            7068,
            "Kelp Bikes connected their Telegram Business account without the right to reply.",
            can_delete=False,
        )
    ],
    "business_disconnected": [
        note(
            "business_disconnected",
            7069,
            "Kelp Bikes disconnected the bot from their Telegram Business account.",
            enabled=False,
        )
    ],
    "reaction_added": [Reaction("9100200300:2", at(800), NORA, ("👍", ":custom_emoji:", "⭐"))],
    "reaction_taken_back": [Reaction("9100200300:2", at(801), NORA, ())],
    "reaction_of_a_channel": [Reaction("-1009100000001:99", at(802), NEWS, ("🔥",))],
    "reaction_of_nobody": [Ignored("anonymous_reaction", at(803))],
    "reaction_counts": [Ignored("message_reaction_count")],
    "button": [pressed("880011", text="Good", postback="rate:5", quoted="9100200300:60")],
    "button_under_unreadable_message": [
        pressed("880012", text="menu", postback="menu", quoted="9100200300:9")
    ],
    "button_in_a_group": [
        pressed(
            "880013", thread=GROUP, author=IVO, text="Good", postback="rate:5", quoted="-1009100000001:99"
        )
    ],
    "button_in_a_business_chat": [
        pressed(
            "880014",
            thread=NORAS_BUSINESS_CHAT,
            text="rate:5",
            postback="rate:5",
            quoted=f"{CONNECTION}:9100200300:203",
        )
    ],
    "button_of_inline_mode": [
        pressed(
            "880015",
            thread=Thread(Source.DM, "9100200301", customer=IVO),
            author=IVO,
            text="go",
            postback="go",
        )
    ],
    "game_button": [pressed("880016", postback="pong", unsupported="game", quoted="9100200300:61")],
    "blocked_by_customer": [Reachability(NORA, at(900), reachable=False)],
    "unblocked_by_customer": [Reachability(NORA, at(900), reachable=True)],
    "bot_added_to_group": [
        AccountNotice("group_joined", at(900), {"group:-1009100000001": {"title": "Kelp Riders"}})
    ],
    "bot_removed_from_group": [
        AccountNotice("group_left", at(900), alert="The bot is no longer in the group “Kelp Riders”.")
    ],
    "bot_added_to_channel": [Ignored("channel_membership", at(900))],
    "group_became_supergroup": [ThreadMoved("-4100", "-1009100004100", at(70))],
    "supergroup_was_a_group": [ThreadMoved("-4100", "-1009100004100", at(1))],
    "service_member_joined": [Ignored("service_new_chat_members", at(140))],
    "service_pinned": [Ignored("service_pinned_message", at(141))],
    "channel_post": [Ignored("channel_post")],
    "inline_query": [Ignored("inline_query")],
    "chat_join_request": [Ignored("chat_join_request")],
    "update_kind_invented_tomorrow_in_a_chat": [
        Unsupported(
            Thread(Source.DM, "9100200300", customer=NORA_BY_CHAT),
            at(950),
            "voice_room_request",
            json.loads((FOLDER / "update_kind_invented_tomorrow_in_a_chat.json").read_text())[
                "voice_room_request"
            ],
        )
    ],
    "update_kind_invented_tomorrow_without_chat": Unrecognized,
    "update_without_content": Unrecognized,
}

FIXTURES = [(name, (FOLDER / f"{name}.json").read_bytes(), expected) for name, expected in EXPECTED.items()]
