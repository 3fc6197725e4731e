"""What the contract suite does not ask: the challenge is no oracle, both spellings of URNs, other products' bodies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hark.adapters.linkedin import ADAPTER, urns
from hark.adapters.linkedin.webhook import SIGNATURE_HEADER, signature_of
from hark.channels.contract import BadSignature, Ignored, WebhookRequest
from tests.adapters.linkedin.bodies import ACCOUNT, CLIENT_SECRET, RECEIVED, body

FULL = "urn:li:comment:(urn:li:activity:7094637247890620418,7094977717598625792)"
COMPACT = "urn:li:comment:(activity:7094637247890620418,7094977717598625792)"


@pytest.mark.parametrize(
    "code", ["x", "hmacsha256={}", 'hmacsha256={"type":"LEAD_ACTION"}', "890e4665-4dfe-4ab1-b689-ed553bceee"]
)
def test_a_challenge_never_signs_a_body(code: str) -> None:
    """The signature of a body is the same HMAC with a prefix; whoever could choose the challenge could forge one."""
    assert ADAPTER.challenge is not None
    assert ADAPTER.challenge(WebhookRequest("GET", {}, {"challengeCode": code}, b""), ACCOUNT) is None


def test_a_signature_without_the_prefix_in_the_text_is_refused() -> None:
    import hashlib
    import hmac

    content = body("comment")
    bare = hmac.new(CLIENT_SECRET.encode(), content, hashlib.sha256).hexdigest()
    assert bare != signature_of(content, CLIENT_SECRET)
    with pytest.raises(BadSignature):
        ADAPTER.verify(WebhookRequest("POST", {SIGNATURE_HEADER: bare}, {}, content), ACCOUNT)


def test_both_spellings_of_a_comment_are_one() -> None:
    assert urns.urn(COMPACT) == urns.urn(FULL) == FULL
    assert (
        urns.encoded(FULL)
        == "urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A7094637247890620418%2C7094977717598625792%29"
    )
    assert urns.parts_of(FULL) == ("urn:li:activity:7094637247890620418", "7094977717598625792")


def test_an_id_tells_its_time() -> None:
    at = urns.time_in(FULL)
    assert at is not None
    assert at.replace(microsecond=0) == datetime(2023, 8, 9, 9, 48, 26, tzinfo=UTC)
    assert urns.time_in("urn:li:person:eNgDemo2Tg-") is None


@pytest.mark.parametrize(
    "value", [None, 7, "", "urn:li:comment:(activity:1)", "urn:li:share:1/../2", "urn:li:share:1?x"]
)
def test_what_is_no_urn_is_none(value: object) -> None:
    assert urns.urn(value) is None


def test_the_body_of_another_product_is_kept_and_not_shown() -> None:
    (item,) = ADAPTER.split(body("other_product"))
    assert ADAPTER.normalize(item.payload, RECEIVED) == [Ignored("type:LEAD_ACTION", RECEIVED)]


def test_a_notification_twice_in_a_body_is_one_item() -> None:
    content = body("comment").decode()
    start = content.index("[") + 1
    inner = content[start : content.rindex("]")]
    assert len(ADAPTER.split(f"{content[:start]}{inner},{inner}]}}".encode())) == 1
