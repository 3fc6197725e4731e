"""Connecting by OAuth over HTTP: who may, what a state is good for, and what is said when it goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from hark.adapters.sandbox import ADAPTER as SANDBOX
from hark.channels.contract import Rejected
from hark.infra.db import Database
from hark.infra.http import NotConnected
from hark.kernel.clock import FixedClock
from tests.support.desk import START
from tests.support.oauth_network import GRANTED, PLATFORM, TokenNetwork
from tests.support.people import ADDRESS, Office, Person, open_office
from tests.support.program import compose

VALUES = {"client_id": "app-7", "client_secret": "marker-client-secret"}
BEGIN = "/accounts/authorizations"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def network(clock: FixedClock) -> TokenNetwork:
    return TokenNetwork(clock)


@pytest.fixture
async def shop(
    db: Database, tmp_path: Path, network: TokenNetwork, clock: FixedClock
) -> AsyncIterator[Office]:
    hark = compose(db, tmp_path, SANDBOX, network.fake.adapter, clock=clock)
    opened = await open_office(hark)
    yield opened
    await opened.close()
    await hark.http.aclose()


class Trip(msgspec.Struct):
    """One way to the platform and back."""

    person: Person
    id: UUID
    state: str

    async def back(
        self, *, by: Person | None = None, state: str | None = None, **query: str
    ) -> httpx.Response:
        who = by or self.person
        cookie = {"cookie": f"hark_session={who.token}"} if who.token else {}
        given = {"state": self.state if state is None else state, "code": GRANTED, **query}
        return await who.http.get("/authorize/callback", params=given, headers=cookie)

    async def look(self) -> Any:
        return await self.person.get(f"{BEGIN}/{self.id}")

    async def connect(self, choice: str = "page-1") -> httpx.Response:
        return await self.person.call("POST", f"{BEGIN}/{self.id}/connect", {"choice": choice})


async def leave(shop: Office, person: Person | None = None, **body: Any) -> Trip:
    """Begins, as far as the platform's page."""
    who = person or shop.administrator
    answer = await who.call("POST", BEGIN, {"platform": PLATFORM, "values": VALUES, **body})
    assert answer.status_code == 201, answer.text
    query = parse_qs(urlsplit(answer.json()["url"]).query)
    assert query["redirect_uri"] == [f"{ADDRESS}/authorize/callback"]
    return Trip(who, UUID(answer.json()["id"]), query["state"][0])


def told(answer: httpx.Response) -> dict[str, str]:
    """What the page is told by the address that it is opened with."""
    assert answer.status_code == 303
    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == f"{ADDRESS}/settings/channels"
    return {key: values[0] for key, values in parse_qs(target.query).items()}


async def authorize(shop: Office, choice: str = "page-1", **body: Any) -> Any:
    trip = await leave(shop, **body)
    assert told(await trip.back()) == {"authorization": str(trip.id)}
    answer = await trip.connect(choice)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_platforms_say_what_they_ask_for_before_anybody_is_asked(shop: Office) -> None:
    shown = {each["platform"]: each for each in await shop.administrator.get("/platforms")}
    assert shown[PLATFORM]["authorization"] == {
        "needs": ["client_id", "client_secret"],
        "optional": [],
        "redirect_uri": f"{ADDRESS}/authorize/callback",
    }
    assert shown[PLATFORM]["scopes"][0] == {
        "name": "messages",
        "purpose": "Read and answer direct messages.",
        "required": True,
    }
    assert shown["sandbox"]["authorization"] is None
    assert shown[PLATFORM]["reachable"] is False, "a platform cannot deliver to localhost"


async def test_from_the_button_to_the_connected_account(shop: Office, network: TokenNetwork) -> None:
    trip = await leave(shop)
    assert (await trip.look())["state"] == "waiting"
    answer = await trip.back()
    assert told(answer) == {"authorization": str(trip.id)}
    assert answer.headers["cache-control"] == "no-store"
    shown = await trip.look()
    assert (shown["state"], shown["error"]) == ("ready", None)
    assert shown["choices"] == [
        {"id": "page-1", "name": "Lantern Bikes", "connected": False, "account_id": None}
    ]
    account = (await trip.connect()).json()
    assert (account["name"], account["platform_account_id"]) == ("Lantern Bikes", "page-1")
    assert (account["renews"], account["token_ends_soon"]) == (True, False)
    assert (await trip.look())["state"] == "done"
    assert network.finished == [{**VALUES, "redirect_uri": f"{ADDRESS}/authorize/callback"}]


