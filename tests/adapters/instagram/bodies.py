"""What Instagram sends, with the events it gives. All people and texts are invented; the shapes are those of Meta's
documentation."""

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
)
from hark.kernel.secrets import Secret

ACC, MIA_ID, TEO_ID, MEDIA = "17840000000000901", "1100000000000001", "1100000000000002", "1800000000000001"
AT = datetime.fromtimestamp(1793000000, UTC)
REFERENCE = UUID("0192f3c0-0000-7000-8000-000000000001")
FOLDER = Path(__file__).parent / "fixtures"
ADDRESS = "https://hark.example/webhooks/instagram/k1"
SECRETS = {
    "app_secret": Secret("app-secret-of-the-cafe"),
    "instagram_app_secret": Secret("instagram-secret-of-the-cafe"),
    "verify_token": Secret("verify-token-of-the-cafe"),
}
ACCOUNT = Account(
    id=UUID(int=1),
    workspace_id=UUID(int=2),
    platform_account_id=ACC,
    name="@fjord.cafe",
    secrets={**SECRETS, "access_token": Secret("IGAA-token-of-the-cafe")},
    fields={"app_id": "88001", "username": "fjord.cafe", "login": "instagram"},
    webhook_url=ADDRESS,
)
LINKED = Account(
    id=UUID(int=1),
    workspace_id=UUID(int=2),
    platform_account_id=ACC,
    name="@fjord.cafe",
    secrets={**SECRETS, "access_token": Secret("EAAB-token-of-the-page")},
    fields={"app_id": "88001", "username": "fjord.cafe", "login": "facebook", "page_id": "500"},
    webhook_url=ADDRESS,
)
LOOKASIDE = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=x"
MIA, TEO = Author(MIA_ID, handle="mia.example"), Author(TEO_ID, handle="teo.example")
US, CAFE = Author(ACC, us=True), Author(ACC, handle="fjord.cafe", us=True)
DM = Thread(Source.DM, MIA_ID, customer=Author(MIA_ID), reply_to={"recipient": MIA_ID})


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def dm(name: str, **more: Any) -> Message:
    return Message(**{"id": f"aWd_{name}", "thread": DM, "author": Author(MIA_ID), "at": AT, **more})


def self_thread(customer: str) -> Thread:
    return Thread(Source.DM, customer, customer=Author(customer), reply_to={"recipient": customer})


def comments(root: str, media: str | None = MEDIA, kind: str | None = "organic", **reply_to: str) -> Thread:
    post = Post(media, kind=kind) if media else None
    known = {"media_id": media} if media else {}
    return Thread(Source.COMMENT, root, post=post, reply_to={"comment_id": root, **known, **reply_to})


def share(
    kind: str, url: str | None, title: str | None = None, *, media: bool = True, **extra: Any
) -> Attachment:
    data = {"type": kind, "url": url, "title": title, **({"payload": extra} if extra else {})}
    return Attachment("share", url=url if media else None, data=data)


def mention(media: str, comment: str | None, place: str) -> list[InboundEvent]:
    thing = comment or media
    ids = {"media_id": media, **({"comment_id": comment} if comment else {})}
    thread = Thread(Source.MENTION, thing, post=Post(media), reply_to=ids)
    author = Author(f"anonymous:mention:{media}:{comment or ''}")
    state = {place: {"id": thing, **ids}}
    return [
        Message(thing, thread, author, AT, unsupported="text_not_sent"),
        AccountNotice("content_to_fetch", AT, state=state, fetch=True),
    ]


