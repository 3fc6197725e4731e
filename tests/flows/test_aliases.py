"""One person under several ids: whichever was known first stays, whatever comes in which order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from uuid import UUID

import pytest

from hark.customers.aliases import settle
from hark.customers.models import PersonKey
from hark.infra.db import Database

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHOP, OTHER = UUID(int=1), UUID(int=2)
ACCOUNT, ANOTHER = UUID(int=3), UUID(int=4)


def names(*ids: str, workspace: UUID = SHOP, account: UUID = ACCOUNT) -> tuple[PersonKey, ...]:
    return tuple((workspace, "pigeonpost", str(account), each) for each in ids)


async def settled(db: Database, *people: tuple[PersonKey, ...]) -> dict[str, str]:
    async with db.transaction() as connection:
        found = await settle(connection, people, NOW)
    return {key[3]: value[3] for key, value in found.items()}


async def known(db: Database, user_id: str) -> None:
    """There is a conversation with somebody under this id."""
    await db.pool.execute(
        """
        INSERT INTO conversation (workspace_id, id, number, account_id, platform, source, thread_key, status, status_at,
                                  last_message_at, created_at, updated_at)
        VALUES ($1, gen_random_uuid(), (SELECT count(*) + 1 FROM conversation), $2, 'pigeonpost', 'dm', $3, 'open',
                $4, $4, $4, $4)
        """,
        SHOP,
        ACCOUNT,
        user_id,
        NOW,
    )


async def test_nobody_costs_nothing(db: Database) -> None:
    assert await settled(db) == {}


async def test_a_person_with_one_id_keeps_it(db: Database) -> None:
    assert await settled(db, names("number")) == {"number": "number"}
    assert await db.pool.fetchval("SELECT count(*) FROM identity_alias") == 0


async def test_the_id_that_an_event_uses_stays_where_nobody_is_known(db: Database) -> None:
    assert await settled(db, names("number", "user")) == {"number": "number", "user": "number"}
    assert await settled(db, names("user")) == {"user": "number"}


async def test_an_id_under_which_somebody_is_known_stays(db: Database) -> None:
    await known(db, "user")
    assert await settled(db, names("number", "user")) == {"number": "user", "user": "user"}
    assert await settled(db, names("number")) == {"number": "user"}


async def test_where_both_are_known_the_one_that_is_used_stays(db: Database) -> None:
    await known(db, "user")
    await known(db, "number")
    assert await settled(db, names("number", "user")) == {"number": "number", "user": "number"}


async def test_a_third_id_joins_the_two(db: Database) -> None:
    await settled(db, names("number", "user"))
    assert (await settled(db, names("new number", "user")))["new number"] == "number"
    assert await settled(db, names("new number")) == {"new number": "number"}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_one_batch_in_any_order_gives_one_person(db: Database, order: tuple[int, ...]) -> None:
    told = [names("user"), names("number", "user"), names("number")]
    found = await settled(db, *(told[place] for place in order))
    assert set(found.values()) == {"number"}


async def test_workspaces_and_accounts_know_nothing_of_one_another(db: Database) -> None:
    await settled(db, names("number", "user"))
    assert await settled(db, names("user", workspace=OTHER)) == {"user": "user"}
    assert await settled(db, names("user", account=ANOTHER)) == {"user": "user"}