async def test_several_choices_are_connected_one_after_the_other(shop: Office, network: TokenNetwork) -> None:
    network.pages = {"page-1": "Lantern Bikes", "page-2": "Lantern Repairs"}
    trip = await leave(shop)
    await trip.back()
    first = (await trip.connect("page-1")).json()
    shown = await trip.look()
    assert shown["state"] == "ready"
    assert [(each["id"], each["connected"], each["account_id"]) for each in shown["choices"]] == [
        ("page-1", True, first["id"]),
        ("page-2", False, None),
    ]
    assert (await trip.connect("page-2")).status_code == 201
    assert (await trip.look())["state"] == "done"
    again = await trip.connect("page-2")
    assert (again.status_code, again.json()["code"]) == (409, "authorization_over")


async def test_an_account_that_was_lost_is_authorized_again_in_place(
    shop: Office, network: TokenNetwork
) -> None:
    account = await authorize(shop)
    async with shop.hark.db.transaction() as connection:
        await connection.execute(
            "UPDATE channel_account SET status = 'reconnect', status_reason = 'gone' WHERE id = $1",
            UUID(account["id"]),
        )
    again = await authorize(shop, values={}, account_id=account["id"])
    assert (again["id"], again["status"], again["status_reason"]) == (account["id"], "connected", None)
    assert again["webhook_url"] == account["webhook_url"]
    async with shop.hark.db.connection() as connection:
        sealed = await connection.fetchval(
            "SELECT secrets FROM channel_account WHERE id = $1", UUID(account["id"])
        )
    kept = {key: value.reveal() for key, value in shop.hark.secrets.open(sealed).items()}
    assert kept == {
        "client_secret": "marker-client-secret",
        "access_token": "access-2",
        "refresh_token": "refresh-2",
        "page": "page-1",
    }


async def test_authorizing_again_keeps_what_was_set_at_the_account(
    shop: Office, network: TokenNetwork
) -> None:
    account = await authorize(shop)
    async with shop.hark.db.transaction() as connection:
        await connection.execute(
            "UPDATE channel_account SET fields = fields || $1", {"greeting": "Moin", "client_id": "app-8"}
        )
    await authorize(shop, values={}, account_id=account["id"])
    shown = await shop.administrator.get(f"/accounts/{account['id']}")
    assert shown["fields"] == {"client_id": "app-8", "greeting": "Moin"}


async def test_connecting_what_is_connected_already_gives_it_the_new_tokens(shop: Office) -> None:
    account = await authorize(shop)
    trip = await leave(shop)
    await trip.back()
    assert (await trip.look())["choices"][0]["account_id"] == account["id"]
    assert (await trip.connect()).json()["id"] == account["id"]
    assert len((await shop.agent.get("/accounts"))["items"]) == 2


async def test_authorizing_again_with_another_account_is_refused_and_changes_nothing(
    shop: Office, network: TokenNetwork
) -> None:
    account = await authorize(shop)
    network.pages = {"page-9": "Somebody Else"}
    trip = await leave(shop, values={}, account_id=account["id"])
    await trip.back()
    answer = await trip.connect("page-9")
    assert (answer.status_code, answer.json()["code"]) == (409, "other_account")
    assert (await shop.administrator.get(f"/accounts/{account['id']}"))["updated_at"] == account["updated_at"]


async def test_no_consent_is_a_sentence(shop: Office, network: TokenNetwork) -> None:
    trip = await leave(shop)
    answer = await trip.back(code="", error="access_denied", error_description="The user denied")
    assert told(answer) == {"authorization": str(trip.id)}
    shown = await trip.look()
    assert (shown["state"], shown["code"]) == ("failed", "canceled")
    assert shown["error"] == "The permission was not given on Tokennet. Nothing was connected."
    assert network.finished == []


async def test_what_else_a_platform_refuses_is_told_in_its_words(shop: Office) -> None:
    trip = await leave(shop)
    await trip.back(code="", error="invalid_scope", error_description="The scope 'messages' needs a review.")
    assert (await trip.look())["error"] == "Tokennet refused: The scope 'messages' needs a review."


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        (Rejected("scope", "The permission messages was not given: begin again and leave it checked."),
         "refused", "The permission messages was not given: begin again and leave it checked."),
        (NotConnected("nobody there"), "unreachable", "Tokennet could not be reached. Begin again."),
        (KeyError("a bug"), "internal", "Connecting was interrupted. Begin again."),
    ],
)  # fmt: skip
async def test_an_exchange_that_fails_is_a_sentence(
    shop: Office, network: TokenNetwork, failure: Exception, code: str, words: str
) -> None:
    network.finishing = failure
    trip = await leave(shop)
    await trip.back()
    shown = await trip.look()
    assert (shown["state"], shown["code"], shown["error"]) == ("failed", code, words)
    assert (await trip.connect()).status_code == 409


