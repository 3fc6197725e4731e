"""Everything that can be read or heard, and the events that it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hark.channels.contract import (
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    Message,
    Reachability,
    Source,
    Thread,
    Unrecognized,
)
from tests.adapters.bluesky.expected import AT, INDEXED, address, author, context, message, web
from tests.adapters.bluesky.fixtures_chat import CHAT
from tests.adapters.bluesky.people import (
    ADA,
    ADAS,
    BEN,
    BENS,
    OURS,
    SHOP,
    body,
    cid,
    entry,
    log,
    mention_of_shop,
    post,
    profile,
    record,
    ref,
    reply,
    view,
)

MENTION = view(ADAS, record("@teashop.test where is it?", facets=mention_of_shop("")), reason="mention")
COMMENT = view(post(ADA, "3lc"), record("Is it decaf?", reply=reply(OURS, OURS)), reason="reply")
PICTURE = {
    "alt": "A broken cup",
    "image": {"$type": "blob", "ref": {"$link": "bafypic"}, "mimeType": "image/png", "size": 9},
}
IMAGES = {"$type": "app.bsky.embed.images", "images": [{**PICTURE, "aspectRatio": {"width": 4, "height": 3}}]}
VIDEO = {
    "$type": "app.bsky.embed.video",
    "alt": "It rattles",
    "video": {"$type": "blob", "ref": {"$link": "bafyfilm"}, "mimeType": "video/mp4", "size": 12},
}
CARD = {
    "$type": "app.bsky.embed.external",
    "external": {"uri": "https://example.com/a", "title": "A page", "description": "About it"},
}


def picture(uri: str, **more: Any) -> Attachment:
    kept = {"mime_type": "image/png", "size": 9, "alt": "A broken cup", "width": 4, "height": 3}
    return Attachment("image", file_id=f"image {uri} 0 bafypic", **{**kept, **more})


def with_embed(uri: str, embed: dict[str, Any], **more: Any) -> bytes:
    return body(entry("post", view(uri, record("Look", embed=embed), **more)))


LINKS = record(
    "See example.com #tea",
    facets=[
        {
            "index": {},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/x"}],
        },
        {"index": {}, "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "tea"}]},
        {"index": {}, "features": None},
    ],
    langs=["en"],
    labels={"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]},
)
QUOTE = {"$type": "app.bsky.embed.record", "record": ref(OURS)}
SHARED_QUOTE = Attachment("share", data={"type": "post", "uri": OURS, "url": web(OURS)})
HEARD = post(BEN, "3lheard")
COMMIT = {
    "did": BEN,
    "collection": "app.bsky.feed.post",
    "rkey": "3lheard",
    "time": "2026-11-23T10:00:01.000Z",
}

ADA_1, ADA_2, ADA_3, ADA_4, ADA_5, ADA_6, ADA_7 = (post(ADA, f"3lada{number}") for number in range(1, 8))

FIXTURES: list[tuple[str, bytes, Any]] = [
    ("mention", body(entry("post", MENTION)), [message(ADAS, Source.MENTION, "@teashop.test where is it?")]),
    (
        "reply_under_our_post",
        body(entry("post", COMMENT)),
        [message(post(ADA, "3lc"), Source.COMMENT, "Is it decaf?", OURS)],
    ),
    (
        "reply_to_another_customer_under_our_post",
        body(
            entry("post", view(BENS, record("Me too", reply=reply(post(ADA, "3lc"), OURS)), reason="reply"))
        ),
        [message(BENS, Source.COMMENT, "Me too", OURS, quoted=post(ADA, "3lc"))],
    ),
    (
        "reply_that_also_mentions_us_stays_under_our_post",
        body(
            entry(
                "post", view(ADA_1, record("@teashop.test two!", reply=reply(OURS, OURS)), reason="mention")
            )
        ),
        [message(ADA_1, Source.COMMENT, "@teashop.test two!", OURS)],
    ),
    (
        "answer_to_our_answer_stays_with_the_mention",
        body(
            entry("post", view(post(ADA, "3l2"), record("Thanks", reply=reply(OURS, ADAS)), reason="reply"))
        ),
        [message(post(ADA, "3l2"), Source.MENTION, "Thanks", ADAS, quoted=OURS)],
    ),
    (
        "mention_in_a_foreign_thread",
        body(
            entry(
                "post", view(ADA_2, record("@teashop.test knows", reply=reply(BENS, BENS)), reason="mention")
            )
        ),
        [message(ADA_2, Source.MENTION, "@teashop.test knows", BENS)],
    ),
    (
        "quote_of_our_post",
        body(entry("post", view(ADA_3, record("So true", embed=QUOTE), reason="quote"))),
        [message(ADA_3, Source.MENTION, "So true", post=context(OURS), attachments=(SHARED_QUOTE,))],
    ),
    (
        "mention_with_links_tags_and_a_warning",
        body(entry("post", view(ADA_4, LINKS, labels=[{"val": "porn"}, {"val": "spam", "neg": True}]))),
        [
            message(
                ADA_4,
                Source.MENTION,
                "See example.com #tea",
                metadata={
                    "content_warning": ["porn", "graphic-media"],
                    "languages": ["en"],
                    "links": ["https://example.com/x"],
                    "tags": ["tea"],
                },
            )
        ],
    ),
    (
        "mention_with_a_picture",
        with_embed(ADA_5, IMAGES),
        [message(ADA_5, Source.MENTION, "Look", attachments=(picture(ADA_5),))],
    ),
    (
        "mention_with_a_gallery",
        with_embed(
            ADA_6, {"$type": "app.bsky.embed.gallery", "items": IMAGES["images"], "n": 1}, cid="bafy2"
        ),
        [
            Message(
                ADA_6,
                Thread(
                    Source.MENTION,
                    f"{ADA_6}#{ADA}",
                    reply_to={**address(ADA_6), "parent_cid": "bafy2", "root_cid": "bafy2"},
                ),
                author(ADA),
                AT,
                text="Look",
                url=web(ADA_6),
                attachments=(picture(ADA_6),),
            )
        ],
    ),
    (
        "mention_with_a_film",
        body(entry("post", view(ADA_7, record("Listen", embed=VIDEO)))),
        [
            message(
                ADA_7,
                Source.MENTION,
                "Listen",
                attachments=(
                    Attachment(
                        "video",
                        file_id=f"video {ADA_7} 0 bafyfilm",
                        mime_type="video/mp4",
                        size=12,
                        alt="It rattles",
                    ),
                ),
            )
        ],
    ),
    (
        "mention_with_a_link_card",
        body(entry("post", view(post(ADA, "3lcard"), record("", embed=CARD)))),
        [
            message(
                post(ADA, "3lcard"),
                Source.MENTION,
                None,
                attachments=(
                    Attachment(
                        "share",
                        data={
                            "type": "link",
                            "url": "https://example.com/a",
                            "title": "A page",
                            "description": "About it",
                        },
                    ),
                ),
            )
        ],
    ),
    (
        "mention_with_a_quote_and_a_picture",
        body(
            entry(
                "post",
                view(
                    post(ADA, "3lrwm"),
                    record(
                        "Both",
                        embed={
                            "$type": "app.bsky.embed.recordWithMedia",
                            "media": IMAGES,
                            "record": {"record": ref(OURS)},
                        },
                    ),
                ),
            )
        ),
        [
            message(
                post(ADA, "3lrwm"),
                Source.MENTION,
                "Both",
                post=context(OURS),
                attachments=(picture(post(ADA, "3lrwm")), SHARED_QUOTE),
            )
        ],
    ),
    (
        "mention_with_an_embed_of_tomorrow",
        body(
            entry("post", view(post(ADA, "3lnew"), record("Hm", embed={"$type": "app.bsky.embed.hologram"})))
        ),
        [
            message(
                post(ADA, "3lnew"),
                Source.MENTION,
                "Hm",
                attachments=(Attachment("hologram", data={"embed": {"$type": "app.bsky.embed.hologram"}}),),
            )
        ],
    ),
    (
        "reply_of_somebody_who_blocks_us",
        body(
            entry(
                "post",
                view(post(ADA, "3lblk"), record("No"), author=profile(ADA, viewer={"blockedBy": True})),
            )
        ),
        [message(post(ADA, "3lblk"), Source.MENTION, "No"), Reachability(author(ADA), AT, reachable=False)],
    ),
    (
        "own_answer_from_the_app",
        body(entry("post", view(post(SHOP, "3lans"), record("Coming", reply=reply(ADAS, ADAS))))),
        [
            Message(
                post(SHOP, "3lans"),
                Thread(Source.MENTION, f"{ADAS}#{ADA}", customer=Author(id=ADA), post=context(ADAS)),
                author(SHOP),
                AT,
                text="Coming",
                opens_window=False,
                url=web(post(SHOP, "3lans")),
            )
        ],
    ),
    ("own_post", body(entry("post", view(OURS, record("New tea!")))), [Ignored("own_post", AT)]),
    (
        "like",
        body(entry("post", view(post(ADA, "3llike"), {}, reason="like"))),
        [Ignored("notification:like", INDEXED)],
    ),
    (
        "edited_post",
        body(entry("edit", view(ADAS, record("New words"), cid="bafy3"))),
        [Edit(ADAS, INDEXED, text="New words")],
    ),
    (
        "deleted_post",
        body(entry("gone", {"uri": ADAS}, at="2026-11-23T12:00:00+00:00")),
        [Deletion(ADAS, AT + timedelta(hours=2))],
    ),
    (
        "heard_reply",
        body(
            entry(
                "commit",
                {
                    **COMMIT,
                    "operation": "create",
                    "cid": cid(HEARD),
                    "record": record("Hi", reply=reply(OURS, OURS)),
                },
            )
        ),
        [
            Message(
                HEARD,
                Thread(Source.COMMENT, f"{OURS}#{BEN}", post=context(OURS), reply_to=address(HEARD, OURS)),
                Author(id=BEN),
                AT,
                text="Hi",
                url=web(HEARD),
            )
        ],
    ),
    (
        "heard_edit",
        body(entry("commit", {**COMMIT, "operation": "update", "cid": "bafy9", "record": record("Hello")})),
        [Edit(HEARD, INDEXED, text="Hello")],
    ),
    ("heard_deletion", body(entry("commit", {**COMMIT, "operation": "delete"})), [Deletion(HEARD, INDEXED)]),
    (
        "heard_end_of_an_account",
        body(
            entry(
                "actor", {"did": BEN, "seq": 4, "time": "2026-11-23T10:00:00Z", "account": {"active": False}}
            )
        ),
        [Reachability(Author(id=BEN), AT, reachable=False)],
    ),
    (
        "heard_new_handle",
        body(
            entry(
                "actor",
                {"did": BEN, "seq": 5, "time": "2026-11-23T10:00:00Z", "identity": {"handle": "b.test"}},
            )
        ),
        [Ignored("identity", AT)],
    ),
    *CHAT,
    (
        "a_reason_of_tomorrow",
        body(entry("post", view(post(ADA, "3lfut"), {}, reason="applause"))),
        Unrecognized,
    ),
]

UNKNOWN = {
    "a reason of tomorrow": body(entry("post", view(post(ADA, "3lfut"), {}, reason="applause"))),
    "a log entry of tomorrow": body(entry("log", log("logWaveHand", "2z"))),
    "a kind that nobody reads": body(entry("dance", {"uri": "x"})),
    "a commit of tomorrow": body(entry("commit", {**COMMIT, "operation": "annotate"})),
}
MALFORMED = {
    "no JSON": b"{",
    "a list": b"[]",
    "no entries": b'{"account":"x"}',
    "entries without kind": b'{"account":"x","entries":[{}]}',
}
