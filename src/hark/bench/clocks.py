"""SLA clocks at scale: 100,000 that fall due within one minute, and what a changed policy would do to as many open conversations."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from time import perf_counter
from uuid import UUID

import msgspec

from hark.bench.made import MadeAccount
from hark.bench.report import Figure, at_most, noted
from hark.bench.running_clock import RunningClock
from hark.flows import sla
from hark.flows.context import Hark
from hark.flows.rollout import apply_saved
from hark.flows.sla_preview import PreviewRequest, preview_change
from hark.flows.ticking import clocks_loop
from hark.infra.db import Connection
from hark.journal import record
from hark.sla.drafts import CalendarDraft, PolicyDraft, SlaPolicy
from hark.sla.policies import Condition, Targets
from hark.sla.spec import CalendarSpec, Opening
from hark.workspaces.rights import system_actor

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE = CalendarSpec("Europe/Berlin", tuple(Opening(day, "08:00", "20:00") for day in DAYS))  # type: ignore[arg-type]
MINUTES = 60

# Open conversations whose customers all wrote within one minute, some of them twice.
_CASES = """
    INSERT INTO conversation (workspace_id, id, number, account_id, platform, source, thread_key, status, status_at, priority,
                              last_message_at, last_inbound_at, waiting_since, created_at, updated_at)
    SELECT $1, uuidv7(), n, $2, 'sandbox', (ARRAY['dm', 'comment', 'mention', 'review'])[1 + n % 4], 'clock' || n, 'open', at, n % 4,
           at, at, at, at, at
    FROM generate_series(1, $3::int) n, LATERAL (SELECT $4::timestamptz + make_interval(secs => 60.0 * n / $3) AS at) a
"""
_MESSAGES = """
    INSERT INTO message (workspace_id, id, conversation_id, account_id, direction, content, content_type, sender_type, sender_name,
                         platform_message_id, "timestamp", created_at, updated_at)
    SELECT workspace_id, uuidv7(), id, account_id, 'inbound', 'Where is my order?', 'text', 'customer', 'Customer',
           'clock:' || number, last_message_at, last_message_at, last_message_at
    FROM conversation WHERE workspace_id = $1
"""


async def bench(hark: Hark, account: MadeAccount, count: int) -> list[Figure]:
    """`count` clocks, each with one breach, due within a minute that begins while the loop is asleep."""
    clock = RunningClock(hark.clock())
    hark = msgspec.structs.replace(hark, clock=clock)
    asked_at = clock() - timedelta(hours=1)
    async with hark.db.pool.acquire() as connection:
        await _seed(connection, account, count, asked_at - timedelta(days=1))
    figures = await _previews(hark, account, count)
    figures += await _notices(hark, account, count)
    return figures


async def _seed(connection: Connection, account: MadeAccount, count: int, at: datetime) -> None:
    workspace = account.workspace_id
    await connection.execute(_CASES, workspace, account.account_id, count, at, timeout=600)
    await connection.execute(_MESSAGES, workspace, timeout=600)
    for table in ("conversation", "message"):
        await connection.execute(f"VACUUM (ANALYZE) {table}", timeout=600)


async def _previews(hark: Hark, account: MadeAccount, count: int) -> list[Figure]:
    calendar = await _calendar(hark, account.workspace_id)
    due_in = timedelta(days=1, hours=1, minutes=3)  # the minute of the breaches begins some minutes from now
    draft = _draft(int(due_in / timedelta(minutes=1)), None)
    begun = perf_counter()
    found = await preview_change(hark, account.workspace_id, PreviewRequest(policy=draft))
    first = perf_counter() - begun
    saved = await _save(hark, account.workspace_id, draft)
    begun, longest = perf_counter(), 0.0
    while True:
        began = perf_counter()
        if await apply_saved(hark) < 0:
            break
        longest = max(longest, perf_counter() - began)
    applied = perf_counter() - begun
    by_office = PreviewRequest(policy=_draft(90, calendar, by_priority=True), policy_id=saved.id)
    begun = perf_counter()
    edited = await preview_change(hark, account.workspace_id, by_office)
    took = perf_counter() - begun
    return [
        noted("open conversations", f"{found.open:,}"),
        at_most("preview of a first policy", first, 5, " s"),
        at_most(f"preview of edited targets and hours ({edited.changed:,} change)", took, 5, " s"),
        noted("applied to them in the background", f"{count / applied:,.0f}/s"),
        at_most("longest transaction of it", longest, 1, " s"),
    ]


async def _notices(hark: Hark, account: MadeAccount, count: int) -> list[Figure]:
    """The clock is set a second before the first breach, and runs."""
    [(first, last)] = await hark.db.pool.fetch(
        "SELECT min(due_at), max(due_at) FROM sla_clock WHERE workspace_id = $1 AND state = 'running'",
        account.workspace_id,
    )
    hark.clock.set(first - timedelta(seconds=1))  # type: ignore[attr-defined]
    stop = asyncio.Event()
    begun = perf_counter()
    loop = asyncio.create_task(clocks_loop(hark, stop))
    while await _told(hark, account.workspace_id) < count and perf_counter() - begun < 300:
        await asyncio.sleep(1)
    stop.set()
    await loop
    rows = await hark.db.pool.fetch(
        """
        SELECT count(*), count(DISTINCT conversation_id), max(extract(epoch FROM created_at - "timestamp")),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM created_at - "timestamp"))
        FROM message WHERE workspace_id = $1 AND content_type = 'sla_breached'
        """,
        account.workspace_id,
        timeout=60,
    )
    lines, cases, latest, median = rows[0]
    facts = await hark.db.pool.fetchval(
        "SELECT count(*) FROM fact WHERE workspace_id = $1 AND kind = 'clock.changed' AND body LIKE $2",
        account.workspace_id,
        b'%"happening":"breached"%',
        timeout=60,
    )
    return [
        noted("clocks due within", f"{(last - first).total_seconds():.0f} s"),
        noted("notices late, median", f"{float(median or 0):.1f} s"),
        at_most("latest notice", float(latest or 1e9), 30, " s"),
        at_most(
            "notices missing or doubled", abs(count - lines) + abs(count - cases) + abs(count - facts), 1
        ),
    ]


async def _told(hark: Hark, workspace_id: UUID) -> int:
    found: int = await hark.db.pool.fetchval(
        "SELECT count(*) FROM sla_clock WHERE workspace_id = $1 AND breached_at IS NOT NULL", workspace_id
    )
    return found


def _draft(minutes: int, calendar_id: UUID | None, *, by_priority: bool = False) -> PolicyDraft:
    targets = [Targets(first_response=minutes)]
    if by_priority:
        targets += [
            Targets(priority="urgent", first_response=15),
            Targets(source="review", first_response=480),
        ]
    conditions = (Condition("priority", "any_of", ("low", "medium", "high", "urgent")),)
    return PolicyDraft("Bench", tuple(targets), conditions, calendar_id=calendar_id, warn_at_percent=None)


async def _save(hark: Hark, workspace_id: UUID, draft: PolicyDraft) -> SlaPolicy:
    async with hark.db.transaction() as connection:
        saved, facts = await sla.create_policy(connection, system_actor(workspace_id), draft, hark.clock())
        await record(connection, workspace_id, facts)
    return saved


async def _calendar(hark: Hark, workspace_id: UUID) -> UUID:
    async with hark.db.transaction() as connection:
        draft = CalendarDraft("Office", OFFICE)
        saved, _ = await sla.create_calendar(connection, system_actor(workspace_id), draft, hark.clock())
    return saved.id
