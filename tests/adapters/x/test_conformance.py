"""Every body of the shared collection gives what its index says; skipped where the collection is absent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from hark.adapters.x import ADAPTER
from hark.channels.contract import (
    AccountNotice,
    BadSignature,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    RawItem,
    Reaction,
    Receipt,
    WebhookRequest,
)
from hark.kernel.secrets import Secret
from tests.adapters.x.samples import ACCOUNT
from tests.adapters.x.shared import FOLDER, Row, extracts, index, only_where_shared, read

RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)
READ_BY_US = "read__own_account_read.json"
"""Hark has no event for what our own side read elsewhere; it is ignored by its own reason."""

pytestmark = only_where_shared


def rows() -> list[Row]:
    return [row for row in index() if "/" not in row.name and not row.name.startswith("crypto")]


def seen(item: RawItem) -> list[dict[str, Any]]:
    """Events in the words of the index. An edit beside its own message, and a receipt for the thread beside that of its last
    message, say the same thing in Hark's second way."""
    events = ADAPTER.normalize(item.payload, RECEIVED)
    told = [event for event in events if not _doubles(event, events)]
    return [_seen(event, item) for event in told]


def _doubles(event: InboundEvent, events: list[InboundEvent]) -> bool:
    if isinstance(event, Edit):
        return any(isinstance(other, Message) and other.id == event.target for other in events)
    return isinstance(event, Receipt) and event.target is None and len(events) == 2


def _seen(event: InboundEvent, item: RawItem) -> dict[str, Any]:
    if isinstance(event, Ignored | AccountNotice):
        return {"kind": "ignored"}
    base: dict[str, Any] = {"account": item.platform_account_id, "attachments": [], "text": None}
    assert event.at is not None
    base["time"] = f"{event.at:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(event, Message):
        return base | _message(event)
    if isinstance(event, Deletion):
        return base | {
            "kind": "delete",
            "direction": "outbound",
            "source": "comment",
            "id": event.target,
            "customer": None,
        }
    if isinstance(event, Reaction):
        us = event.author.us
        return base | {
            "kind": "reaction",
            "direction": "outbound" if us else "inbound",
            "source": "comment",
            "id": event.target,
            "customer": None if us else event.author.id,
        }
    assert isinstance(event, Receipt)
    return base | {"kind": event.status, "direction": "inbound", "source": "dm", "id": event.target}


def _message(event: Message) -> dict[str, Any]:
    post = event.thread.post
    kind = {"dm": "message"}.get(event.thread.source, event.thread.source.value)
    found: dict[str, Any] = {
        "kind": kind,
        "direction": "outbound" if event.author.us else "inbound",
        "source": event.thread.source.value,
        "id": event.id,
        "customer": event.thread.customer.id if event.thread.customer else None,
        "text": event.text,
        "attachments": [file.kind for file in event.attachments],
        "thread": event.thread.key.split("/")[0],
    }
    return found | ({"parent": post.id} if post else {})


