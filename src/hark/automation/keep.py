"""Making, changing, ordering and removing rules. Every change is in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark.automation import repository
from hark.automation.checks import Known, check_rule, secrets_given, warnings_of, without_secrets
from hark.automation.models import Action, Rule, RuleDraft, RuleGroup, RuleRow
from hark.infra.db import Connection
from hark.infra.secrets import SecretBox
from hark.kernel.errors import Conflict, Invalid, NotFound
from hark.kernel.ids import new_id
from hark.workspaces import audit
from hark.workspaces.rights import Actor

MOST_RULES = 200
COUNTED = timedelta(days=7)


def rule_of(row: RuleRow) -> Rule:
    return Rule(
        row.id,
        row.position,
        row.name,
        row.event,
        row.after_s,
        row.enabled,
        msgspec.convert(row.conditions, RuleGroup),
        msgspec.convert(row.actions, list[Action]),
        row.stop,
        row.created_at,
        row.updated_at,
        row.runs,
        row.last_run_at,
    )


def draft_of(rule: Rule) -> RuleDraft:
    return RuleDraft(
        rule.name, rule.event, rule.actions, rule.conditions, rule.after_s, rule.enabled, rule.stop
    )


async def list_rules(connection: Connection, workspace_id: UUID, now: datetime) -> list[Rule]:
    """All, in their order, with their warnings."""
    rows = await repository.LIST_RULES.all(connection, workspace_id, now - COUNTED)
    rules = [rule_of(row) for row in rows]
    return [_warned(rule, rules) for rule in rules]


async def load_rule(connection: Connection, workspace_id: UUID, rule_id: UUID, now: datetime) -> Rule:
    rules = await list_rules(connection, workspace_id, now)
    found = next((rule for rule in rules if rule.id == rule_id), None)
    if found is None:
        raise NotFound("There is no such rule.")
    return found


async def create_rule(
    connection: Connection, secrets: SecretBox, actor: Actor, draft: RuleDraft, known: Known, now: datetime
) -> Rule:
    """At the end of the order. Raises Invalid by field path, Conflict when there are too many."""
    check_rule(draft, known)
    place = actor.workspace_id
    if await repository.COUNT_RULES.value(connection, place) >= MOST_RULES:
        raise Conflict(f"A workspace has at most {MOST_RULES} rules.", code="too_many_rules")
    rule_id = new_id(now)
    position: int = await repository.NEXT_POSITION.value(connection, place)
    await repository.INSERT_RULE.run(
        connection, place, rule_id, position, *_columns(draft), _sealed(secrets, draft, {}), now
    )
    await audit.note(connection, actor, "rule.created", now, subject=str(rule_id), name=draft.name)
    return await load_rule(connection, place, rule_id, now)


async def change_rule(
    connection: Connection,
    secrets: SecretBox,
    actor: Actor,
    rule_id: UUID,
    draft: RuleDraft,
    known: Known,
    now: datetime,
) -> Rule:
    """The whole rule anew. Secrets that are not given stay."""
    row = await find_row(connection, actor.workspace_id, rule_id, now)
    kept = kept_secrets(secrets, row)
    check_rule(draft, msgspec.structs.replace(known, secrets=frozenset(kept)))
    await repository.UPDATE_RULE.run(
        connection, actor.workspace_id, rule_id, *_columns(draft), _sealed(secrets, draft, kept), now
    )
    await audit.note(connection, actor, "rule.changed", now, subject=str(rule_id), name=draft.name)
    return await load_rule(connection, actor.workspace_id, rule_id, now)


async def enable_rule(
    connection: Connection, actor: Actor, rule_id: UUID, enabled: bool, now: datetime
) -> Rule:
    if not await repository.ENABLE_RULE.run(connection, actor.workspace_id, rule_id, enabled, now):
        raise NotFound("There is no such rule.")
    await audit.note(
        connection, actor, "rule.enabled" if enabled else "rule.disabled", now, subject=str(rule_id)
    )
    return await load_rule(connection, actor.workspace_id, rule_id, now)


async def remove_rule(connection: Connection, actor: Actor, rule_id: UUID, now: datetime) -> None:
    """Its log stays until its time is over."""
    if not await repository.DELETE_RULE.run(connection, actor.workspace_id, rule_id):
        raise NotFound("There is no such rule.")
    await audit.note(connection, actor, "rule.removed", now, subject=str(rule_id))


async def order_rules(connection: Connection, actor: Actor, ids: Sequence[UUID], now: datetime) -> list[Rule]:
    """`ids`: all rules, in the order in which they are to look at an event."""
    present = {rule.id for rule in await list_rules(connection, actor.workspace_id, now)}
    if set(ids) != present or len(ids) != len(present):
        raise Invalid(
            "The order names every rule once.", fields={"ids": "has to name every rule exactly once"}
        )
    await repository.ORDER_RULES.run(connection, actor.workspace_id, list(ids))
    await audit.note(connection, actor, "rules.ordered", now)
    return await list_rules(connection, actor.workspace_id, now)


async def find_row(connection: Connection, workspace_id: UUID, rule_id: UUID, now: datetime) -> RuleRow:
    row = await repository.FIND_RULE.find(connection, workspace_id, now - COUNTED, rule_id)
    if row is None:
        raise NotFound("There is no such rule.")
    return row


def kept_secrets(secrets: SecretBox, row: RuleRow) -> dict[str, str]:
    if row.secrets is None:
        return {}
    return {url: secret.reveal() for url, secret in secrets.open(row.secrets).items()}


async def gather_known(
    connection: Connection, workspace_id: UUID, platforms: Sequence[str], *, private_addresses: bool
) -> Known:
    """What the workspace has, for checking; the SLA's policies and calendars are filled in by the flow."""
    return Known(
        agents=await _ids(connection, repository.KNOWN_AGENTS, workspace_id),
        teams=await _ids(connection, repository.KNOWN_TEAMS, workspace_id),
        accounts=await _ids(connection, repository.KNOWN_ACCOUNTS, workspace_id),
        tags=await _ids(connection, repository.KNOWN_TAGS, workspace_id),
        platforms=frozenset(platforms),
        private_addresses=private_addresses,
    )


async def _ids(connection: Connection, statement: repository.Listing, workspace_id: UUID) -> frozenset[str]:
    return frozenset(str(row[0]) for row in await statement.all(connection, workspace_id))


def _warned(rule: Rule, rules: Sequence[Rule]) -> Rule:
    return msgspec.structs.replace(rule, warnings=warnings_of(draft_of(rule), rule.id, rules))


def _columns(draft: RuleDraft) -> tuple[object, ...]:
    return (
        draft.name.strip(),
        draft.event,
        draft.after_s,
        draft.enabled,
        msgspec.to_builtins(draft.conditions),
        msgspec.to_builtins(without_secrets(draft.actions)),
        draft.stop,
    )


def _sealed(secrets: SecretBox, draft: RuleDraft, kept: dict[str, str]) -> bytes | None:
    found = secrets_given(draft, kept)
    return secrets.seal(found) if found else None