EVENTS: dict[str, list[InboundEvent]] = {
    "dm_text": [dm("dm_text", text="Is it open on Sunday? ☕")],
    "dm_quoting": [dm("dm_quoting", text="That one", quoted="aWd_earlier")],
    "dm_story_reply": [
        dm(
            "dm_story_reply",
            text="Love it",
            attachments=(
                Attachment(
                    "share",
                    url=LOOKASIDE,
                    data={"type": "story_reply", "url": LOOKASIDE, "title": None, "story_id": "1811"},
                ),
            ),
        )
    ],
    "dm_every_file": [
        dm(
            "dm_every_file",
            attachments=(
                Attachment("image", url="https://scontent.cdninstagram.com/v/cup.jpg?oe=1", name="cup.jpg"),
                Attachment("video", url=LOOKASIDE),
                Attachment("audio", url=LOOKASIDE),
                Attachment("file", url=LOOKASIDE),
                Attachment("image", skip="Instagram gave no address for this file."),
            ),
        )
    ],
    "dm_shares": [
        dm(
            "dm_shares",
            attachments=(
                share("share", "https://www.instagram.com/p/Cabc/", media=False),
                share("ig_post", LOOKASIDE, "Cake", ig_post_media_id="9"),
                share("ig_reel", LOOKASIDE, reel_video_id=7),
                share("story_mention", LOOKASIDE),
                share("ig_story", LOOKASIDE),
                Attachment("template", data={"type": "template", "title": None, "payload": None}),
            ),
        )
    ],
    "dm_heart": [
        dm("dm_heart", attachments=(Attachment("sticker", data={"type": "like_heart", "like": True}),))
    ],
    "dm_seen_once": [
        dm(
            "dm_seen_once",
            attachments=(
                Attachment("ephemeral", skip="Instagram hands over nothing that may be seen only once."),
            ),
        )
    ],
    "dm_unsupported": [dm("dm_unsupported", unsupported="message")],
    "dm_kind_of_file_invented_tomorrow": [
        dm(
            "dm_tomorrow",
            attachments=(
                Attachment("hologram", data={"type": "hologram", "title": None, "payload": {"depth": 3}}),
            ),
        )
    ],
    "dm_from_an_ad": [
        dm(
            "dm_from_an_ad",
            text="The offer?",
            metadata={"referral": {"ref": "oct", "ad_id": "55", "source": "ADS", "type": "OPEN_THREAD"}},
        )
    ],
    "dm_to_ourselves": [
        dm(
            "dm_to_ourselves",
            text="test",
            thread=self_thread(ACC),
            author=Author(ACC),
            metadata={"to_self": True},
        )
    ],
    "dm_standby": [dm("dm_standby", text="hello?", standby=True)],
    "dm_echo": [dm("dm_echo", text="Yes, from 7.", author=US, opens_window=False)],
    "dm_test_button": [
        Message("random_mid", self_thread("12334"), Author("12334"), AT, text="random_text"),
    ],
    "dm_unsent": [Deletion("aWd_dm_text", after(5))],
    "dm_edited": [Edit("aWd_dm_text", after(4), text="Is it open on Monday?")],
    "dm_reaction": [Reaction("aWd_dm_echo", AT, Author(MIA_ID), ("❤️",))],
    "dm_reaction_taken_back": [Reaction("aWd_dm_echo", after(9), Author(MIA_ID), ())],
    "dm_seen": [Receipt("read", AT, target="aWd_dm_echo")],
    "dm_icebreaker": [dm("pb", text="Opening hours?", postback="HOURS")],
    "dm_referral": [Ignored("opened_by_link", AT)],
    "dm_handed_over": [Ignored("handover", AT)],
    "comment": [Message("1790001", comments("1790001"), MIA, AT, text="How much is it?")],
    "comment_answer": [Message("1790002", comments("1790001"), TEO, AT, text="@mia.example yes")],
    "comment_without_text": [Message("1790003", comments("1790003"), MIA, AT, unsupported="text_not_sent")],
    "comment_of_our_own": [Message("1790004", comments("1790001"), CAFE, AT, text="From 7")],
    "comment_of_our_own_by_scoped_id": [Message("1790005", comments("1790005"), CAFE, AT, text="Welcome")],
    "comment_under_an_ad": [
        Message(
            "1790006",
            Thread(
                Source.COMMENT,
                "1790006",
                post=Post("1800000000000009", text="Green week", kind="ad"),
                reply_to={"comment_id": "1790006", "media_id": "1800000000000009"},
            ),
            MIA,
            AT,
            text="Ship to DE?",
            metadata={"ad_id": "55", "original_media_id": MEDIA},
        )
    ],
    "comment_on_the_entry": [Message("1790007", comments("1790007"), MIA, AT, text="flat")],
    "comment_in_a_list_of_bodies": [Message("1790008", comments("1790008"), MIA, AT, text="listed")],
    "comment_without_author": [
        Message(
            "1790010",
            comments("1790010", None),
            Author("anonymous:1790010"),
            AT,
            text="This is an example.",
        )
    ],
    "comment_live": [
        Message(
            "1790011",
            comments("1790011", "1800000000000002", live="1"),
            MIA,
            AT,
            text="hello live",
            metadata={"live": "true"},
        )
    ],
    "mention_in_a_comment": mention("1888", "1790012", "pending_56"),
    "mention_in_a_caption": mention("1889", None, "pending_18"),
    "story_insights": [Ignored("field:story_insights", AT)],
    "changed_fields_only": [],
    "another_object": [],
}


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


FIXTURES = [(name, body(name), events) for name, events in EVENTS.items()]


def _message(event: dict[str, Any]) -> bytes:
    notification = json.loads(body("dm_text"))
    element = notification["entry"][0]["messaging"][0]
    del element["message"]
    element.update(event)
    return json.dumps(notification).encode()


UNRECOGNIZED: dict[str, bytes] = {
    "an event invented tomorrow": _message({"brand_new_event": {"x": 1}}),
    "a change invented tomorrow": body("story_insights").replace(b"story_insights", b"threads_of_tomorrow"),
    "content invented tomorrow": _message({"message": {"mid": "aWd_new", "hologram": {"x": 1}}}),
}
MALFORMED: dict[str, bytes] = {
    "no json": b"<html>",
    "a text": b'"instagram"',
    "a list of texts": b'["instagram"]',
    "no entries": b'{"object":"instagram"}',
    "entries that are no list": b'{"object":"instagram","entry":{}}',
    "an entry that is no object": b'{"object":"instagram","entry":[5]}',
    "a list that is none": b'{"object":"instagram","entry":[{"id":"1","messaging":{}}]}',
}
