"""Connecting accounts: credentials tried first, kept sealed, shown never, rotated with an overlap, forgotten on leaving."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.adapters.sandbox import ADAPTER as SANDBOX
from hark.channels.accounts import loading
from hark.channels.contract import Account, Adapter, Connected, Field, Health, Rejected
from hark.infra.db import Database
from hark.infra.http import GuardedHttp, NotConnected
from hark.kernel.clock import FixedClock, utc_now
from hark.kernel.secrets import Secret
from tests.support.people import Office, open_office
from tests.support.program import compose

MARKER = "marker-token-4711"


class Network:
    """A platform with a token that is right or wrong, and a webhook that can be set or not."""

    def __init__(self) -> None:
        self.right = {MARKER, "second-token"}
        self.left: tuple[str, ...] = ()
        self.reachable = True
        self.webhooks: list[str | None] = []

    async def connect(self, values: Any, webhook_url: str | None, http: GuardedHttp) -> Connected:
        if not self.reachable:
            raise NotConnected("nobody there")
        if values["token"] not in self.right:
            raise Rejected("401", "The network does not know this token.")
        self.webhooks.append(webhook_url)
        generated = {"webhook_secret": Secret(f"secret-for-{values['token']}")}
        return Connected("shop-1", "Lantern on Net", generated, steps=("Open the gate.",))

    async def subscribe(self, account: Account, http: GuardedHttp) -> tuple[str, ...]:
        return self.left

    async def check(self, account: Account, http: GuardedHttp) -> Health:
        if not self.reachable:
            raise NotConnected("nobody there")
        return Health(True, {"token": (account.secrets["token"].reveal() in self.right, "is known")})

    @property
    def adapter(self) -> Adapter:
        fields = (Field("token", "Token", secret=True), Field("shop", "Shop", default="main", required=False))
        manifest = msgspec.structs.replace(SANDBOX.manifest, platform="net", name="Net", fields=fields)
        return msgspec.structs.replace(
            SANDBOX, manifest=manifest, connect=self.connect, subscribe=self.subscribe, check=self.check
        )


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(utc_now())


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
async def shop(db: Database, tmp_path: Path, network: Network, clock: FixedClock) -> AsyncIterator[Office]:
    hark = compose(db, tmp_path, SANDBOX, network.adapter, clock=clock)
    opened = await open_office(hark)
    yield opened
    await opened.close()
    await hark.http.aclose()


async def connect(shop: Office, token: str = MARKER, **values: str) -> Any:
    body = {"platform": "net", "values": {"token": token, **values}}
    return await shop.administrator.call("POST", "/accounts", body)


async def test_connecting_keeps_the_account_and_says_what_is_left_to_do(
    shop: Office, network: Network
) -> None:
    network.left = ("Paste the address.",)
    answer = await connect(shop)
    assert answer.status_code == 201, answer.text
    account = answer.json()
    assert (account["name"], account["status"], account["platform_account_id"]) == (
        "Lantern on Net",
        "connected",
        "shop-1",
    )
    assert account["fields"] == {"shop": "main"}
    assert account["steps"] == ["Paste the address."]
    assert network.webhooks == [account["webhook_url"]]
    listed = await shop.agent.get("/accounts")
    assert {each["platform"] for each in listed["items"]} == {"sandbox", "net"}


async def test_no_answer_and_no_row_shows_a_secret(shop: Office) -> None:
    answer = await connect(shop)
    path = f"/accounts/{answer.json()['id']}"
    shown = [answer.text, (await shop.administrator.call("GET", path)).text]
    shown.append((await shop.administrator.call("GET", "/audit")).text)
    async with shop.hark.db.connection() as connection:
        for table in ("channel_account", "fact", "audit_record", "idempotency"):
            for row in await connection.fetch(f"SELECT t::text FROM {table} t"):
                shown.append(row[0])
                shown.append(
                    bytes.fromhex(row[0].split("\\x")[1].split('"')[0]).decode() if "\\x" in row[0] else ""
                )
    assert not [text for text in shown if MARKER in text or "secret-for" in text]


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"token": "wrong"}, "credentials_refused", None),
        ({}, "invalid", "values.token"),
        ({"token": "  "}, "invalid", "values.token"),
        ({"token": MARKER, "tokne": "x"}, "invalid", "values.tokne"),
    ],
)
async def test_what_the_network_or_the_form_refuses_is_said_and_nothing_kept(
    shop: Office, values: dict[str, str], code: str, field: str | None
) -> None:
    answer = await shop.administrator.call("POST", "/accounts", {"platform": "net", "values": values})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert field is None or field in answer.json()["fields"]
    assert len((await shop.agent.get("/accounts"))["items"]) == 1


async def test_a_network_that_does_not_answer_is_a_sentence_not_an_error(
    shop: Office, network: Network
) -> None:
    network.reachable = False
    answer = await connect(shop)
    assert (answer.status_code, answer.json()["code"]) == (422, "unreachable")
    network.reachable = True
    account = (await connect(shop)).json()
    network.reachable = False
    checked = await shop.administrator.call("POST", f"/accounts/{account['id']}/check", {})
    assert checked.status_code == 200
    assert checked.json()["ok"] is False


async def test_an_account_is_connected_once(shop: Office) -> None:
    await connect(shop)
    answer = await connect(shop)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_connected")


async def test_the_secret_from_before_is_valid_for_a_day(shop: Office, clock: FixedClock) -> None:
    account = (await connect(shop)).json()
    path = f"/accounts/{account['id']}"
    answer = await shop.administrator.call("PATCH", path, {"values": {"token": "second-token"}})
    assert answer.status_code == 200, answer.text
    row = await _row(shop, account["id"])
    now = clock()
    opened = loading.open_row(row, shop.hark.secrets, now).account.secrets
    assert opened["webhook_secret"].reveal() == "secret-for-second-token"
    assert opened["webhook_secret.previous"].reveal() == f"secret-for-{MARKER}"
    later = loading.open_row(row, shop.hark.secrets, now + timedelta(hours=24, seconds=1)).account.secrets
    assert sorted(later) == ["token", "webhook_secret"]


async def test_credentials_of_another_account_are_not_taken(shop: Office, network: Network) -> None:
    account = (await connect(shop)).json()

    async def other(values: Any, webhook_url: str | None, http: GuardedHttp) -> Connected:
        return Connected("somebody-else", "Other")

    adapter = msgspec.structs.replace(network.adapter, connect=other)
    shop.hark.registry._adapters["net"] = adapter
    answer = await shop.administrator.call("PATCH", f"/accounts/{account['id']}", {"values": {"token": "x"}})
    assert (answer.status_code, answer.json()["code"]) == (409, "other_account")


async def test_a_change_acts_at_once_on_webhooks(shop: Office) -> None:
    account = (await connect(shop)).json()
    hark, key = shop.hark, account["webhook_url"].rsplit("/", 1)[1]
    found = await loading.find_by_webhook_key(hark.db, hark.secrets, key)
    assert found is not None
    assert found.status == "connected"
    path = f"/accounts/{account['id']}"
    await shop.administrator.call("PATCH", path, {"status": "paused"})
    found = await loading.find_by_webhook_key(hark.db, hark.secrets, key)
    assert found is not None
    assert found.status == "paused"
    await shop.administrator.call("DELETE", path)
    assert await loading.find_by_webhook_key(hark.db, hark.secrets, key) is None


async def test_accounts_are_kept_and_unknown_addresses_too(shop: Office) -> None:
    account = (await connect(shop)).json()
    hark, key = shop.hark, account["webhook_url"].rsplit("/", 1)[1]
    await loading.find_by_webhook_key(hark.db, hark.secrets, key)
    await loading.find_by_webhook_key(hark.db, hark.secrets, "guessed")
    await hark.db.close()
    assert await loading.find_by_webhook_key(hark.db, hark.secrets, key) is not None
    assert await loading.find_by_webhook_key(hark.db, hark.secrets, "guessed") is None


async def test_another_processes_change_is_heard_on_the_bus(shop: Office) -> None:
    account = (await connect(shop)).json()
    hark, key = shop.hark, account["webhook_url"].rsplit("/", 1)[1]
    await loading.find_by_webhook_key(hark.db, hark.secrets, key)
    async with hark.db.transaction() as connection:
        await connection.execute("UPDATE channel_account SET status = 'paused'")
    hark.bus.publish(loading.TOPIC, account["id"])
    found = await loading.find_by_webhook_key(hark.db, hark.secrets, key)
    assert found is not None
    assert found.status == "paused"


async def test_leaving_forgets_the_credentials_and_coming_back_finds_the_conversations(shop: Office) -> None:
    account = (await connect(shop)).json()
    assert (await shop.administrator.call("DELETE", f"/accounts/{account['id']}")).status_code == 204
    assert (await _row(shop, account["id"])).secrets == b""
    assert (await shop.administrator.call("GET", f"/accounts/{account['id']}")).status_code == 404
    back = (await connect(shop)).json()
    assert back["id"] == account["id"]
    assert back["webhook_url"] != account["webhook_url"]


async def _row(shop: Office, account_id: str) -> Any:
    from hark.channels.accounts import repository

    async with shop.hark.db.connection() as connection:
        return await repository.FIND_BY_ID.one(connection, account_id)


async def test_what_has_to_be_typed_in_at_the_platform_is_for_administrators_only(shop: Office) -> None:
    account = (await connect(shop)).json()
    path = f"/accounts/{account['id']}/webhook"
    assert await shop.administrator.get(path) == {"url": account["webhook_url"], "verify_token": None}
    async with shop.hark.db.transaction() as connection:
        sealed = shop.hark.secrets.seal({"token": MARKER, "verify_token": "typed-in"})
        await connection.execute(
            "UPDATE channel_account SET secrets = $1 WHERE id::text = $2", sealed, account["id"]
        )
    assert (await shop.administrator.get(path))["verify_token"] == "typed-in"
    for role in ("supervisor", "agent"):
        assert (await shop.people[role].call("GET", path)).status_code == 403