async def test_a_person_who_manages_nothing_is_told_so(shop: Office, network: TokenNetwork) -> None:
    network.pages = {}
    trip = await leave(shop)
    await trip.back()
    assert (await trip.look())["code"] == "nothing_to_connect"


async def test_a_state_works_once(shop: Office, network: TokenNetwork) -> None:
    trip = await leave(shop)
    await trip.back()
    assert told(await trip.back()) == {"authorization_refused": "used_state"}
    assert len(network.finished) == 1
    assert (await trip.look())["state"] == "ready"


async def test_of_two_that_come_back_at_once_one_gets_it(shop: Office, network: TokenNetwork) -> None:
    trip = await leave(shop)
    answers = [told(answer) for answer in await asyncio.gather(trip.back(), trip.back(), trip.back())]
    assert sorted(answers, key=str) == [
        {"authorization": str(trip.id)},
        {"authorization_refused": "used_state"},
        {"authorization_refused": "used_state"},
    ]
    assert len(network.finished) == 1


@pytest.mark.parametrize("state", ["", "made-up", "x" * 5000])
async def test_a_state_that_nobody_made_is_refused(shop: Office, network: TokenNetwork, state: str) -> None:
    trip = await leave(shop)
    assert told(await trip.back(state=state)) == {"authorization_refused": "unknown_state"}
    assert network.finished == []


async def test_a_state_is_good_for_ten_minutes(
    shop: Office, network: TokenNetwork, clock: FixedClock
) -> None:
    trip = await leave(shop)
    clock.advance(timedelta(minutes=10))
    assert told(await trip.back()) == {"authorization_refused": "expired_state"}
    shown = await trip.look()
    assert (shown["state"], shown["code"]) == ("failed", "expired")
    assert network.finished == []


async def test_choices_are_kept_for_half_an_hour(shop: Office, clock: FixedClock) -> None:
    trip = await leave(shop)
    await trip.back()
    clock.advance(timedelta(minutes=30))
    assert (await trip.look())["state"] == "failed"
    assert (await trip.connect()).json()["code"] == "authorization_over"


async def test_somebody_elses_state_connects_nothing_and_stays_good_for_its_owner(
    shop: Office, network: TokenNetwork, clock: FixedClock
) -> None:
    other = await open_office(shop.hark, "Harbour Books", "-2")
    trip = await leave(shop)
    for stranger in (other.administrator, shop.supervisor, shop.agent):
        assert told(await trip.back(by=stranger)) == {"authorization_refused": "unknown_state"}
    nobody = msgspec.structs.replace(trip.person, token="")
    assert told(await trip.back(by=nobody)) == {"authorization_refused": "signed_out"}
    assert network.finished == []
    assert told(await trip.back()) == {"authorization": str(trip.id)}
    await other.close()


async def test_who_may_no_longer_connect_accounts_comes_back_in_vain(
    shop: Office, network: TokenNetwork
) -> None:
    trip = await leave(shop)
    async with shop.hark.db.transaction() as connection:
        await connection.execute(
            "UPDATE member SET role = 'agent' WHERE user_id = $1", shop.administrator.user_id
        )
    assert told(await trip.back()) == {"authorization_refused": "not_allowed"}
    assert network.finished == []


async def test_an_authorization_is_seen_by_who_began_it_only(shop: Office) -> None:
    trip = await leave(shop)
    await trip.back()
    other = await open_office(shop.hark, "Harbour Books", "-2")
    for stranger, status in ((other.administrator, 404), (shop.supervisor, 403), (shop.agent, 403)):
        looked = await stranger.call("GET", f"{BEGIN}/{trip.id}")
        chosen = await stranger.call("POST", f"{BEGIN}/{trip.id}/connect", {"choice": "page-1"})
        assert (looked.status_code, chosen.status_code) == (status, status)
    await other.close()


async def test_another_workspaces_account_cannot_be_authorized_again(shop: Office) -> None:
    account = await authorize(shop)
    other = await open_office(shop.hark, "Harbour Books", "-2")
    answer = await other.administrator.call(
        "POST", BEGIN, {"platform": PLATFORM, "values": VALUES, "account_id": account["id"]}
    )
    assert answer.status_code == 404
    await other.close()


