"""Everything that can be read or heard, and the events that it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hark.channels.contract import (
    AccountNotice,
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    Message,
    Post,
    Reaction,
    Source,
    Thread,
    Unrecognized,
)
from tests.adapters.mastodon.people import (
    ACCTS,
    ADA,
    BEN,
    NAMES,
    SHOP,
    body,
    entry,
    named,
    notification,
    status,
)

RECEIVED = datetime(2026, 11, 24, 12, tzinfo=UTC)
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
TOLD = AT + timedelta(seconds=5)


def author(person: str) -> Author:
    picture = f"https://social.example/{person}.png"
    return Author(person, NAMES[person], ACCTS[person], picture, us=person == SHOP)


def address(status_id: str, person: str, **more: str) -> dict[str, str]:
    told = {
        "status": status_id,
        "acct": ACCTS[person],
        "person": person,
        "visibility": "public",
        "language": "en",
    }
    return {**told, **more}


def message(status_id: str, thread: Thread, person: str = ADA, **more: Any) -> Message:
    known = {"url": f"https://social.example/@x/{status_id}", "metadata": {"languages": ["en"]}}
    return Message(status_id, thread, author(person), AT, **{**known, **more})


def mention(status_id: str, person: str = ADA, **more: str) -> Thread:
    return Thread(Source.MENTION, f"{status_id}#{person}", reply_to=address(status_id, person, **more))


def direct(status_id: str, person: str = ADA) -> Thread:
    told = address(status_id, person, visibility="direct")
    return Thread(Source.DM, person, customer=author(person), reply_to=told)


NAME = '<p><span class="h-card"><a href="https://social.example/@teashop" class="u-url mention">@<span>teashop</span></a></span>'
OUR_ROOT = {"id": "100", "account": SHOP}
BENS_ROOT = {"id": "150", "account": BEN}
LINK = (
    '<p>See <a href="https://far.example/a/long"><span class="invisible">https://</span>'
    '<span class="ellipsis">far.example/a</span><span class="invisible">/long</span></a></p>'
)
FILM = {
    "id": "7",
    "type": "gifv",
    "url": "https://files.example/7.mp4",
    "description": "Steam",
    "meta": {"original": {"width": 640, "height": 480, "duration": 7.3}},
}
WAITING = {"id": "8", "type": "image", "url": None, "remote_url": None, "description": None, "meta": None}
STRANGE = {"id": "9", "type": "unknown", "url": None, "remote_url": "https://far.example/9.bin"}
POLL = {
    "id": "5",
    "options": [{"title": "Green", "votes_count": 2}, {"title": "Black", "votes_count": None}],
    "multiple": False,
}
CARD = {"url": "https://far.example/a", "title": "A page", "description": ""}
QUOTED = {
    "state": "accepted",
    "quoted_status": {"id": "100", "url": "https://social.example/@teashop/100", "content": "<p>Tea!</p>"},
}
EDITED = "2026-11-23T11:00:00.000Z"


def told(number: str, item: dict[str, Any], **more: Any) -> bytes:
    return body(
        entry("notification", notification(number, "mention", item["account"]["id"], status=item), **more)
    )


FIXTURES: list[tuple[str, bytes, Any]] = [
    (
        "mention",
        told("1", status("201", ADA, f"{NAME} open today?<br />And tomorrow?</p><p>Thanks &amp; bye</p>")),
        [message("201", mention("201"), text="@teashop open today?\nAnd tomorrow?\n\nThanks & bye")],
    ),
    (
        "reply_under_our_post",
        told(
            "2",
            status("202", ADA, "<p>decaf?</p>", in_reply_to_id="100", in_reply_to_account_id=SHOP),
            root=OUR_ROOT,
        ),
        [
            message(
                "202",
                Thread(Source.COMMENT, f"100#{ADA}", post=Post("100"), reply_to=address("202", ADA)),
                text="decaf?",
            )
        ],
    ),
    (
        "reply_to_another_customer_under_our_post",
        told(
            "3",
            status("203", BEN, "<p>me too</p>", in_reply_to_id="202", in_reply_to_account_id=ADA),
            root=OUR_ROOT,
        ),
        [
            message(
                "203",
                Thread(Source.COMMENT, f"100#{BEN}", post=Post("100"), reply_to=address("203", BEN)),
                BEN,
                text="me too",
                quoted="202",
            )
        ],
    ),
    (
        "answer_to_our_answer_stays_with_the_mention",
        told(
            "4",
            status("204", BEN, "<p>thanks</p>", in_reply_to_id="151", in_reply_to_account_id=SHOP),
            root=BENS_ROOT,
        ),
        [
            message(
                "204",
                Thread(Source.MENTION, f"150#{BEN}", post=Post("150"), reply_to=address("204", BEN)),
                BEN,
                text="thanks",
                quoted="151",
            )
        ],
    ),
    (
        "reply_whose_thread_cannot_be_seen",
        told("5", status("205", ADA, "<p>hm</p>", in_reply_to_id="140", in_reply_to_account_id=SHOP)),
        [
            message(
                "205",
                Thread(Source.COMMENT, f"140#{ADA}", post=Post("140"), reply_to=address("205", ADA)),
                text="hm",
            )
        ],
    ),
    (
        "direct_message",
        told("6", status("206", ADA, f"{NAME} my order?</p>", visibility="direct", in_reply_to_id="199")),
        [message("206", direct("206"), text="@teashop my order?", quoted="199")],
    ),
    (
        "own_direct_message_from_an_app",
        body(
            entry(
                "status", status("207", SHOP, "<p>@ada sent</p>", visibility="direct", mentions=[named(ADA)])
            )
        ),
        [
            message(
                "207",
                Thread(Source.DM, ADA, customer=Author(ADA, handle=ACCTS[ADA])),
                SHOP,
                text="@ada sent",
                opens_window=False,
            )
        ],
    ),
    (
        "own_answer_from_an_app",
        body(
            entry(
                "status",
                status(
                    "208",
                    SHOP,
                    "<p>yes</p>",
                    in_reply_to_id="201",
                    in_reply_to_account_id=ADA,
                    mentions=[named(ADA)],
                ),
                root={"id": "201", "account": ADA},
            )
        ),
        [
            message(
                "208",
                Thread(
                    Source.MENTION, f"201#{ADA}", customer=Author(ADA, handle=ACCTS[ADA]), post=Post("201")
                ),
                SHOP,
                text="yes",
                opens_window=False,
            )
        ],
    ),
    (
        "own_post",
        body(entry("status", status("209", SHOP, "<p>New tea</p>", mentions=[]))),
        [Ignored("own_post", AT)],
    ),
    (
        "post_of_the_timeline",
        body(entry("status", status("210", BEN, "<p>Sun!</p>", mentions=[]))),
        [Ignored("timeline", AT)],
    ),
    ("boost", body(entry("status", status("211", ADA, "", reblog={"id": "100"}))), [Ignored("boost", AT)]),
    (
        "mention_with_a_warning_and_emoji",
        told(
            "12",
            status(
                "212",
                ADA,
                "<p>:tea: cold</p>",
                spoiler_text="complaint",
                sensitive=True,
                visibility="unlisted",
                emojis=[{"shortcode": "tea", "url": "https://social.example/tea.png"}],
            ),
        ),
        [
            message(
                "212",
                mention("212", visibility="unlisted", warning="complaint"),
                text=":tea: cold",
                metadata={
                    "content_warning": ["complaint"],
                    "sensitive": True,
                    "visibility": "unlisted",
                    "languages": ["en"],
                    "emojis": {"tea": "https://social.example/tea.png"},
                },
            )
        ],
    ),
    (
        "mention_with_files",
        told("13", status("213", ADA, "", media_attachments=[FILM, WAITING, STRANGE])),
        [
            message(
                "213",
                mention("213"),
                attachments=(
                    Attachment(
                        "video",
                        url="https://files.example/7.mp4",
                        width=640,
                        height=480,
                        duration=7,
                        alt="Steam",
                        data={"type": "gifv", "id": "7"},
                    ),
                    Attachment(
                        "image",
                        skip="Mastodon is still working on this file.",
                        data={"type": "image", "id": "8"},
                    ),
                    Attachment("file", url="https://far.example/9.bin", data={"type": "unknown", "id": "9"}),
                ),
            )
        ],
    ),
    (
        "mention_with_a_poll",
        told("14", status("214", ADA, "<p>Which?</p>", poll=POLL)),
        [
            message(
                "214",
                mention("214"),
                text="Which?",
                attachments=(
                    Attachment(
                        "poll",
                        data={
                            "id": "5",
                            "options": [{"title": "Green", "votes": 2}, {"title": "Black", "votes": None}],
                            "expires_at": None,
                            "multiple": False,
                        },
                    ),
                ),
            )
        ],
    ),
    (
        "mention_with_a_link_card",
        told("15", status("215", ADA, LINK, card=CARD)),
        [
            message(
                "215",
                mention("215"),
                text="See https://far.example/a/long",
                attachments=(
                    Attachment(
                        "share",
                        data={
                            "type": "link",
                            "url": "https://far.example/a",
                            "title": "A page",
                            "description": None,
                        },
                    ),
                ),
            )
        ],
    ),
    (
        "quote_of_our_post",
        body(
            entry(
                "notification",
                notification(
                    "16", "quote", BEN, status=status("216", BEN, "<p>So true</p>", quote=QUOTED, mentions=[])
                ),
            )
        ),
        [
            message(
                "216",
                Thread(
                    Source.MENTION,
                    f"216#{BEN}",
                    post=Post("100", url="https://social.example/@teashop/100"),
                    reply_to=address("216", BEN),
                ),
                BEN,
                text="So true",
                attachments=(
                    Attachment(
                        "share",
                        data={
                            "type": "post",
                            "id": "100",
                            "url": "https://social.example/@teashop/100",
                            "text": "Tea!",
                        },
                    ),
                ),
            )
        ],
    ),
    (
        "mention_without_words",
        told("17", status("217", ADA, "")),
        [message("217", mention("217"), unsupported="empty")],
    ),
    (
        "edited_mention",
        body(entry("edit", status("201", ADA, "<p>open on Monday?</p>", edited_at=EDITED))),
        [Edit("201", AT + timedelta(hours=1), text="open on Monday?", attachments=())],
    ),
    (
        "edit_of_the_timeline",
        body(entry("edit", status("218", BEN, "<p>Rain</p>", mentions=[], edited_at=EDITED))),
        [Ignored("timeline", AT + timedelta(hours=1))],
    ),
    ("deleted_post", body(entry("gone", {"id": "201"})), [Deletion("201", RECEIVED)]),
    (
        "deletion_noticed_later",
        body(entry("gone", {"id": "202"}, at="2026-11-23T12:00:00+00:00")),
        [Deletion("202", AT + timedelta(hours=2))],
    ),
    (
        "favourite",
        body(
            entry(
                "notification", notification("19", "favourite", ADA, status=status("208", SHOP, "<p>yes</p>"))
            )
        ),
        [Reaction("208", TOLD, author(ADA), ("⭐",))],
    ),
    (
        "follow",
        body(entry("notification", notification("20", "follow", ADA))),
        [Ignored("notification:follow", TOLD)],
    ),
    (
        "web_push",
        body(entry("push", {"notification_id": 21, "notification_type": "mention"})),
        [AccountNotice("notified", RECEIVED, fetch=True)],
    ),
    ("a_type_of_tomorrow", body(entry("notification", notification("22", "applause", ADA))), Unrecognized),
]

UNKNOWN = {
    "a type of tomorrow": body(entry("notification", notification("22", "applause", ADA))),
    "a kind that nobody reads": body(entry("dance", {"id": "1"})),
}
MALFORMED = {
    "no JSON": b"{",
    "a list": b"[]",
    "no entries": b'{"account":"x"}',
    "entries without kind": b'{"account":"x","entries":[{}]}',
}
