"""The webhook receiver: what is answered, and that nothing answered 2xx is missing from the disk."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import Any

import httpx
import pytest

from hark.adapters.sandbox.webhook import signature
from hark.api.hooks import create_hooks, dedup_key
from hark.flows.context import Hark
from hark.infra.db import Database
from tests.support.program import Connected, compose, connect
from tests.support.sandbox_events import body, dm

SECRET = "sandbox-secret"


@pytest.fixture
async def account(hark: Hark) -> Connected:
    return await connect(hark)


def client(hark: Hark) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_hooks(hark)), base_url="http://hark.test")


async def post(
    hark: Hark, account: Connected, content: bytes, *, signed: str | None = None, **headers: str
) -> httpx.Response:
    given = {
        "content-type": "application/json",
        "x-sandbox-signature": signature(content, SECRET) if signed is None else signed,
    }
    async with client(hark) as http:
        return await http.post(
            f"/webhooks/sandbox/{account.webhook_key}", content=content, headers=given | headers
        )


async def stored(db: Database) -> list[Any]:
    return await db.pool.fetch("SELECT dedup_key, state, reason, payload FROM raw_event ORDER BY id")


async def test_a_signed_body_is_on_disk_when_it_is_answered(hark: Hark, account: Connected) -> None:
    answer = await post(hark, account, body(dm(1, "hello"), dm(2, "again")))
    assert answer.status_code == 200
    assert [row["dedup_key"] for row in await stored(hark.db)] == ["event:e-dm-1", "event:e-dm-2"]


async def test_a_redelivery_is_answered_200_and_stored_once(hark: Hark, account: Connected) -> None:
    content = body(dm(1, "hello"))
    answers = await asyncio.gather(*(post(hark, account, content) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await stored(hark.db)) == 1


@pytest.mark.parametrize(
    "signed",
    [
        "",
        "sha256=" + "0" * 64,
        signature(body(dm(1, "hello")), "another secret"),
        signature(body(dm(1, "hello")), SECRET).upper(),
        signature(body(dm(2, "other bytes")), SECRET),
        "sha1=" + hmac.new(SECRET.encode(), body(dm(1, "hello")), hashlib.sha1).hexdigest(),
        "sha256=é",
    ],
    ids=["missing", "zeros", "other secret", "upper case", "other bytes", "sha1", "not ascii"],
)
async def test_a_forged_body_is_answered_401_and_only_counted(
    hark: Hark, account: Connected, signed: str
) -> None:
    hooks = create_hooks(hark)
    transport = httpx.ASGITransport(hooks)
    async with httpx.AsyncClient(transport=transport, base_url="http://hark.test") as http:
        answer = await http.post(
            f"/webhooks/sandbox/{account.webhook_key}",
            content=body(dm(1, "hello")),
            headers=[
                (b"x-sandbox-signature", signed.encode("latin-1")),
                (b"content-type", b"application/json"),
            ],
        )
    assert answer.status_code == 401
    assert answer.json()["code"] == "bad_signature"
    assert await stored(hark.db) == []
    await hooks._flush  # type: ignore[attr-defined]
    assert await hark.db.pool.fetchval("SELECT forged_count FROM channel_account") == 1


async def test_re_serialized_json_does_not_pass_the_signature(hark: Hark, account: Connected) -> None:
    content = body(dm(1, "hello"))
    answer = await post(hark, account, content.replace(b",", b", "), signed=signature(content, SECRET))
    assert answer.status_code == 401


async def test_signed_nonsense_is_kept_in_quarantine_and_answered_200(hark: Hark, account: Connected) -> None:
    answer = await post(hark, account, b'{"account": "shop", "events": [')
    assert answer.status_code == 200
    (row,) = await stored(hark.db)
    assert (row["state"], row["reason"]) == ("quarantined", "malformed")
    assert row["payload"] == b'{"account": "shop", "events": ['


async def test_an_event_of_an_account_that_is_not_connected_is_kept_and_named(
    hark: Hark, account: Connected
) -> None:
    answer = await post(hark, account, body(dm(1, "hello"), account="somebody else"))
    assert answer.status_code == 200
    (row,) = await stored(hark.db)
    assert (row["state"], row["reason"]) == ("quarantined", "unknown_account")


async def test_an_event_goes_to_the_account_that_it_names(hark: Hark, account: Connected) -> None:
    second = await connect(hark, platform_account_id="second shop", workspace_id=account.workspace_id)
    await post(hark, account, body(dm(1, "hello"), account="second shop"))
    assert await hark.db.pool.fetchval("SELECT account_id FROM raw_event") == second.account_id


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/webhooks/sandbox/unknown", 404, "unknown_webhook"),
        ("/webhooks/telegram/{key}", 404, "unknown_webhook"),
        ("/webhooks/sandbox", 404, "not_found"),
        ("/api/webhooks/social", 400, "platform_missing"),
        ("/api/webhooks/social?platform=myspace", 404, "unknown_platform"),
        ("/api/webhooks/social?platform=sandbox", 401, "bad_signature"),
    ],
)
async def test_wrong_addresses_say_what_is_wrong(
    hark: Hark, account: Connected, path: str, status: int, code: str
) -> None:
    async with client(hark) as http:
        answer = await http.post(path.format(key=account.webhook_key), content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_too_long_bodies_are_answered_413_announced_or_not(hark: Hark, account: Connected) -> None:
    huge = b" " * (hark.settings.webhook_max_kb * 1024 + 1)
    assert (await post(hark, account, huge)).status_code == 413

    async def pieces() -> Any:
        for _ in range(5000):
            yield b" " * 1024

    async with client(hark) as http:
        answer = await http.post(f"/webhooks/sandbox/{account.webhook_key}", content=pieces())
    assert answer.status_code == 413


async def test_other_media_types_are_answered_415(hark: Hark, account: Connected) -> None:
    answer = await post(hark, account, body(dm(1, "hello")), **{"content-type": "text/xml"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_only_a_signed_challenge_is_echoed(hark: Hark, account: Connected) -> None:
    async with client(hark) as http:
        path = f"/webhooks/sandbox/{account.webhook_key}"
        good = await http.get(path, params={"challenge": "abc", "signature": signature(b"abc", SECRET)})
        bad = await http.get(path, params={"challenge": "<script>", "signature": "sha256=0"})
    assert (good.status_code, good.text) == (200, "abc")
    assert good.headers["content-type"].startswith("text/plain")
    assert bad.status_code == 403
    assert "<script>" not in bad.text


async def test_a_dead_database_is_answered_503_and_never_2xx(
    hark: Hark, account: Connected, db: Database
) -> None:
    assert (await post(hark, account, body(dm(1, "before")))).status_code == 200
    await db.close(patience=1.0)
    answer = await post(hark, account, body(dm(2, "after")))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


async def test_a_gateway_signs_for_all_accounts(db: Database, tmp_path: Any) -> None:
    from hark.kernel.secrets import Secret

    plain = compose(db, tmp_path)
    import msgspec

    settings = msgspec.structs.replace(plain.settings, webhook_secret=Secret("gateway"))
    hark = msgspec.structs.replace(plain, settings=settings)
    account = await connect(hark)
    content = body(dm(1, "hello"))
    signed = hmac.new(b"gateway", content, hashlib.sha256).hexdigest()
    async with client(hark) as http:
        url = "/api/webhooks/social?platform=sandbox"
        answer = await http.post(url, content=content, headers={"x-webhook-signature": signed})
        other = body(dm(1, "hello"), account="nobody")
        signed = hmac.new(b"gateway", other, hashlib.sha256).hexdigest()
        unknown = await http.post(url, content=other, headers={"x-webhook-signature": signed})
    assert answer.status_code == 200
    assert await db.pool.fetchval("SELECT account_id FROM raw_event") == account.account_id
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_account")


async def test_a_thousand_items_with_one_bad_one_are_all_kept(hark: Hark, account: Connected) -> None:
    events: list[dict[str, Any]] = [dm(n, f"number {n}") for n in range(999)]
    events.insert(500, {"id": "bad", "kind": "hologram"})
    assert (await post(hark, account, body(*events))).status_code == 200
    from hark.flows.inbound import ingest_pending

    while (await ingest_pending(hark)).claimed:
        pass
    assert await hark.db.pool.fetchval("SELECT count(*) FROM message") == 999
    (row,) = await hark.db.pool.fetch("SELECT reason, detail FROM raw_event WHERE state = 'quarantined'")
    assert row["reason"] == "unrecognized"
    assert "hologram" in row["detail"]


def test_long_keys_are_stored_as_their_digest() -> None:
    assert dedup_key("a" * 10_000) == dedup_key("a" * 10_000)
    assert len(dedup_key("a" * 10_000)) < 100
    assert dedup_key("a" * 10_000) != dedup_key("a" * 10_001)
    assert dedup_key("short\x00") == "short�"