def check(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Every field that the index names; a shortened text by its beginning, `time none` by the time of receipt."""
    wanted = dict(expected)
    text = wanted.pop("text", None)
    if wanted.get("time") == "none":
        wanted["time"] = f"{RECEIVED:%Y-%m-%dT%H:%M:%SZ}"
    if wanted.get("direction") == "outbound" and wanted["kind"] == "reaction":
        wanted.pop("customer")  # whose post it is stands with that post
    for key in ("thread", "customer"):
        if wanted["kind"] == "read":
            wanted.pop(key)  # named by the receipt for the whole thread, asserted apart
    assert {key: found.get(key) for key in wanted} == wanted
    if text is not None and text.endswith("…"):
        assert found["text"].startswith(text[:-1])
    elif wanted["kind"] in {"message", "mention", "comment"}:
        assert found["text"] == text


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_a_recorded_body_gives_what_the_index_says(row: Row) -> None:
    found = [event for item in ADAPTER.split(read(row.name)) for event in seen(item)]
    expected = extracts(row.extract)
    if row.name == READ_BY_US:
        assert expected[0]["direction"] == "outbound"
        expected = [{"kind": "ignored"}]
    assert len(found) == len(expected)
    for one, wanted in zip(found, expected, strict=True):
        if wanted["kind"] == "ignored":
            assert one == wanted
        else:
            check(one, wanted)


def test_the_index_names_every_body_of_the_folder() -> None:
    assert {row.name for row in index() if "/" not in row.name} == {
        path.name for path in FOLDER.glob("*.json")
    }
    assert {row.name for row in index() if "/" in row.name} == {
        f"api/{path.name}" for path in FOLDER.glob("api/*.json")
    }
    assert (len(rows()), len(index())) == (48, 98)


def test_what_is_ignored_has_its_reason() -> None:
    reasons = {
        "ignored__typing.json": "typing",
        "ignored__follow.json": "follow",
        "ignored__unfollow.json": "follow",
        "ignored__block.json": "block",
        "ignored__unmute.json": "mute",
        "ignored__own_post.json": "own_post",
        "ignored__xaa_own_post_create.json": "own_post",
        "ignored__own_retweet.json": "repost",
        "ignored__retweet_of_our_post.json": "repost",
        "ignored__xaa_repost_create.json": "repost",
        READ_BY_US: "read_by_us",
    }
    for name, reason in reasons.items():
        (event,) = [
            event for item in ADAPTER.split(read(name)) for event in ADAPTER.normalize(item.payload, RECEIVED)
        ]
        assert isinstance(event, Ignored), name
        assert event.reason == reason


def test_withdrawn_access_is_told_to_administrators() -> None:
    for name in ("ignored__revoke.json", "ignored__xaa_oauth_revoke.json"):
        (item,) = ADAPTER.split(read(name))
        (event,) = ADAPTER.normalize(item.payload, RECEIVED)
        assert isinstance(event, AccountNotice)
        assert event.alert
        assert item.platform_account_id in {"3100200300", "1111111111111111111"}


def test_a_read_receipt_tells_the_message_and_everything_before_it() -> None:
    (item,) = ADAPTER.split(read("read__customer_read.json"))
    by_id, by_time = ADAPTER.normalize(item.payload, RECEIVED)
    assert isinstance(by_id, Receipt)
    assert isinstance(by_time, Receipt)
    assert by_id.target == "1206724203516491170"
    assert by_time.thread is not None
    assert by_time.thread.key == "3100200300-1500100200300400500"
    assert by_time.thread.customer is not None
    assert by_time.thread.customer.id == "1500100200300400500"
    assert by_time.until is not None
    assert by_time.at - by_time.until < timedelta(seconds=2)


def test_a_message_by_somebody_we_blocked_says_so() -> None:
    (item,) = ADAPTER.split(read("mention__user_we_blocked.json"))
    (event,) = ADAPTER.normalize(item.payload, RECEIVED)
    assert isinstance(event, Message)
    assert event.metadata["blocked"] is True


def test_the_best_film_is_taken() -> None:
    (item,) = ADAPTER.split(read("message__inbound_video.json"))
    (event,) = ADAPTER.normalize(item.payload, RECEIVED)
    assert isinstance(event, Message)
    media = msgspec.json.decode(read("message__inbound_video.json"))
    data = media["direct_message_events"][0]["message_create"]["message_data"]
    variants = data["attachment"]["media"]["video_info"]["variants"]
    assert event.attachments[0].url == next(
        each["url"] for each in variants if each.get("bitrate") == 2176000
    )


def test_the_challenge_of_the_collection_is_answered_as_computed_there() -> None:
    known = msgspec.json.decode(read("crypto__crc_challenge.json"))
    account = _with(consumer_secret=known["consumer_secret"])
    assert ADAPTER.challenge is not None
    query = known["request"]["query"]
    answer = ADAPTER.challenge(WebhookRequest("GET", {}, query, b""), account)
    assert msgspec.json.decode(answer or "") == known["response"]["body"]
    again = ADAPTER.challenge(WebhookRequest("GET", {}, {**query, "nonce": "any"}, b""), account)
    assert again == answer


def test_either_signature_of_the_collection_proves_its_body() -> None:
    known = msgspec.json.decode(read("crypto__signature.json"))
    body = known["raw_body"].encode()
    both = {"consumer_secret": known["consumer_secret"], "client_secret": known["oauth2_client_secret"]}
    for header, value in known["headers"].items():
        ADAPTER.verify(WebhookRequest("POST", {header: value}, {}, body), _with(**both))
        with pytest.raises(BadSignature):
            ADAPTER.verify(WebhookRequest("POST", {header: known["invalid_header"]}, {}, body), _with(**both))
        with pytest.raises(BadSignature):
            ADAPTER.verify(WebhookRequest("POST", {header: value}, {}, body + b" "), _with(**both))


def _with(**secrets: str) -> Any:
    return msgspec.structs.replace(ACCOUNT, secrets={key: Secret(value) for key, value in secrets.items()})
