"""Lists give what was asked for, page after page without gaps or repeats, and read only what they show."""

from __future__ import annotations

import asyncio
import itertools
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from hark.inbox.listing import repository
from hark.inbox.listing.conversations import AFTER_ALL, BEFORE_ALL, list_conversations
from hark.inbox.listing.filters import ALL_STATUSES, Filters, leading_filter, values_of
from hark.inbox.listing.search import search_conversations, words_query
from hark.inbox.models import Conversation
from hark.infra.db import Connection, Database, Statement
from hark.kernel.clock import utc_now
from hark.kernel.ids import new_id
from tests.support.many import seed_many
from tests.support.people import Office

COUNT = 20_000
BIG = ("conversation", "message", "customer", "conversation_tag", "identity")


def md5_id(kind: str, number: int, workspace: UUID) -> UUID:
    import hashlib

    return UUID(hashlib.md5(f"{kind}{number}{workspace}".encode()).hexdigest())


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *itertools.chain.from_iterable(nodes(child) for child in plan.get("Plans", []))]


async def explain(connection: Connection, statement: Statement[Any], *values: Any) -> list[dict[str, Any]]:
    [[raw]] = await connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {statement.text}", *values)
    return nodes(msgspec.json.decode(raw)[0]["Plan"])


def check_reads_its_page(plan: list[dict[str, Any]], most: int) -> None:
    """No table is read through, nothing is sorted that is longer than a few pages, no index walk goes far."""
    for node in plan:
        assert not (node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG), node
        if node["Node Type"] in {"Sort", "Incremental Sort"}:
            assert node["Plans"][0]["Actual Rows"] <= most, node
        if "Relation Name" in node and node["Relation Name"] in BIG:
            walked = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            assert walked <= most, node


@pytest.fixture(scope="module")
def big_url(postgres: Any) -> Any:
    """A database with many conversations, made once for this module."""
    url = asyncio.run(postgres.create())
    asyncio.run(_fill(url))
    yield url
    asyncio.run(postgres.drop(url))


WORKSPACE = new_id(utc_now())


async def _fill(url: str) -> None:
    db = await Database.connect(url, min_size=1, max_size=2, timeout=120)
    await seed_many(db, WORKSPACE, COUNT)
    await db.close()


@pytest.fixture
async def big(big_url: str) -> Any:
    db = await Database.connect(big_url, min_size=1, max_size=4, timeout=60)
    yield db
    await db.close(patience=1)


SOMEBODY = md5_id("u", 7, WORKSPACE)
SHAPES: dict[str, Filters] = {
    "all": Filters(),
    "assignee": Filters(assignee=SOMEBODY),
    "unassigned": Filters(unassigned=True),
    "account": Filters(account=md5_id("a", 3, WORKSPACE)),
    "platform": Filters(platform="sandbox"),
    "source": Filters(source="review"),
    "priority": Filters(priority="urgent"),
    "unread": Filters(unread=True),
    "tag": Filters(tag="vip"),
    "customer": Filters(customer=md5_id("p", 9, WORKSPACE)),
    "waiting": Filters(sort="waiting"),
}


def statement_of(filters: Filters, several: bool) -> Statement[Conversation]:
    if filters.sort == "waiting":
        return repository.WAITING_SEVERAL if several else repository.WAITING
    return (repository.NEWEST_SEVERAL if several else repository.NEWEST)[leading_filter(filters)]


@pytest.mark.parametrize("deep", [False, True], ids=["first", "deep"])
@pytest.mark.parametrize("statuses", [("open",), ALL_STATUSES], ids=["one status", "all statuses"])
@pytest.mark.parametrize("shape", sorted(SHAPES))
async def test_every_list_reads_only_its_page(
    big: Database, shape: str, statuses: tuple[str, ...], deep: bool
) -> None:
    filters = SHAPES[shape]
    start = BEFORE_ALL if filters.sort == "waiting" else AFTER_ALL
    if deep:
        start = (datetime.fromisoformat("2026-01-05T00:00:00Z"), UUID(int=0))
    values = (WORKSPACE, list(statuses), *start, 51, *values_of(filters))
    statement = statement_of(filters, len(statuses) > 1)
    async with big.connection() as connection:
        for mode in ("force_custom_plan", "force_generic_plan"):
            async with connection.transaction():
                await connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
                plan = await explain(connection, statement, *values)
                check_reads_its_page(plan, most=51 * len(statuses) + 60)


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("shape", sorted(SHAPES))
async def test_pages_add_up_to_exactly_what_matches(big: Database, shape: str, several: bool) -> None:
    filters = msgspec.structs.replace(SHAPES[shape], statuses=("open", "pending") if several else ("open",))
    found: list[Conversation] = []
    after = None
    async with big.connection() as connection:
        while True:
            page = await list_conversations(connection, WORKSPACE, filters, 200, after)
            found += page.items
            after = page.next
            if after is None or len(found) >= 1200:
                break
        expected = await _expected(connection, filters, len(found))
    assert [each.id for each in found] == expected
    assert found


async def _expected(connection: Connection, filters: Filters, limit: int) -> list[UUID]:
    """The same list by the plainest query there is."""
    order = "waiting_since, id" if filters.sort == "waiting" else "last_message_at DESC, id DESC"
    narrowed = "AND waiting_since IS NOT NULL" if filters.sort == "waiting" else ""
    rows = await connection.fetch(
        f"""
        SELECT id FROM conversation
        WHERE workspace_id = $1 AND status = ANY ($2) AND ($3::uuid IS NULL OR assigned_to = $3)
          AND (NOT $4::bool OR assigned_to IS NULL) AND ($5::uuid IS NULL OR account_id = $5)
          AND ($6::text IS NULL OR platform = $6) AND ($7::text IS NULL OR source = $7)
          AND ($8::smallint IS NULL OR priority = $8) AND (NOT $9::bool OR unread_count > 0)
          AND ($10::text IS NULL OR $10 = ANY (tags)) AND ($11::uuid IS NULL OR customer_id = $11) {narrowed}
        ORDER BY {order} LIMIT $12
        """,
        WORKSPACE,
        list(filters.statuses),
        *values_of(filters),
        limit,
    )
    return [row[0] for row in rows]