async def test_a_person_in_two_workspaces_connects_to_the_one_where_it_began(shop: Office) -> None:
    other = await open_office(shop.hark, "Harbour Books", "-2")
    async with shop.hark.db.transaction() as connection:
        await connection.execute(
            "INSERT INTO member (workspace_id, user_id, role, created_at) VALUES ($1, $2, 'administrator', $3)",
            other.workspace_id,
            shop.administrator.user_id,
            shop.hark.clock(),
        )
    there = {"x-workspace": str(other.workspace_id)}
    begun = await shop.administrator.call(
        "POST", BEGIN, {"platform": PLATFORM, "values": VALUES}, headers=there
    )
    state = parse_qs(urlsplit(begun.json()["url"]).query)["state"][0]
    trip = Trip(shop.administrator, UUID(begun.json()["id"]), state)
    assert told(await trip.back()) == {"authorization": str(trip.id)}
    path = f"{BEGIN}/{trip.id}/connect"
    here = {"x-workspace": str(shop.workspace_id)}
    elsewhere = await shop.administrator.call("POST", path, {"choice": "page-1"}, headers=here)
    assert elsewhere.status_code == 404
    assert (
        await shop.administrator.call("POST", path, {"choice": "page-1"}, headers=there)
    ).status_code == 201
    assert len((await other.administrator.get("/accounts"))["items"]) == 2
    await other.close()


async def test_beginning_needs_the_csrf_token_and_a_person(shop: Office) -> None:
    body = {"platform": PLATFORM, "values": VALUES}
    answer = await shop.administrator.call("POST", BEGIN, body, headers={"x-csrf-token": "wrong"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    key = await shop.administrator.call("POST", "/api-keys", {"name": "k", "scopes": ["accounts:write"]})
    bearer = {"authorization": f"Bearer {key.json()['token']}"}
    answer = await shop.http.post(f"/api/v1{BEGIN}", json=body, headers=bearer)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("platform", "values", "status", "field"),
    [
        ("nowhere", VALUES, 404, None),
        ("sandbox", {}, 409, None),
        (PLATFORM, {"client_id": "a"}, 422, "values.client_secret"),
        (PLATFORM, {**VALUES, "access_token": "x"}, 422, "values.access_token"),
        (PLATFORM, {**VALUES, "client_id": "x" * 4001}, 422, "values.client_id"),
    ],
)
async def test_what_cannot_begin_says_why(
    shop: Office, platform: str, values: dict[str, str], status: int, field: str | None
) -> None:
    answer = await shop.administrator.call("POST", BEGIN, {"platform": platform, "values": values})
    assert answer.status_code == status, answer.text
    assert field is None or field in answer.json()["fields"]


async def test_a_browser_is_sent_to_nothing_but_a_server(shop: Office, network: TokenNetwork) -> None:
    oauth = msgspec.structs.replace(
        network.fake.adapter.authorization, begin=lambda *_: "javascript:alert(1)"
    )
    evil = msgspec.structs.replace(network.fake.adapter, authorization=oauth)
    shop.hark.registry._adapters[PLATFORM] = evil
    answer = await shop.administrator.call("POST", BEGIN, {"platform": PLATFORM, "values": VALUES})
    assert answer.status_code == 422
    async with shop.hark.db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM account_authorization") == 0


async def test_nothing_of_it_lies_open_in_the_database(shop: Office) -> None:
    trip = await leave(shop)
    await trip.back()
    answers = [(await trip.person.call("GET", f"{BEGIN}/{trip.id}")).text, (await trip.connect()).text]
    async with shop.hark.db.connection() as connection:
        for table in ("account_authorization", "channel_account", "fact", "audit_record"):
            rows = await connection.fetch(f"SELECT t::text, to_jsonb(t)::text FROM {table} t")
            answers += [text for row in rows for text in row]
        assert await connection.fetchval("SELECT length(sealed) FROM account_authorization") == 0
    marked = ("marker-client-secret", "access-1", "refresh-1", GRANTED, trip.state)
    assert [text for text in answers for secret in marked if secret in text] == []


async def test_an_unknown_choice_is_404(shop: Office) -> None:
    trip = await leave(shop)
    await trip.back()
    assert (await trip.connect("page-77")).status_code == 404
    assert (await shop.administrator.call("GET", f"{BEGIN}/{uuid4()}")).status_code == 404
