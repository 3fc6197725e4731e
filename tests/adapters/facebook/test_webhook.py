"""Signature, handshake, and what one body falls into."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import msgspec
import pytest

from hark.adapters.facebook import ADAPTER
from hark.channels.contract import Account, BadSignature, WebhookRequest
from hark.kernel.secrets import Secret
from tests.adapters.facebook import cases

BODY = cases.body("dm_text")
KNOWN = "sha256=b051802e6d9774ba81060611c07b16f1df2448136a78258526bdef057f187e8c"


def signed(body: bytes, secret: str = "app-secret-of-the-cafe", **headers: str) -> WebhookRequest:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return WebhookRequest("POST", {"x-hub-signature-256": f"sha256={digest}", **headers}, {}, body)


def account(**secrets: str) -> Account:
    hidden = {key.replace("__", "."): Secret(value) for key, value in secrets.items()}
    return Account(cases.ACCOUNT.id, cases.ACCOUNT.workspace_id, cases.PAGE, "Fjord Café", secrets=hidden)


def test_the_signature_of_these_very_bytes_is_the_known_one() -> None:
    assert b"\\u2615 https:\\/\\/" in BODY, "stored as Meta writes it"
    ADAPTER.verify(WebhookRequest("POST", {"x-hub-signature-256": KNOWN}, {}, BODY), cases.ACCOUNT)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": KNOWN.upper()},
        {"x-hub-signature-256": KNOWN.removeprefix("sha256=")},
        {"x-hub-signature-256": KNOWN.replace("sha256=", "sha1=")},
        {"x-hub-signature-256": KNOWN + "0"},
        {"x-hub-signature-256": KNOWN + "\n"},
        {"x-hub-signature-256": KNOWN[:-1] + ("0" if KNOWN[-1] != "0" else "1")},
        {"x-hub-signature-256": "sha256=" + "é" * 64},
        {"x-hub-signature": "sha1=" + hmac.new(b"app-secret-of-the-cafe", BODY, "sha1").hexdigest()},
    ],
)
def test_any_other_signature_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        ADAPTER.verify(WebhookRequest("POST", headers, {}, BODY), cases.ACCOUNT)


@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], json.dumps(json.loads(BODY)).encode(), b""])
def test_a_right_signature_on_other_bytes_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignature):
        ADAPTER.verify(WebhookRequest("POST", {"x-hub-signature-256": KNOWN}, {}, body), cases.ACCOUNT)


def test_during_a_rotation_the_new_and_the_previous_secret_are_valid_and_no_third() -> None:
    both = account(app_secret="new", app_secret__previous="old")
    ADAPTER.verify(signed(BODY, "new"), both)
    ADAPTER.verify(signed(BODY, "old"), both)
    with pytest.raises(BadSignature):
        ADAPTER.verify(signed(BODY, "older"), both)
    with pytest.raises(BadSignature):
        ADAPTER.verify(signed(BODY, "old"), account(app_secret="new"))


def test_without_a_secret_nothing_is_valid_not_even_an_empty_key() -> None:
    for nobody in (account(), account(app_secret="")):
        with pytest.raises(BadSignature):
            ADAPTER.verify(signed(BODY, ""), nobody)


def ask(mode: str = "subscribe", token: str = "verify-token-of-the-cafe", text: str = "1158201444") -> Any:
    query = {"hub.mode": mode, "hub.verify_token": token, "hub.challenge": text}
    assert ADAPTER.challenge is not None
    return ADAPTER.challenge(WebhookRequest("GET", {}, query, b""), cases.ACCOUNT)


def test_the_handshake_gives_the_challenge_back() -> None:
    assert ask() == "1158201444"


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "unsubscribe"},
        {"mode": ""},
        {"token": "verify-token"},
        {"token": ""},
        {"token": "ümlaut"},
        {"text": ""},
        {"text": "<script>alert(1)</script>"},
        {"text": "1\r\nset-cookie: a"},
        {"text": "1" * 1000},
    ],
)
def test_a_wrong_handshake_is_refused(wrong: dict[str, str]) -> None:
    assert ask(**wrong) is None


def test_a_bare_get_and_an_account_without_token_are_refused() -> None:
    assert ADAPTER.challenge is not None
    assert ADAPTER.challenge(WebhookRequest("GET", {}, {}, b""), cases.ACCOUNT) is None
    query = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}
    assert ADAPTER.challenge(WebhookRequest("GET", {}, query, b""), account()) is None


# Splitting -------------------------------------------------------------------------------------------------------------


def keys(*entries: Any) -> list[str]:
    body = msgspec.json.encode({"object": "page", "entry": list(entries)})
    return [item.dedup_key for item in ADAPTER.split(body)]


def dm(mid: str, **more: Any) -> dict[str, Any]:
    return {"sender": {"id": "7"}, "recipient": {"id": "1"}, "timestamp": 5, "message": {"mid": mid}, **more}


def test_one_item_per_element_in_body_order_messaging_before_standby_before_changes() -> None:
    entry = {
        "changes": [{"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": "c"}}],
        "standby": [dm("s")],
        "messaging": [dm("a"), dm("b")],
        "id": 1,
        "time": 9,
    }
    assert keys(entry, {"id": "2", "messaging": [dm("z")]}) == [
        "message:a",
        "message:b",
        "message:s",
        "feed:comment:c:add",
        "message:z",
    ]


def test_every_item_names_its_page() -> None:
    items = ADAPTER.split(cases.body("two_pages_in_one_body"))
    assert [item.platform_account_id for item in items] == [cases.PAGE, cases.PAGE, "900"]


def test_a_redelivery_has_the_same_keys() -> None:
    for name, body, _ in cases.FIXTURES:
        first, again = ADAPTER.split(body), ADAPTER.split(body)
        assert [item.dedup_key for item in first] == [item.dedup_key for item in again], name


def test_a_redelivery_that_is_grouped_otherwise_has_the_same_keys() -> None:
    entry = {"id": "1", "time": 9}
    hide = {"field": "feed", "value": {"item": "comment", "verb": "hide", "comment_id": "c"}}
    show = {"field": "feed", "value": {"item": "comment", "verb": "unhide", "comment_id": "c"}}
    together = keys({**entry, "changes": [hide, show]})
    assert keys({**entry, "changes": [show]}, {**entry, "changes": [hide]}) == together[::-1]


def test_the_same_change_at_another_time_is_another_event() -> None:
    hide = {"field": "feed", "value": {"item": "comment", "verb": "hide", "comment_id": "c"}}
    first, later = keys({"id": "1", "time": 9, "changes": [hide]}, {"id": "1", "time": 10, "changes": [hide]})
    assert first != later


def test_what_happens_to_a_message_has_other_keys_than_the_message() -> None:
    read = {"sender": {"id": "7"}, "recipient": {"id": "1"}, "timestamp": 5, "read": {"watermark": 5}}
    found = keys(
        {
            "id": "1",
            "time": 9,
            "messaging": [
                dm("a"),
                dm("a", message={"mid": "a", "is_deleted": True}),
                dm("a", message=None, message_edit={"mid": "a", "text": "x"}),
                dm("a", message=None, reaction={"mid": "a", "action": "react"}),
                dm("a", message=None, postback={"mid": "a"}),
                read,
            ],
        }
    )
    assert len(set(found)) == len(found)
    assert found[0] == "message:a"


def test_an_endless_id_gives_a_bounded_key() -> None:
    first, second = keys({"id": "1", "messaging": [dm("a" * 5000), dm("a" * 5001)]})
    assert len(first) < 450
    assert first != second
