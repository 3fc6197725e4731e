"""What X sends: each file of `fixtures` with the events that it gives, and bodies by name that nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hark.channels.contract import (
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
from tests.adapters.x.samples import ADA, ADA_ID, BEN, FOLDER, PAIR, US, WE, after, minted, written

RECEIVED = datetime(2026, 11, 24, 12, tzinfo=UTC)
SITE = "https://x.com"
NOT_DESCRIBED = "X gave no address for this file; open it on X."
ALERT = "X reports that the account withdrew this app's access. Connect the account again."
NAMELESS, SELF = Author(ADA_ID), Author(US, us=True)


def dm(seconds: float, text: str | None = None, author: Author = ADA, **more: Any) -> Message:
    base: dict[str, Any] = {
        "id": minted(after(seconds)),
        "thread": Thread(Source.DM, PAIR, customer=ADA, reply_to={"participant": ADA_ID}),
        "author": author,
        "at": after(seconds),
        "text": text,
        "opens_window": not author.us,
        "url": f"{SITE}/messages/{PAIR}",
    }
    return Message(**{**base, **more})


def post(
    seconds: float,
    text: str,
    author: Author = ADA,
    *,
    source: Source = Source.MENTION,
    root: str | None = None,
    context: Post | None = None,
    summoned: str = "yes",
    customer: Author | None = None,
    **more: Any,
) -> Message:
    own = minted(after(seconds))
    address = {"post_id": own, "author_id": author.id, "handle": author.handle or "", "summoned": summoned}
    who = customer or author
    base: dict[str, Any] = {
        "id": own,
        "thread": Thread(
            source,
            f"{root or own}/{who.id}",
            customer=who,
            post=context,
            reply_to={} if author.us else address,
        ),
        "author": author,
        "at": after(seconds),
        "text": text,
        "opens_window": not author.us,
        "url": f"{SITE}/{author.handle or 'i'}/status/{own}",
        "metadata": {"language": "en"},
    }
    return Message(**{**base, **more})


def bare(post_id: str) -> Post:
    return Post(post_id, url=f"{SITE}/i/status/{post_id}")


def ours(post_id: str, text: str, at: datetime, picture: str | None = None) -> Post:
    return Post(post_id, f"{SITE}/fjord_lamps/status/{post_id}", text, "Fjord Lamps", picture, at=at)


def chat(seconds: float, own: str, author: Author) -> Message:
    key = f"{ADA_ID}:{US}"
    return dm(
        seconds,
        author=author,
        id=own,
        thread=Thread(Source.DM, key, customer=NAMELESS, reply_to={"encrypted": "yes"}),
        unsupported="encrypted message, open X",
        url=f"{SITE}/messages",
    )


def read(seconds: float, last: float, reader: Author = ADA) -> list[InboundEvent]:
    """By the message itself, and by everything before it."""
    at, until = after(seconds), after(last)
    thread = Thread(Source.DM, PAIR, customer=reader)
    return [Receipt("read", at, target=minted(until)), Receipt("read", at, thread=thread, until=until)]


OLD, ROOT = minted(after(-5000)), minted(after(-4000))
OLD_POST = bare(OLD)
ROOT_POST = ours(ROOT, "The ash lamp is back", after(-4000))
LONG = "@fjord_lamps I bought " + "a lamp and " * 40 + "none works."
LONG_FILES = (
    Attachment("image", url="https://pbs.twimg.com/media/m1.jpg", alt="Lamps"),
    Attachment("file", skip=NOT_DESCRIBED),
)
FIRST = minted(after(50.5))
ASKED_WHERE = {"latitude": 54.32, "longitude": 10.12}
SHARED = "https://x.com/fjord_lamps/status/2100000000000000001"

EXPECTED: dict[str, list[InboundEvent]] = {
    "dm_text": [dm(0, "Is the oak lamp < 50 €? 👍🏽 & in stock?")],
    "dm_two_in_one_body": [dm(1, "One"), dm(2, "Two")],
    "dm_ours_from_another_app": [dm(3, "We look into it.", WE, metadata={"app": "3033300"})],
    "dm_photo_private": [
        dm(
            4,
            "It came broken",
            attachments=(
                Attachment(
                    "image",
                    file_id=f"dm/{minted(after(4))}/88/lamp.jpg",
                    width=1200,
                    height=800,
                    alt="A broken shade",
                ),
            ),
        )
    ],
    "dm_video": [
        dm(
            5,
            attachments=(
                Attachment(
                    "video", url="https://video.twimg.com/89-large.mp4", mime_type="video/mp4", duration=8
                ),
            ),
        )
    ],
    "dm_location": [dm(6, "Here", attachments=(Attachment("location", data=ASKED_WHERE),))],
    "dm_quick_reply": [dm(7, "Where is my order?", postback="topic:order")],
    "dm_shares_a_post": [
        dm(
            8,
            f"This one: {SHARED}",
            attachments=(Attachment("share", data={"post_id": "2100000000000000001", "url": SHARED}),),
        )
    ],
    "dm_unknown_attachment": [dm(9, "Look", unsupported="hologram")],
    "dm_lone_surrogate": [dm(10, "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}")],
    "activity_dm_received": [dm(11, "hello!")],
    "activity_dm_sent": [dm(12, "Hello Ada", WE)],
    "read_by_customer": read(13, 12),
    "read_by_us": [Ignored("read_by_us", after(14))],
    "activity_dm_read": read(15, 14),
    "activity_dm_read_flat": read(16, 15, NAMELESS),
    "typing": [Ignored("typing", after(17))],
    "activity_typing": [Ignored("typing", after(18))],
    "activity_chat_received": [chat(19, "0b7e-1", NAMELESS)],
    "activity_chat_sent": [chat(20, "0b7e-2", SELF)],
    "activity_chat_joined": [Ignored("chat_membership")],
    "mention": [post(30, "Is @fjord_lamps open & nice?")],
    "mention_by_somebody_blocked": [
        post(31, "@fjord_lamps why?", BEN, metadata={"blocked": True, "language": "en"})
    ],
    "mention_long": [
        post(
            32,
            "@fjord_lamps I ordered three lamps. "
            + "None came. " * 20
            + "See https://shop.example/order?a=1&b=2",
        )
    ],
    "mention_two_photos": [
        post(
            33,
            "@fjord_lamps left, right",
            attachments=tuple(
                Attachment("image", url=f"https://pbs.twimg.com/media/{n}.jpg") for n in (1, 2)
            ),
        )
    ],
    "quote_of_our_post": [
        post(
            34,
            "Is this normal?",
            context=ours(OLD, "New: the oak lamp", after(-5000), "https://pbs.twimg.com/media/3.jpg"),
            metadata={"language": "en", "quotes": OLD},
        )
    ],
    "comment_on_our_post": [
        post(
            35,
            "@fjord_lamps in green too?",
            source=Source.COMMENT,
            root=OLD,
            context=OLD_POST,
            summoned="no",
            quoted=OLD,
        )
    ],
    "comment_that_names_us": [
        post(
            36,
            "@fjord_lamps hey @fjord_lamps, green?",
            source=Source.COMMENT,
            root=OLD,
            context=OLD_POST,
            quoted=OLD,
        )
    ],
    "mention_below_somebody_elses_post": [
        post(
            37,
            "@ada_example @fjord_lamps may know",
            BEN,
            root=minted(after(-900)),
            context=bare(minted(after(-900))),
            quoted=minted(after(-900)),
        )
    ],
    "comment_by_us": [
        post(
            38,
            "@ada_example Yes, in green.",
            WE,
            source=Source.COMMENT,
            root=minted(after(35)),
            context=bare(minted(after(35))),
            customer=Author(ADA_ID, handle="ada_example"),
            quoted=minted(after(35)),
        )
    ],
    "own_post": [Ignored("own_post", after(39))],
    "own_thread": [Ignored("own_thread", after(40))],
    "repost_of_our_post": [Ignored("repost", after(41))],
    "post_deleted": [Deletion(minted(after(38)), after(42))],
    "activity_post_deleted": [Deletion(minted(after(39)), RECEIVED)],
    "activity_mention": [post(50, "hey @fjord_lamps")],
    "activity_comment": [
        post(
            51,
            "@fjord_lamps lovely",
            source=Source.COMMENT,
            root=ROOT,
            context=ROOT_POST,
            summoned="no",
            quoted=ROOT,
        )
    ],
    "activity_comment_new_names": [
        post(
            52,
            "@fjord_lamps dear @fjord_lamps!",
            source=Source.COMMENT,
            root=ROOT,
            context=ROOT_POST,
            quoted=ROOT,
        )
    ],
    "activity_quote": [
        post(53, "Look.", NAMELESS, context=bare(ROOT), metadata={"language": "en", "quotes": ROOT})
    ],
    "activity_own_answer": [
        post(
            54,
            "@ada_example thanks!",
            WE,
            source=Source.COMMENT,
            root=ROOT,
            context=bare(minted(after(51))),
            customer=ADA,
            quoted=minted(after(51)),
        )
    ],
    "activity_own_post": [Ignored("own_post", after(55))],
    "activity_repost": [Ignored("repost", after(56))],
    "activity_long_and_edited": [
        post(57, LONG, root=FIRST, id=FIRST, attachments=LONG_FILES),
        Edit(FIRST, after(57), text=LONG, attachments=LONG_FILES),
    ],
    "like_of_our_post": [Reaction(OLD, after(60), ADA, ("❤️",))],
    "like_by_us": [Reaction(minted(after(30)), after(61), WE, ("❤️",))],
    "activity_like_by_us": [Reaction(minted(after(50)), after(62), SELF, ("❤️",))],
    "activity_like_of_our_post": [Reaction(ROOT, after(63), ADA, ("❤️",))],
    "follow": [Ignored("follow")],
    "block": [Ignored("block")],
    "unmute": [Ignored("mute")],
    "activity_profile_change": [Ignored("profile_change")],
    "access_withdrawn": [AccountNotice("access_withdrawn", after(60), {"revoked": True}, ALERT, fetch=True)],
    "activity_access_withdrawn": [
        AccountNotice("access_withdrawn", after(120), {"revoked": True}, ALERT, fetch=True)
    ],
    "replay_ended": [AccountNotice("replay", RECEIVED, {"replay": "Complete"})],
    "replay_failed": [
        AccountNotice(
            "replay",
            RECEIVED,
            {"replay": "Failed"},
            "X could not send again what was missed while the webhook was off: Too old. Fetch the account's history.",
            fetch=True,
        )
    ],
}


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


FIXTURES = [(name, body(name), events) for name, events in EXPECTED.items()]

UNKNOWN = {
    "a list of tomorrow": written({"for_user_id": US, "hologram_events": [{"id": "1", "hologram": {}}]}),
    "an event of tomorrow": written(
        {
            "data": {
                "event_uuid": "1",
                "filter": {"user_id": US},
                "event_type": "hologram.seen",
                "payload": {"id": "1"},
            }
        }
    ),
    "a message event of another type": written(
        {"for_user_id": US, "direct_message_events": [{"type": "message_melt", "id": "12"}]}
    ),
    "a user event of tomorrow": written({"user_event": {"grant": {"source": {"user_id": US}}}}),
    "no event at all": b"{}",
    "a read receipt of unknown form": written(
        {
            "data": {
                "event_uuid": "1",
                "filter": {"user_id": US},
                "event_type": "dm.read",
                "payload": {"who": "?"},
            }
        }
    ),
}
MALFORMED = {
    "no JSON": b"{",
    "a list": b"[]",
    "a number": b"17",
    "a text": b'"hello"',
    "nothing": b"",
    "no number of JSON": b'{"for_user_id": NaN}',
}
