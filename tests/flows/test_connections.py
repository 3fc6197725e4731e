"""Accounts looked after: lost subscriptions are renewed, lost tokens shown; people known only by id get their names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.adapters.sandbox import ADAPTER as SANDBOX
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Author,
    Health,
    Profile,
    Reconnect,
    Rejected,
    TryAgain,
)
from hark.channels.registry import Registry
from hark.flows.context import Hark
from hark.flows.health import look_after_accounts
from hark.flows.inbound import ingest_pending
from hark.flows.profiles import fetch_profiles
from hark.flows.seen import tell_seen
from hark.infra.db import Database
from hark.infra.http import GuardedHttp
from hark.journal import read_facts
from hark.workspaces.rights import Actor
from tests.support.program import Connected, compose, connect, receive
from tests.support.sandbox_events import body, dm


class Platform:
    """The far side: whether we are subscribed, whether the token is good, and who its people are."""

    def __init__(self) -> None:
        self.subscribed = True
        self.token_good = True
        self.asked: list[str] = []
        self.people: dict[str, Author | Exception] = {}

    async def check(self, account: Account, http: GuardedHttp) -> Health:
        if not self.token_good:
            raise Reconnect("190", "The token was withdrawn.")
        sentence = "set" if self.subscribed else "The platform no longer sends events here."
        return Health(self.subscribed, {"webhook": (self.subscribed, sentence)})

    async def subscribe(self, account: Account, http: GuardedHttp) -> tuple[str, ...]:
        self.subscribed = True
        return ()

    async def profile(self, user_id: str, account: Account, http: GuardedHttp) -> Profile | None:
        self.asked.append(user_id)
        found = self.people.get(user_id)
        if isinstance(found, Exception):
            raise found
        return None if found is None else Profile(found)


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def program(db: Database, tmp_path: Path, platform: Platform) -> AsyncIterator[Hark]:
    adapter = msgspec.structs.replace(
        SANDBOX, check=platform.check, subscribe=platform.subscribe, fetch_profile=platform.profile
    )
    hark = msgspec.structs.replace(compose(db, tmp_path), registry=Registry([adapter]))
    yield hark
    await hark.http.aclose()


async def facts(hark: Hark, account: Connected, kind: str) -> list[Any]:
    async with hark.db.connection() as connection:
        found = await read_facts(connection, account.workspace_id, 0)
    return [msgspec.json.decode(fact.body) for fact in found if fact.kind == kind]


async def test_a_lost_subscription_is_renewed(program: Hark, platform: Platform) -> None:
    await connect(program)
    platform.subscribed = False
    (looked,) = await look_after_accounts(program)
    assert (looked.ok, looked.renewed) == (True, True)
    assert platform.subscribed


async def test_a_withdrawn_token_is_shown_as_reconnect(program: Hark, platform: Platform) -> None:
    account = await connect(program)
    platform.token_good = False
    (looked,) = await look_after_accounts(program)
    assert looked.reason == "The token was withdrawn."
    (shown,) = await facts(program, account, "account.changed")
    assert (shown["status"], shown["status_reason"]) == ("reconnect", "The token was withdrawn.")
    assert await look_after_accounts(program) == []


async def test_a_healthy_account_changes_nothing(program: Hark, platform: Platform) -> None:
    account = await connect(program)
    await look_after_accounts(program)
    before = len(await facts(program, account, "account.changed"))
    await look_after_accounts(program)
    assert len(await facts(program, account, "account.changed")) == before


def nameless(number: int, by: str) -> dict[str, Any]:
    event = dm(number, "Hello?", by=by)
    event["item"]["author"] = {"id": f"p-{by}"}
    event["item"]["partner"] = {"id": f"p-{by}"}
    return event


async def test_somebody_known_by_id_gets_the_platforms_name(program: Hark, platform: Platform) -> None:
    account = await connect(program)
    platform.people["p-mara"] = Author("p-mara", name="Mara Lind", avatar_url="https://cdn.example/m.png")
    await receive(program, account, body(nameless(1, "mara")))
    await ingest_pending(program)
    assert await fetch_profiles(program) == 1
    shown = (await facts(program, account, "conversation.changed"))[-1]
    assert (shown["customer_name"], shown["customer_avatar"]) == ("Mara Lind", "https://cdn.example/m.png")
    assert await fetch_profiles(program) == 0


async def test_who_has_a_name_is_not_asked_for(program: Hark, platform: Platform) -> None:
    account = await connect(program)
    await receive(program, account, body(dm(1, "Hello?")))
    await ingest_pending(program)
    assert await fetch_profiles(program) == 0
    assert platform.asked == []


async def test_a_profile_that_is_not_told_is_asked_for_once(program: Hark, platform: Platform) -> None:
    account = await connect(program)
    platform.people["p-mara"] = Rejected("2018218", "No profile.")
    await receive(program, account, body(nameless(1, "mara"), nameless(2, "jonas")))
    await ingest_pending(program)
    assert await fetch_profiles(program) == 2
    assert await fetch_profiles(program) == 0
    assert sorted(platform.asked) == ["p-jonas", "p-mara"]


async def test_reading_is_told_to_a_platform_that_shows_it(db: Database, tmp_path: Path) -> None:
    told: list[Any] = []

    async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
        told.append((action.ability, action.thread_key, action.target))

    adapter = msgspec.structs.replace(SANDBOX, perform=perform)
    hark = msgspec.structs.replace(compose(db, tmp_path), registry=Registry([adapter]))
    account = await connect(hark)
    await receive(hark, account, body(dm(1, "Hello?"), dm(2, "Anybody?", at=10)))
    await ingest_pending(hark)
    case = await db.pool.fetchval("SELECT id FROM conversation")
    actor = Actor("system", None, account.workspace_id, "Hark", frozenset())
    await tell_seen(hark, actor, case)
    assert told == [(Ability.MARK_READ, "p-mara", "m2")]
    await tell_seen(hark, actor, account.account_id)
    assert len(told) == 1
    await hark.http.aclose()


async def test_a_platform_that_does_not_answer_keeps_the_look_at_others_short(
    db: Database, tmp_path: Path, platform: Platform
) -> None:
    asked: list[str] = []

    async def silent(account: Account, http: GuardedHttp) -> Health:
        asked.append(account.platform_account_id)
        raise TryAgain("timeout", "No answer in time.")

    well = msgspec.structs.replace(SANDBOX, check=platform.check, subscribe=platform.subscribe)
    manifest = msgspec.structs.replace(SANDBOX.manifest, platform="deadnet")
    dead = msgspec.structs.replace(SANDBOX, manifest=manifest, check=silent)
    hark = msgspec.structs.replace(compose(db, tmp_path), registry=Registry([dead, well]))
    first = await connect(hark)
    for number in range(40):
        await connect(hark, "deadnet", f"dead {number}", workspace_id=first.workspace_id)
    looked = {each.account_id: each for each in await look_after_accounts(hark)}
    assert looked[first.account_id].ok
    assert len(looked) == 41
    assert 8 <= len(asked) <= 16, "those that were under way, and none after them"
    await hark.http.aclose()