async def test_filters_narrow_together(big: Database) -> None:
    filters = Filters(
        statuses=("open",), unassigned=True, platform="sandbox", priority="low", unread=True, source="dm"
    )
    async with big.connection() as connection:
        page = await list_conversations(connection, WORKSPACE, filters, 100, None)
        assert [each.id for each in page.items] == await _expected(connection, filters, 100)
    assert page.items


async def test_search_finds_words_beginnings_names_and_numbers(big: Database) -> None:
    async def numbers(text: str, filters: Filters = Filters()) -> list[int]:  # noqa: B008
        async with big.transaction() as connection:
            page = await search_conversations(connection, WORKSPACE, text, filters, 50, None)
        return [each.number for each in page.items]

    assert await numbers("aardvark") == list(range(20_000, 0, -1000))
    assert await numbers("AARDV") == list(range(20_000, 0, -1000))
    assert await numbers("aardvark 3000") == [3000]
    assert await numbers("#777") == [777]
    assert await numbers("aardvark", Filters(statuses=("pending",))) == [
        n for n in range(20_000, 0, -1000) if n % 6 == 3
    ]
    assert len(await numbers("zebulon")) > 0
    assert await numbers("no such words") == []
    assert await numbers("!?&|:*'\\") == []


@pytest.mark.parametrize("text", ["aardvark", "hello", "zebulon"])
async def test_search_does_not_read_tables_through(big: Database, text: str) -> None:
    values = (WORKSPACE, list(ALL_STATUSES), *AFTER_ALL, 51, *values_of(Filters()), words_query(text), None)
    async with big.transaction() as connection:
        await repository.PLAN_ANEW.run(connection)
        plan = await explain(connection, repository.SEARCH, *values)
    scanned = [
        node for node in plan if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "message"
    ]
    assert scanned == []


async def test_search_pages_add_up(big: Database) -> None:
    found: list[UUID] = []
    after = None
    while True:
        async with big.transaction() as connection:
            page = await search_conversations(connection, WORKSPACE, "hello", Filters(), 200, after)
        found += [each.id for each in page.items]
        after = page.next
        if after is None:
            break
    assert len(found) == len(set(found)) >= 1000


async def test_counts_stop_at_a_thousand(big: Database) -> None:
    async with big.connection() as connection:
        counts = await repository.COUNTS.one(connection, WORKSPACE, SOMEBODY)
        plan = await explain(connection, repository.COUNTS, WORKSPACE, SOMEBODY)
    assert (counts.open, counts.unassigned, counts.unread, counts.pending) == (1000, 1000, 1000, 1000)
    assert 0 < counts.mine < 1000
    assert [node for node in plan if node.get("Actual Rows", 0) > 1000] == []


async def test_a_list_of_customers_reads_only_its_page(big: Database) -> None:
    from hark.customers.directory import repository as customers

    async with big.connection() as connection:
        plan = await explain(connection, customers.LIST, WORKSPACE, "customer 2", UUID(int=0), 51)
        check_reads_its_page(plan, most=51)
        plan = await explain(
            connection, customers.SEARCH, WORKSPACE, "", UUID(int=0), 51, words_query("zebulon")
        )
        assert not [node for node in plan if node["Node Type"] == "Seq Scan"]


async def test_a_thread_is_read_page_by_page_backwards(office: Office) -> None:
    case = UUID(int=0)
    for index in range(12):
        case = await office.hear(f"message {index}")
    texts: list[str] = []
    before = None
    while True:
        page = await office.agent.get(f"/conversations/{case}/messages", limit=5, before=before)
        texts = [message["content"] for message in page["items"]] + texts
        before = page["before"]
        if before is None:
            break
    assert texts == [f"message {index}" for index in range(12)]


async def test_a_page_of_messages_takes_the_same_number_of_statements_whatever_it_holds(
    office: Office,
) -> None:
    case = await office.hear("first")
    for index in range(5):
        await office.hear(
            f"picture {index}", media=[{"kind": "image", "url": f"http://127.0.0.1:9/{index}.png"}]
        )
    seen: list[str] = []

    def log(record: Any) -> None:
        seen.append(record.query)

    async with office.hark.db.connection() as connection:
        connection.add_query_logger(log)
        from hark.inbox.listing.messages import list_messages

        page = await list_messages(connection, office.workspace_id, case, 50, None)
        connection.remove_query_logger(log)
    assert sum(len(message.attachments) for message in page.items) == 5
    assert len(seen) == 2


async def test_an_unknown_conversation_has_no_messages_but_a_problem(office: Office) -> None:
    answer = await office.agent.call("GET", f"/conversations/{uuid4()}/messages")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("hello", "'hello':*"),
        ("Hello  wörld!", "'Hello' & 'wörld':*"),
        ("it's", "'it' & 's':*"),
        ("'; DROP TABLE message; --", "'DROP' & 'TABLE' & 'message':*"),
        ("", ""),
        ("🎉 !!", ""),
        ("a & b | !c:*", "'a' & 'b' & 'c':*"),
    ],
)
def test_a_query_is_only_words(text: str, query: str) -> None:
    assert words_query(text) == query
