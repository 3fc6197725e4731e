"""Credentials that do not fit, and each fault of a connection by its own name and sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hark.adapters.linkedin import ADAPTER
from hark.channels.contract import Reconnect, Rejected
from hark.channels.testing import Reply, ScriptedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret
from tests.adapters.linkedin.bodies import ACCOUNT, ADMIN, PAGE

SCOPES = "r_organization_social_feed,w_organization_social_feed,rw_organization_admin"
VALUES = {"client_id": "c", "client_secret": "s", "access_token": "t", "application_id": "7100071"}


def token(**more: Any) -> Reply:
    ends = int((utc_now() + timedelta(days=40)).timestamp())
    return Reply(200, {"active": True, "expires_at": ends, "scope": SCOPES, **more})


def roles(*pages: str, role: str = "ADMINISTRATOR") -> Reply:
    rows = [
        {"roleAssignee": ADMIN, "role": role, "state": "APPROVED", "organization": page} for page in pages
    ]
    return Reply(200, {"elements": rows, "paging": {"links": []}})


def subscription(**more: Any) -> Reply:
    ends = int((utc_now() + timedelta(days=20)).timestamp() * 1000)
    return Reply(200, {"webhook": ACCOUNT.webhook_url, "expiresAt": ends, **more})


NAMED = Reply(200, {"localizedName": "Nordlicht Bakery"})
VERSION = f"{utc_now():%Y%m}"
SOUND = msgspec.structs.replace(ACCOUNT, fields={**ACCOUNT.fields, "api_version": VERSION})


async def checks(*answers: Reply, account: Any = SOUND) -> dict[str, tuple[bool, str]]:
    return dict((await ADAPTER.check(account, ScriptedHttp(*answers))).checks)


@pytest.mark.parametrize(
    ("values", "answers", "words"),
    [
        ({"client_id": ""}, (), "client ID is missing"),
        ({"access_token": ""}, (), "access token is missing"),
        ({}, (Reply(401, {"error": "invalid_client"}),), "does not know this client ID"),
        ({}, (token(active=False),), "not valid"),
        ({}, (token(), roles()), "no role on this page"),
        ({"organization": "999"}, (token(), roles(PAGE)), "no role on this page"),
        ({"organization": "my page"}, (token(), roles(PAGE)), "as its number"),
        ({}, (token(), roles(PAGE, "urn:li:organization:5550009")), "several pages"),
    ],
)
async def test_credentials_that_do_not_fit_are_rejected_with_a_sentence(
    values: dict[str, str], answers: tuple[Reply, ...], words: str
) -> None:
    with pytest.raises(Rejected, match=words):
        await ADAPTER.connect({**VALUES, **values}, "https://hark.example/w", ScriptedHttp(*answers))


async def test_connecting_names_the_page_and_what_is_left_to_do() -> None:
    answers = (token(scope="r_organization_social"), roles(PAGE, role="RECRUITING_POSTER"), NAMED)
    values = {**VALUES, "organization": PAGE.rpartition(":")[2], "application_id": ""}
    connected = await ADAPTER.connect(values, "https://hark.example/w", ScriptedHttp(*answers))
    assert (connected.platform_account_id, connected.name) == (PAGE, "Nordlicht Bakery")
    assert connected.fields == {"organization": PAGE, "person": ADMIN}
    scopes, role, webhook = connected.steps
    assert "w_organization_social_feed, rw_organization_admin" in scopes
    assert "r_organization_social_feed" not in scopes, "the older name of the scope counts"
    assert "RECRUITING_POSTER" in role
    assert "App ID" in webhook


async def test_a_sound_connection_is_healthy() -> None:
    health = await ADAPTER.check(SOUND, ScriptedHttp(token(), roles(PAGE), subscription()))
    assert health.ok, health.checks
    assert set(health.checks) == {"version", "token", "scopes", "role", "subscription"}


@pytest.mark.parametrize(
    ("name", "answers", "words"),
    [
        ("token", (token(active=False),), "Sign in with LinkedIn again"),
        ("token", (Reply(401, {"error": "invalid_client"}),), "client ID"),
        (
            "scopes",
            (token(scope="rw_organization_admin"), roles(PAGE), subscription()),
            "Community Management API",
        ),
        ("role", (token(), roles("urn:li:organization:1")), "no role on the page any more"),
        ("role", (token(), roles(PAGE, role="RECRUITING_POSTER"), subscription()), "lists no comments"),
        ("role", (token(), Reply(426, {"message": "no", "code": "NONEXISTENT_VERSION"})), "newer one"),
        ("subscription", (token(), roles(PAGE), Reply(404, {"message": "none"})), "are off"),
        (
            "subscription",
            (token(), roles(PAGE), subscription(webhook="https://other.example")),
            "another address",
        ),
        (
            "subscription",
            (
                token(),
                roles(PAGE),
                subscription(expiresAt=int((utc_now() + timedelta(days=1)).timestamp() * 1000)),
            ),
            "being renewed",
        ),
    ],
)
async def test_each_fault_of_a_connection_is_named(name: str, answers: tuple[Reply, ...], words: str) -> None:
    found = await checks(*answers)
    assert found[name][0] is False
    assert words in found[name][1]


@pytest.mark.parametrize(("months", "ok"), [(0, True), (9, True), (10, False), (14, False)])
async def test_an_old_version_is_warned_of_at_ten_months(months: int, ok: bool) -> None:
    now = utc_now()
    count = now.year * 12 + now.month - 1 - months
    account = msgspec.structs.replace(
        SOUND, fields={**SOUND.fields, "api_version": f"{count // 12}{count % 12 + 1:02}"}
    )
    found = await checks(token(), roles(PAGE), subscription(), account=account)
    assert found["version"][0] is ok


async def test_a_consent_that_ends_soon_is_told_two_weeks_before() -> None:
    soon = {**SOUND.fields, "refresh_expires_at": (utc_now() + timedelta(days=13)).isoformat()}
    found = await checks(
        token(), roles(PAGE), subscription(), account=msgspec.structs.replace(SOUND, fields=soon)
    )
    assert found["token"][0] is False
    assert "Sign in with LinkedIn again before" in found["token"][1]


async def test_without_a_refresh_token_the_access_tokens_end_is_told() -> None:
    secrets = {key: value for key, value in SOUND.secrets.items() if key != "refresh_token"}
    account = msgspec.structs.replace(SOUND, secrets=secrets)
    ends = int((utc_now() + timedelta(days=10)).timestamp())
    found = await checks(token(expires_at=ends), roles(PAGE), subscription(), account=account)
    assert found["token"][0] is False
    assert ADAPTER.refresh is not None
    kept = await ADAPTER.refresh(account, ScriptedHttp(token(expires_at=ends)))
    assert kept.secrets == {}
    with pytest.raises(Reconnect, match="no refresh token"):
        await ADAPTER.refresh(account, ScriptedHttp(token(active=False)))


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:8000/webhooks/linkedin/k71"])
async def test_a_page_without_a_public_address_is_polled(url: str | None) -> None:
    account = msgspec.structs.replace(SOUND, webhook_url=url)
    assert ADAPTER.subscribe is not None
    assert await ADAPTER.subscribe(account, ScriptedHttp()) == ()
    found = await checks(token(), roles(PAGE), account=account)
    assert found["subscription"] == (True, "No webhook: Hark asks LinkedIn every ten minutes.")


async def test_an_account_without_a_token_says_so() -> None:
    account = msgspec.structs.replace(SOUND, secrets={"client_secret": Secret("s")})
    found = await checks(account=account)
    assert found["token"][0] is False
