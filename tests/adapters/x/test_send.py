"""The requests that messages make, and what is refused before there is one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from hark.adapters.x import ADAPTER
from hark.adapters.x.errors import NOT_SUMMONED
from hark.channels.contract import (
    Ability,
    Action,
    NotSent,
    Outbound,
    OutboundAttachment,
    PlatformProblem,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
)
from hark.channels.testing.cases import Reply
from hark.channels.testing.http import NOT_CONNECTED, TIMED_OUT, ScriptedHttp
from tests.adapters.x.cases import (
    DESCRIBED,
    FILM,
    NOTHING,
    PENDING,
    PNG,
    READY,
    SLOW,
    UPLOADED,
    created,
    own_post,
    refused,
)
from tests.adapters.x.samples import ACCOUNT, ADA_ID, AT, PAIR, US, after, minted, outbound
from tests.adapters.x.serving import account_with, json_of, metered, without_secrets
from tests.adapters.x.traffic import body_of

SELF_SERVE = account_with(plan="self-serve")
perform, look_up = ADAPTER.perform, ADAPTER.look_up
assert perform is not None
assert look_up is not None


async def sent(outbound: Outbound, *answers: Reply, account: Any = ACCOUNT) -> ScriptedHttp:
    http = ScriptedHttp(*answers)
    await ADAPTER.send(outbound, account, http)
    return http


async def refusal(outbound: Outbound, account: Any = SELF_SERVE) -> Rejected:
    http = ScriptedHttp()
    with pytest.raises(Rejected) as raised:
        await ADAPTER.send(outbound, account, http)
    assert http.calls == []
    return raised.value


@pytest.mark.parametrize(
    ("message", "path", "body"),
    [
        (outbound(), f"/2/dm_conversations/with/{ADA_ID}/messages", {"text": "Yes, until six."}),
        (
            outbound(reply_to={"conversation": "1585823815904395264"}, recipient=None),
            "/2/dm_conversations/1585823815904395264/messages",
            {"text": "Yes, until six."},
        ),
        (
            outbound(reply_to={}, recipient=None),
            f"/2/dm_conversations/{PAIR}/messages",
            {"text": "Yes, until six."},
        ),
        (
            outbound(Source.COMMENT),
            "/2/tweets",
            {"text": "Yes, until six.", "reply": {"in_reply_to_tweet_id": minted(AT)}},
        ),
        (
            outbound(Source.MENTION, quoted="77"),
            "/2/tweets",
            {"text": "Yes, until six.", "reply": {"in_reply_to_tweet_id": "77"}},
        ),
        (
            outbound(Source.MENTION, reply_to={}),
            "/2/tweets",
            {"text": "Yes, until six.", "reply": {"in_reply_to_tweet_id": minted(AT)}},
        ),
        (
            outbound(Source.COMMENT, private_to="77"),
            f"/2/dm_conversations/with/{ADA_ID}/messages",
            {"text": "Yes, until six."},
        ),
    ],
    ids=["dm", "group", "by the thread's name", "comment", "chosen post", "by the thread's root", "private"],
)
async def test_a_message_makes_one_request(message: Outbound, path: str, body: dict[str, Any]) -> None:
    http = await sent(message, created(Source.DM if "dm_" in path else Source.COMMENT))
    (call,) = http.calls
    assert (call.method, call.url.path, json_of(call)) == ("POST", path, body)


async def test_files_are_named_by_the_message_that_carries_them() -> None:
    http = await sent(outbound(text="", attachments=(PNG,)), UPLOADED, created(Source.DM))
    assert json_of(http.calls[1]) == {"attachments": [{"media_id": "501"}]}
    pictures = await sent(
        outbound(Source.MENTION, attachments=(PNG, PNG)), UPLOADED, UPLOADED, created(Source.MENTION)
    )
    assert json_of(pictures.calls[2])["media"] == {"media_ids": ["501", "501"]}


async def test_a_picture_travels_in_one_request_and_is_described() -> None:
    http = await sent(outbound(attachments=(DESCRIBED,)), UPLOADED, NOTHING, created(Source.DM))
    upload, described, _ = http.calls
    assert upload.url.path == "/2/media/upload"
    assert body_of(upload) == ("multipart/form-data", {"media_category": "dm_image", "media": "bytes"})
    assert json_of(described) == {"id": "501", "metadata": {"alt_text": {"text": "An oak lamp"}}}


async def test_a_description_is_cut_to_what_x_takes() -> None:
    long = msgspec.structs.replace(DESCRIBED, alt="ä" * 1500)
    http = await sent(outbound(attachments=(long,)), UPLOADED, NOTHING, created(Source.DM))
    assert json_of(http.calls[1])["metadata"]["alt_text"]["text"] == "ä" * 1000


async def test_a_film_travels_in_pieces_in_order() -> None:
    content = bytes(range(256)) * 40_000
    film = OutboundAttachment("video", "a.mp4", "video/mp4", content)
    http = await sent(
        outbound(Source.MENTION, attachments=(film,)),
        UPLOADED,
        NOTHING,
        NOTHING,
        NOTHING,
        READY,
        created(Source.MENTION),
    )
    announced = json_of(http.calls[0])
    assert announced == {
        "media_type": "video/mp4",
        "total_bytes": len(content),
        "media_category": "tweet_video",
    }
    pieces = http.calls[1:4]
    assert [body_of(call)[1]["segment_index"] for call in pieces] == [0, 1, 2]
    assert [call.url.path for call in pieces] == ["/2/media/upload/501/append"] * 3
    assert http.calls[4].url.path == "/2/media/upload/501/finalize"


async def test_a_gif_goes_the_way_of_films_under_its_own_category() -> None:
    gif = OutboundAttachment("image", "a.gif", "image/gif", b"GIF89a")
    http = await sent(outbound(attachments=(gif,)), UPLOADED, NOTHING, READY, created(Source.DM))
    assert json_of(http.calls[0])["media_category"] == "dm_gif"


async def test_a_film_that_x_takes_long_over_is_tried_later_and_no_message_is_made() -> None:
    http = ScriptedHttp(UPLOADED, NOTHING, SLOW)
    with pytest.raises(TryAgain) as raised:
        await ADAPTER.send(outbound(attachments=(FILM,)), ACCOUNT, http)
    assert raised.value.retry_after == 45
    assert raised.value.scope == "message"


@pytest.mark.parametrize("trouble", [NOT_CONNECTED, TIMED_OUT, Reply(500), Reply(502, b"<html>")])
@pytest.mark.parametrize("before", [(), (UPLOADED,), (UPLOADED, NOTHING), (UPLOADED, NOTHING, PENDING)])
async def test_whatever_happens_to_an_upload_may_be_tried_again(
    trouble: Any, before: tuple[Reply, ...]
) -> None:
    """Nobody has seen anything yet, so none of it is in doubt."""
    with pytest.raises(TryAgain):
        await ADAPTER.send(outbound(attachments=(FILM,)), ACCOUNT, ScriptedHttp(*before, trouble))


# Who may be answered -----------------------------------------------------------------------------------------------------


def unsummoned(source: Source = Source.COMMENT, **more: Any) -> Outbound:
    address = {"post_id": "77", "author_id": ADA_ID, "handle": "ada_example", "summoned": "no"}
    return outbound(source, **{"reply_to": address, **more})


async def test_a_self_serve_app_is_told_before_the_network_whom_it_may_not_answer() -> None:
    found = await refusal(unsummoned())
    assert (found.code, found.message) == ("not_summoned", NOT_SUMMONED)
    assert (await refusal(unsummoned(quoted="77"))).code == "not_summoned"
    assert (await refusal(unsummoned(), account_with(plan=""))).code == "not_summoned", (
        "nothing said is self-serve"
    )


@pytest.mark.parametrize(
    ("message", "account"),
    [
        (unsummoned(), account_with(plan="enterprise")),
        (unsummoned(quoted="an earlier post"), SELF_SERVE),
        (unsummoned(reply_to={"post_id": "77", "summoned": ""}), SELF_SERVE),
        (outbound(Source.COMMENT), SELF_SERVE),
    ],
    ids=["enterprise", "another post", "not known", "named"],
)
async def test_who_may_or_might_be_answered_is_answered(message: Outbound, account: Any) -> None:
    await sent(message, created(Source.COMMENT), account=account)


async def test_the_refusal_of_x_reads_like_our_own() -> None:
    answer = refused(403, "Reply to this conversation is not allowed.")
    with pytest.raises(Rejected) as raised:
        await sent(outbound(Source.COMMENT), answer, account=SELF_SERVE)
    assert raised.value.message == NOT_SUMMONED
    with pytest.raises(Rejected, match="X refused: Reply to this conversation"):
        await sent(outbound(Source.COMMENT), answer)


# Length ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 280, True),
        ("a" * 281, False),
        ("漢" * 140, True),
        ("漢" * 140 + "a", False),
        ("👨‍👩‍👧" * 140, True),
        ("👨‍👩‍👧" * 141, False),
        ("a" * 256 + " https://shop.com/" + "b" * 500, True),
        ("a" * 257 + " https://shop.com/" + "b" * 500, False),
        ("e\u0301" * 280, True),
    ],
)
async def test_a_post_is_as_long_as_x_counts_it(text: str, fits: bool) -> None:
    if fits:
        await sent(outbound(Source.MENTION, text=text), created(Source.MENTION))
    else:
        assert (await refusal(outbound(Source.MENTION, text=text))).code == "text_too_long"


async def test_names_that_x_puts_before_an_answer_do_not_count() -> None:
    """They are not part of what is sent at all."""
    http = await sent(outbound(Source.COMMENT, text="a" * 280), created(Source.COMMENT))
    assert json_of(http.calls[0])["text"] == "a" * 280


# Who calls ---------------------------------------------------------------------------------------------------------------


async def test_the_token_of_oauth_2_is_used_where_there_is_one() -> None:
    http = await sent(outbound(), created(Source.DM))
    assert http.calls[0].headers["authorization"] == "Bearer oauth2-access-of-fjord"


async def test_four_keys_sign_the_request_where_there_is_none() -> None:
    http = await sent(outbound(), created(Source.DM), account=without_secrets("oauth2_access_token"))
    header = http.calls[0].headers["authorization"]
    assert header.startswith("OAuth ")
    for part in (
        'oauth_consumer_key="key-of-fjord"',
        'oauth_signature_method="HMAC-SHA1"',
        "oauth_signature=",
    ):
        assert part in header
    assert "secret" not in header


@pytest.mark.parametrize("gone", ["access_token", "access_token_secret", "consumer_secret"])
async def test_without_tokens_nothing_is_asked_and_the_account_must_be_connected(gone: str) -> None:
    http = ScriptedHttp()
    with pytest.raises(Reconnect):
        await ADAPTER.send(outbound(), without_secrets("oauth2_access_token", gone), http)
    assert http.calls == []


# What it costs, what is left ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "kind", "usd"),
    [
        (outbound(), "dm_create", 0.015),
        (outbound(Source.COMMENT), "post_create_summoned", 0.010),
        (outbound(Source.COMMENT, reply_to={"post_id": "7"}), "post_create", 0.015),
        (outbound(Source.COMMENT, quoted="an earlier one"), "post_create", 0.015),
        (outbound(Source.COMMENT, text="see shop.com"), "post_create_with_url", 0.200),
        (outbound(Source.MENTION, text="see https://shop.com/a"), "post_create_with_url", 0.200),
        (outbound(text="see https://shop.com/a"), "dm_create", 0.015),
    ],
)
async def test_a_message_costs_what_the_price_list_says(message: Outbound, kind: str, usd: float) -> None:
    http, tally = metered(ScriptedHttp(created(Source.DM if message.source is Source.DM else Source.COMMENT)))
    await ADAPTER.send(message, ACCOUNT, http)
    assert tally.spent == [(kind, 1, usd)]


async def test_a_refused_message_costs_nothing() -> None:
    http, tally = metered(ScriptedHttp(refused(403)))
    with pytest.raises(PlatformProblem):
        await ADAPTER.send(outbound(), ACCOUNT, http)
    assert tally.spent == []


async def test_a_described_picture_and_an_action_cost_too() -> None:
    http, tally = metered(ScriptedHttp(UPLOADED, NOTHING, created(Source.DM)))
    await ADAPTER.send(outbound(attachments=(DESCRIBED,)), ACCOUNT, http)
    assert tally.spent == [("media_metadata", 1, 0.005), ("dm_create", 1, 0.015)]
    acted, kinds = metered(ScriptedHttp(*[Reply(200, {"data": {}})] * 4))
    for ability in (Ability.HIDE, Ability.LIKE, Ability.UNLIKE, Ability.DELETE):
        await perform(Action(ability, thread_key="1/2", target="77"), ACCOUNT, acted)
    assert [(kind, usd) for kind, _, usd in kinds.spent] == [
        ("manage", 0.005),
        ("interaction", 0.015),
        ("interaction_delete", 0.010),
        ("interaction_delete", 0.010),
    ]


def rated(remaining: int, reset: int = 1793007900, daily: int | None = None) -> dict[str, str]:
    found = {
        "x-rate-limit-limit": "100",
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(reset),
    }
    if daily is None:
        return found
    day = "x-user-limit-24hour"
    return {**found, f"{day}-limit": "1440", f"{day}-remaining": str(daily), f"{day}-reset": "1793050000"}


async def test_the_scarcest_limit_of_a_message_is_told() -> None:
    answer = msgspec.structs.replace(created(Source.DM), headers=rated(14, daily=3))
    http, tally = metered(ScriptedHttp(answer))
    await ADAPTER.send(outbound(), ACCOUNT, http)
    assert tally.quotas == [("send:messages", 3, datetime.fromtimestamp(1793050000, UTC), 1440)]


async def test_the_wide_limit_of_posts_is_told_apart_from_the_narrow_one_of_messages() -> None:
    answer = msgspec.structs.replace(created(Source.COMMENT), headers=rated(80))
    http, tally = metered(ScriptedHttp(answer))
    await ADAPTER.send(outbound(Source.COMMENT), ACCOUNT, http)
    assert [(kind, left) for kind, left, _, _ in tally.quotas] == [("send:posts", 80)]


@pytest.mark.parametrize("header", ["x-rate-limit-reset", "x-rate-limit-remaining"])
@pytest.mark.parametrize("value", ["", "soon", "-1", "9" * 40])
async def test_headers_without_sense_are_passed_over(header: str, value: str) -> None:
    answer = msgspec.structs.replace(created(Source.DM), headers={**rated(5), header: value})
    http, tally = metered(ScriptedHttp(answer))
    await ADAPTER.send(outbound(), ACCOUNT, http)
    assert tally.quotas == []


# Looking up --------------------------------------------------------------------------------------------------------------


def dm_row(text: str, at: float = 61, sender: str = US, **more: Any) -> dict[str, Any]:
    return {"id": minted(after(at)), "text": text, "sender_id": sender, "dm_conversation_id": PAIR, **more}


async def looked_up(message: Outbound, *rows: dict[str, Any], **meta: Any) -> Any:
    return await look_up(message, ACCOUNT, ScriptedHttp(Reply(200, {"data": list(rows), "meta": meta})))


async def test_an_unconfirmed_message_is_found_by_words_time_and_sender() -> None:
    row = dm_row("Yes, until six.")
    found = await looked_up(
        outbound(), dm_row("Yes, until six.", 62), row, dm_row("Yes, until six.", 61, ADA_ID)
    )
    assert found == Sent(row["id"], after(61))
    private = await looked_up(outbound(Source.COMMENT, private_to="7"), row)
    assert (private.thread_key, private.thread_source) == (PAIR, Source.DM)


@pytest.mark.parametrize(
    "row",
    [
        dm_row("Something else"),
        dm_row("Yes, until six.", -3600),
        dm_row("Yes, until six.", 3600),
        dm_row("Yes, until six.", attachments={"media_keys": ["3_1"]}),
        dm_row("Yes, until six.", sender=ADA_ID),
    ],
    ids=["words", "before", "long after", "a file", "somebody else"],
)
async def test_a_message_that_only_resembles_it_is_not_taken_for_it(row: dict[str, Any]) -> None:
    assert await looked_up(outbound(), row) is None


async def test_escaped_signs_short_links_and_names_before_it_are_the_same_words() -> None:
    text = "Tom & <Jerry>, see https://shop.com/a?b=1&c=2"
    links = {"urls": [{"url": "https://t.co/x", "expanded_url": "https://shop.com/a?b=1&c=2"}]}
    shown = "Tom &amp; &lt;Jerry&gt;, see https://t.co/x"
    assert isinstance(await looked_up(outbound(text=text), dm_row(shown, entities=links)), Sent)
    post = own_post(f"@ada_example {shown}")
    post.body["data"][0]["entities"] = links
    assert isinstance(await look_up(outbound(Source.COMMENT, text=text), ACCOUNT, ScriptedHttp(post)), Sent)


async def test_a_post_that_is_surely_missing_may_be_sent_again_a_message_stays_in_doubt() -> None:
    old = own_post("Older words", -7200)
    comment = outbound(Source.COMMENT)
    assert await look_up(comment, ACCOUNT, ScriptedHttp(old)) == NotSent()
    more = Reply(200, {"data": own_post("Newer words", 90).body["data"], "meta": {"next_token": "n" * 16}})
    assert await look_up(comment, ACCOUNT, ScriptedHttp(more)) is None, "the list goes on"
    again = own_post("Yes, until six.", -600)
    assert isinstance(await look_up(comment, ACCOUNT, ScriptedHttp(again)), Sent), (
        "X takes these words once in a place"
    )
    picture = outbound(Source.COMMENT, text="", attachments=(PNG,))
    assert await look_up(picture, ACCOUNT, ScriptedHttp(old)) is None, "X takes two pictures without words"
    assert await looked_up(outbound()) is None
