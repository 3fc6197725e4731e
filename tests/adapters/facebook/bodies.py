"""What Facebook sends, as plain data: bodies with the events they give.

All people, pages and texts are invented; the shapes are those of Meta's documentation. `FIXTURES` are (name, webhook
body, events); `UNRECOGNIZED` and `MALFORMED` are bodies by name.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from hark.channels.contract import (
    Account,
    AccountNotice,
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Post,
    Reaction,
    Receipt,
    Source,
    Thread,
    Unsupported,
)
from hark.kernel.secrets import Secret

PAGE, NOOR_ID, TEO_ID, POST = (
    "500600700800901",
    "7100000000000001",
    "7100000000000002",
    "500600700800901_3300",
)
AT = datetime.fromtimestamp(1793000000, UTC)
REFERENCE = UUID("0192f3c0-0000-7000-8000-000000000001")
ACCOUNT = Account(
    id=UUID(int=1),
    workspace_id=UUID(int=2),
    platform_account_id=PAGE,
    name="Fjord Café",
    secrets={
        "page_access_token": Secret("EAAB-page-token-of-the-cafe"),
        "app_secret": Secret("app-secret-of-the-cafe"),
        "verify_token": Secret("verify-token-of-the-cafe"),
    },
    fields={"page_id": PAGE, "app_id": "88001"},
    webhook_url="https://hark.example/webhooks/facebook/k1",
)
FOLDER = Path(__file__).parent / "fixtures"
CDN = "https://scontent.xx.fbcdn.net/v/"

NOOR, TEO = Author(NOOR_ID, "Noor Example"), Author(TEO_ID, "Teo Example")
US = Author(PAGE, us=True)
CAFE = Author(PAGE, "Fjord Café", us=True)
DM = Thread(Source.DM, NOOR_ID, customer=Author(NOOR_ID), reply_to={"recipient": NOOR_ID})
WRITER = Author(NOOR_ID)


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def dm(mid: str, at: datetime = AT, **more: Any) -> Message:
    return Message(**{"id": mid, "thread": DM, "author": WRITER, "at": at, **more})


def ours(mid: str, at: datetime = AT, **more: Any) -> Message:
    return dm(mid, at, author=US, opens_window=False, **more)


def comment_thread(root: str, url: str | None = None, post: str = POST) -> Thread:
    return Thread(
        Source.COMMENT, root, post=Post(post, url=url), reply_to={"comment_id": root, "post_id": post}
    )


def review_thread(story: str) -> Thread:
    return Thread(Source.REVIEW, story, reply_to={"story_id": story})


def share(kind: str, url: str | None, title: str | None, *, media: bool = False, **extra: Any) -> Attachment:
    data = {"type": kind, "url": url, "title": title, **({"payload": extra} if extra else {})}
    return Attachment("share", url=url if media else None, data=data)


_EVENTS: dict[str, list[InboundEvent]] = {
    "dm_text": [dm("m_dm_text", text="Is the café open at 8? ☕ https://cafe.example/menu")],
    "dm_lone_surrogate_and_nul": [dm("m_dm_lone_surrogate_and_nul", text="a\ufffdb\ufffdc")],
    "dm_quick_reply": [dm("m_dm_quick_reply", text="Table for two", metadata={"quick_reply": "TABLE:2"})],
    "dm_quoting": [dm("m_dm_quoting", text="That one", quoted="m_earlier")],
    "dm_album": [
        dm(
            "m_dm_album",
            attachments=(
                Attachment("image", url=f"{CDN}a/one.jpg?oe=1", name="one.jpg"),
                Attachment("image", url=f"{CDN}a/two.jpg?oe=1", name="two.jpg"),
            ),
        )
    ],
    "dm_every_file": [
        dm(
            "m_dm_every_file",
            text="All of it",
            attachments=(
                Attachment("video", url="https://video.xx.fbcdn.net/v/clip.mp4?oe=1", name="clip.mp4"),
                Attachment("audio", url="https://cdn.fbsbx.com/v/voice.mp4?oe=1", name="voice.mp4"),
                Attachment("file", url="https://cdn.fbsbx.com/v/my%20order.pdf?oe=1", name="my order.pdf"),
                Attachment("image", skip="Facebook gave no address for this file."),
            ),
        )
    ],
    "dm_sticker_twice": [
        dm(
            "m_dm_sticker_twice",
            attachments=(Attachment("sticker", url=f"{CDN}s/s.png", data={"sticker_id": "444"}),),
        )
    ],
    "dm_thumbs_up": [
        dm(
            "m_dm_thumbs_up",
            attachments=(
                Attachment(
                    "sticker", url=f"{CDN}s/up.png", data={"sticker_id": "369239263222822", "like": True}
                ),
            ),
        )
    ],
    "dm_location": [
        dm(
            "m_dm_location",
            attachments=(
                Attachment("location", data={"type": "location", "latitude": 59.91, "longitude": 10.75}),
            ),
        )
    ],
    "dm_shares": [
        dm(
            "m_dm_shares",
            attachments=(
                share("fallback", "https://l.facebook.com/l.php?u=x", "Menu"),
                share("reel", "https://www.facebook.com/reel/1", "Latte art", reel_video_id=1),
                share("ig_post", f"{CDN}p/post.jpg", "Cake", media=True, ig_post_media_id="9"),
                share("fallback", None, None),
                share("fallback", "https://old.example/", "Old"),
            ),
        )
    ],
    "dm_unknown_attachment": [
        dm(
            "m_dm_unknown_attachment",
            attachments=(
                Attachment("hologram", data={"type": "hologram", "title": None, "payload": {"depth": 3}}),
            ),
        )
    ],
    "dm_product_card": [
        dm(
            "m_dm_product_card",
            text="Do you have this?",
            attachments=(
                Attachment(
                    "template",
                    data={
                        "type": "template",
                        "title": None,
                        "payload": {"product": {"elements": [{"id": "1", "title": "Mug"}]}},
                    },
                ),
            ),
        )
    ],
    "dm_from_ad": [
        dm(
            "m_dm_from_ad",
            text="Half price?",
            metadata={"referral": {"ref": "autumn", "ad_id": "22", "source": "ADS", "type": "OPEN_THREAD"}},
        )
    ],
    "dm_unsupported": [dm("m_dm_unsupported", unsupported="message")],
    "dm_without_own_time": [dm("m_bare", after(0.5), text="no time")],
    "dm_numeric_ids": [dm("m_numeric", text="numbers")],
    "dm_deleted": [Deletion("m_dm_deleted", AT)],
    "dm_echo_ours": [
        ours("m_echo", text="Yes, from 7.", echo_of=str(REFERENCE), metadata={"app_id": "88001"})
    ],
    "dm_echo_of_another_app": [
        ours("m_inbox", text="Typed elsewhere", metadata={"app_id": "26390203743090"})
    ],
    "standby_message_and_echo": [
        dm("m_s1", text="Anyone?", standby=True),
        ours("m_s2", after(0.001), text="The bot answers", standby=True, metadata={"app_id": "77"}),
    ],
    "postback_with_referral": [
        dm(
            "m_pb",
            text="Get started",
            postback="START",
            metadata={"referral": {"ref": "flyer", "source": "SHORTLINK", "type": "OPEN_THREAD"}},
        )
    ],
    "postback_without_mid": [dm(f"postback:{NOOR_ID}:1793000000000", postback="OLD")],
    "reaction_set": [Reaction("m_echo", AT, WRITER, ("❤️",))],
    "reaction_by_name_only": [Reaction("m_echo", AT, WRITER, ("😮",))],
    "reaction_taken_back": [Reaction("m_echo", AT, WRITER, ())],
    "read_up_to": [Receipt("read", AT, thread=DM, until=after(-1))],
    "delivered_two": [
        Receipt("delivered", AT, target="m_echo"),
        Receipt("delivered", AT, target="m_inbox"),
    ],
    "delivered_up_to": [Receipt("delivered", after(0.5), thread=DM, until=after(-1))],
    "dm_edited": [Edit("m_dm_text", AT, text="Is the café open at 9?")],
    "order": [
        Unsupported(
            DM,
            AT,
            "order",
            {
                "sender": {"id": NOOR_ID},
                "recipient": {"id": PAGE},
                "timestamp": 1793000000000,
                "order": {"products": [{"id": "1"}]},
            },
        )
    ],
    "referral": [Ignored("opened_by_link", AT)],
    "handover": [Ignored("handover", AT)],
    "policy_block": [
        AccountNotice(
            "policy_enforcement",
            AT,
            state={"policy": "block"},
            alert="Facebook policy (block): Too many complaints.",
        )
    ],
    "policy_unblock": [AccountNotice("policy_enforcement", AT, state={"policy": "unblock"})],
    "comment_on_post": [
        Message(
            "3300_1",
            comment_thread("3300_1", "https://www.facebook.com/post/3300"),
            NOOR,
            AT,
            text="How much is the cake?",
        )
    ],
    "comment_answering_comment": [Message("3300_2", comment_thread("3300_1"), TEO, AT, text="I ask too")],
    "comment_with_photo_only": [
        Message(
            "3300_3",
            comment_thread("3300_3"),
            NOOR,
            AT,
            attachments=(Attachment("image", url=f"{CDN}c/cake.jpg?oe=1", name="cake.jpg"),),
        )
    ],
    "comment_by_old_keys": [
        Message(
            "3300_4",
            comment_thread("3300_4"),
            TEO,
            AT,
            attachments=(Attachment("video", url="https://video.xx.fbcdn.net/old.mp4", name="old.mp4"),),
        )
    ],
    "comment_without_author": [
        Message("3300_5", comment_thread("3300_5"), Author("anonymous:3300_5"), AT, text="who am I")
    ],
    "comment_by_page": [Message("3300_6", comment_thread("3300_1"), CAFE, AT, text="4 euros")],
    "comment_edited": [Edit("3300_1", after(60), text="How much are two cakes?")],
    "comment_hidden": [Edit("3300_1", after(70), text="How much are two cakes?", hidden=True)],
    "comment_shown_again": [Edit("3300_1", after(80), hidden=False)],
    "comment_removed": [Deletion("3300_1", after(90))],
    "comment_reaction": [Reaction("3300_6", AT, NOOR, ("😆",))],
    "comment_reaction_taken_back": [Reaction("3300_6", AT, NOOR, ())],
    "comment_like_old": [Reaction("3300_6", AT, Author(NOOR_ID), ("👍",))],
    "page_like": [Ignored("feed:like:add", after(1))],
    "own_post": [Ignored("feed:own_status:add", AT)],
    "visitor_post": [
        Message(
            f"{PAGE}_3400",
            Thread(
                Source.MENTION,
                f"{PAGE}_3400",
                post=Post(f"{PAGE}_3400"),
                reply_to={"object_id": f"{PAGE}_3400", "post_id": f"{PAGE}_3400"},
            ),
            NOOR,
            AT,
            text="Lovely morning",
            attachments=(Attachment("image", url=f"{CDN}v/morning.jpg", name="morning.jpg"),),
        )
    ],
    "visitor_post_removed": [Deletion(f"{PAGE}_3400", after(1))],
    "feed_about_the_page": [Ignored("feed:picture:update", AT)],
    "feed_verb_without_meaning": [Ignored("feed:comment:follow", AT)],
    "mention_in_post": [
        Message(
            "990_1",
            Thread(
                Source.MENTION,
                "990_1",
                post=Post("990_1"),
                reply_to={"object_id": "990_1", "post_id": "990_1"},
            ),
            Author("anonymous:990_1"),
            AT,
            text="Try @Fjord Café",
        )
    ],
    "mention_in_comment": [
        Message(
            "1_77",
            Thread(Source.MENTION, "1_77", post=Post("990_1"), reply_to={"object_id": "1_77"}),
            Author("anonymous:1_77"),
            AT,
            text="@Fjord Café has it",
        )
    ],
    "review_positive": [
        Message("5501", review_thread("5501"), NOOR, AT, text="Kind people.", recommended=True)
    ],
    "review_negative_without_text": [Message("5502", review_thread("5502"), NOOR, AT, recommended=False)],
    "review_stars": [Message("5503", review_thread("5503"), NOOR, AT, text="Fine", rating=3)],
    "review_edited": [Edit("5501", after(60), text="Very kind people.", recommended=True)],
    "review_removed": [Deletion("5501", after(60))],
    "review_comment_without_text": [
        Message("5501_9", review_thread("5501"), NOOR, AT, unsupported="text_not_sent"),
        AccountNotice(
            "content_to_fetch",
            AT,
            state={"pending_62": {"id": "5501_9", "field": "ratings", "item": "comment"}},
            fetch=True,
        ),
    ],
    "review_reaction": [Reaction("5501", AT, Author(TEO_ID), ("❤️",))],
    "fields_not_ours": [Ignored("field:parking", after(1)), Ignored("field:leadgen", after(1))],
    "changed_fields_only": [],
    "another_object": [],
    "two_pages_in_one_body": [
        dm("m_b2", after(0.002), text="second"),
        dm("m_b1", after(0.001), text="first"),
        Message("9_1", comment_thread("9_1", post="900_9"), TEO, AT, text="Sunday?"),
    ],
}


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


FIXTURES: list[tuple[str, bytes, list[InboundEvent]]] = [
    (name, body(name), events) for name, events in _EVENTS.items()
]


def _messaging(**event: Any) -> bytes:
    item = {"sender": {"id": NOOR_ID}, "recipient": {"id": PAGE}, "timestamp": 1793000000000, **event}
    return _notification("messaging", item)


def _change(field: str, **value: Any) -> bytes:
    return _notification("changes", {"field": field, "value": value})


def _notification(channel: str, item: Any) -> bytes:
    entry = {"id": PAGE, "time": 1793000000, channel: [item]}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


UNRECOGNIZED: list[tuple[str, bytes]] = [
    ("an event key of tomorrow", _messaging(message_pin={"mid": "m_1"})),
    ("nothing but sender and recipient", _messaging()),
    ("a message without its id", _messaging(message={"text": "lost"})),
    ("a message without its sender", _notification("messaging", {"message": {"mid": "m_1", "text": "x"}})),
    ("a text that is a list", _messaging(message={"mid": "m_1", "text": ["x"]})),
    ("a time that is a list", _messaging(timestamp=[1], message={"mid": "m_1", "text": "x"})),
    ("an element that is a number", _notification("messaging", 5)),
    ("a change that is a text", _notification("changes", "x")),
    ("a read receipt of nothing", _messaging(read={})),
    ("a feed item of tomorrow", _change("feed", item="hologram", verb="add", post_id=POST)),
    ("a ratings item of tomorrow", _change("ratings", item="medal", verb="add")),
    ("a comment without its id", _change("feed", item="comment", verb="add", post_id=POST)),
    ("a review without its id", _change("ratings", item="rating", verb="add")),
    ("a mention without its id", _change("mention", item="post", verb="add")),
]
MALFORMED: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("half an object", b'{"object":"page","entry":[{"id":"1"'),
    ("not UTF-8", b'{"object":"page","entry":"\xff"}'),
    ("a list", b"[]"),
    ("entries that are no list", b'{"object":"page","entry":{}}'),
    ("an entry that is no object", b'{"object":"page","entry":[7]}'),
    ("elements that are no list", b'{"object":"page","entry":[{"id":"1","messaging":{}}]}'),
    ("a number that is none", b'{"object":"page","entry":[{"id":"1","time":NaN,"messaging":[{}]}]}'),
    ("a number out of range", b'{"object":"page","entry":[{"id":"1","time":1e999,"messaging":[{}]}]}'),
    ("too deep", b"[" * 100_000),
]
