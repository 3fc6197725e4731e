"""Rules at work in tests: making them, letting them run, and reading what they did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hark.automation import keep, repository
from hark.automation.models import Action, EventName, Rule, RuleCondition, RuleDraft, RuleGroup, RuleRun
from hark.flows.automation.known import load_known
from hark.flows.automation.timed import enqueue_due
from hark.flows.automation.work import work_off
from hark.workspaces.rights import system_actor
from tests.support.desk import Desk

END = datetime(9999, 1, 1, tzinfo=UTC)
LAST = UUID(int=(1 << 128) - 1)


def when(field: str, operator: str, value: Any = None) -> RuleCondition:
    return RuleCondition(field, operator, value)


async def rule(
    desk: Desk,
    event: EventName,
    actions: Sequence[Action],
    *conditions: RuleCondition | RuleGroup,
    name: str = "A rule",
    **given: Any,
) -> Rule:
    draft = RuleDraft(name, event, list(actions), RuleGroup("all", list(conditions)), **given)
    actor = system_actor(desk.account.workspace_id)
    async with desk.hark.db.transaction() as connection:
        known = await load_known(desk.hark, connection, actor.workspace_id)
        return await keep.create_rule(connection, desk.hark.secrets, actor, draft, known, desk.clock())


async def run_rules(desk: Desk) -> int:
    """Until nothing is left to do; gives how many events there were."""
    total = 0
    while True:
        done = await enqueue_due(desk.hark) + await work_off(desk.hark)
        if not done:
            return total
        total += done


async def runs(desk: Desk, conversation: UUID) -> list[RuleRun]:
    """Oldest first."""
    async with desk.hark.db.connection() as connection:
        rows = await repository.RUNS_OF_CONVERSATION.all(
            connection, desk.account.workspace_id, conversation, END, LAST, 200
        )
    return rows[::-1]


async def queued(desk: Desk) -> int:
    async with desk.hark.db.connection() as connection:
        count: int = await repository.COUNT_EVENTS.value(connection)
    return count


async def tag(desk: Desk, *names: str) -> None:
    async with desk.hark.db.transaction() as connection:
        for name in names:
            await connection.execute(
                "INSERT INTO tag (workspace_id, id, name, created_at) VALUES ($1, gen_random_uuid(), $2, now())",
                desk.account.workspace_id,
                name,
            )


async def notes(desk: Desk, case: UUID) -> list[str]:
    rows = await desk.rows(
        "SELECT content FROM message WHERE kind = 'note' AND conversation_id = $1 ORDER BY arrival", case
    )
    return [row[0] for row in rows]


def told(found: Sequence[RuleRun]) -> list[tuple[int, str, str | None]]:
    """By depth: with a clock that stands still, the log has no order of its own."""
    return sorted((each.depth, each.outcome, each.reason) for each in found)
