from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hark.adapters.telegram import ADAPTER
from hark.channels.contract import Account, BadSignature, MalformedPayload, WebhookRequest
from hark.kernel.secrets import Secret
from tests.adapters.telegram.cases import FIXTURES
from tests.adapters.telegram.people import account

BOTH = {"webhook_secret": Secret("new-secret"), "webhook_secret.previous": Secret("old-secret")}


def ask(secret: str | None, by: Account) -> None:
    headers = {} if secret is None else {"x-telegram-bot-api-secret-token": secret}
    ADAPTER.verify(WebhookRequest("POST", headers, {}, b"{}"), by)


@pytest.mark.parametrize("secret", ["new-secret", "old-secret"])
def test_both_secrets_are_good_during_a_rotation(secret: str) -> None:
    ask(secret, account(secrets=BOTH))


@pytest.mark.parametrize(
    "secret", [None, "", "kelp-hook_2", "kelp-hook_", "KELP-HOOK_1", "kelp-hook_1 ", "ø"]
)
def test_wrong_or_missing_secret_is_refused(secret: str | None) -> None:
    ask("kelp-hook_1", account())
    with pytest.raises(BadSignature):
        ask(secret, account())


@pytest.mark.parametrize("secrets", [{}, {"webhook_secret": Secret("")}])
@pytest.mark.parametrize("given_secret", [None, ""])
def test_account_without_secret_accepts_nothing(secrets: dict[str, Secret], given_secret: str | None) -> None:
    with pytest.raises(BadSignature):
        ask(given_secret, account(secrets=secrets))


def test_body_is_not_part_of_the_check() -> None:
    request = WebhookRequest("POST", {"x-telegram-bot-api-secret-token": "kelp-hook_1"}, {}, b"\xff not JSON")
    ADAPTER.verify(request, account())
    with pytest.raises(MalformedPayload):
        ADAPTER.split(request.body)


@pytest.mark.parametrize(("name", "payload"), [case[:2] for case in FIXTURES], ids=[c[0] for c in FIXTURES])
def test_an_update_is_one_item_known_by_its_number(name: str, payload: bytes) -> None:
    (item,) = ADAPTER.split(payload)
    assert item.dedup_key == str(json.loads(payload)["update_id"])
    assert item.payload == payload
    assert item.platform_account_id is None


def test_redelivery_has_the_same_key_and_another_update_another() -> None:
    keys = {ADAPTER.split(payload)[0].dedup_key for _, payload, _ in FIXTURES}
    again = {ADAPTER.split(payload + b"\n")[0].dedup_key for _, payload, _ in FIXTURES}
    assert keys == again
    assert len(keys) == len(FIXTURES)


def test_list_of_updates_is_taken_apart_in_order() -> None:
    body = b' [{"update_id":9,"message":{"a":"\xc3\xa9"}} ,{"update_id":2}]'
    items = ADAPTER.split(body)
    assert [item.dedup_key for item in items] == ["9", "2"]
    assert items[0].payload == b'{"update_id":9,"message":{"a":"\xc3\xa9"}}'


@pytest.mark.parametrize("body", [b"{}", b'{"update_id":"x"}', b'{"message":{}}', b"7", b"null"])
def test_json_that_is_no_update_is_kept_under_its_content(body: bytes) -> None:
    (item,) = ADAPTER.split(body)
    assert item == ADAPTER.split(body)[0]
    assert item.dedup_key.startswith("sha256:")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[{]", b"not json", b"\xff\xfe", b'{"update_id":1', b"[" * 50000]
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedPayload):
        ADAPTER.split(body)


def test_empty_list_holds_nothing() -> None:
    assert ADAPTER.split(b"[]") == []


@given(st.binary(max_size=40))
def test_any_bytes_are_items_or_malformed(body: bytes) -> None:
    try:
        items = ADAPTER.split(body)
    except MalformedPayload:
        return
    assert all(item.dedup_key and item.payload for item in items)
