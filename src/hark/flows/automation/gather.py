"""What rules and events need to be judged: rules of workspaces, what is known of conversations, which calendars are open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.automation import repository
from hark.automation.decide import Candidate, Facts
from hark.automation.facts import Surroundings, facts_of
from hark.automation.keep import rule_of
from hark.automation.models import EventRow, Rule, RuleDraft, Stop
from hark.inbox.languages import detect_language
from hark.infra.db import Connection, columns
from hark.sla import repository as sla
from hark.sla.calendar import Calendar, remembered_calendar
from hark.sla.deadlines import is_open
from hark.sla.spec import CalendarSpec


class Known(msgspec.Struct, frozen=True):
    """An event's facts, and the row that they are from."""

    facts: Facts
    row: Surroundings


def candidate(rule: Rule | RuleDraft, rule_id: UUID) -> Candidate:
    stops = rule.stop or any(isinstance(action, Stop) for action in rule.actions)
    return Candidate(rule_id, rule.name, rule.event, rule.conditions, stops)


async def load_rules(connection: Connection, workspaces: Iterable[UUID]) -> dict[UUID, list[Rule]]:
    """The rules that are switched on, in their order."""
    found: dict[UUID, list[Rule]] = defaultdict(list)
    for row in await repository.ENABLED_RULES.all(connection, sorted(set(workspaces), key=str)):
        found[row.workspace_id].append(rule_of(row))
    return found


async def gather(connection: Connection, events: Sequence[EventRow], now: datetime) -> dict[int, Known]:
    """By event id; without those whose conversation is gone."""
    places = {(each.workspace_id, each.conversation_id, each.message_id): each for each in events}
    rows = await repository.GATHER.all(connection, *columns(list(places), 3))
    known: dict[tuple[UUID, UUID], list[Surroundings]] = defaultdict(list)
    for row in rows:
        known[row.workspace_id, row.conversation_id].append(row)
    calendars = {
        each: await open_calendars(connection, each, now) for each in {row.workspace_id for row in rows}
    }
    found: dict[int, Known] = {}
    for event in events:
        place = known[event.workspace_id, event.conversation_id]
        if place:
            shown = with_language(_row_of(event, place))
            facts = facts_of(shown, event.detail, calendars[shown.workspace_id], now)
            found[event.id] = Known(facts, shown)
    return found


def _row_of(event: EventRow, rows: Sequence[Surroundings]) -> Surroundings:
    return next((row for row in rows if row.message_id == event.message_id), rows[0])


def with_language(row: Surroundings) -> Surroundings:
    """The conversation's language is found right after the message came; rules may be faster."""
    if row.language is not None or not row.message_text:
        return row
    return msgspec.structs.replace(row, language=detect_language(row.message_text).language)


async def calendars_of(connection: Connection, workspace_id: UUID) -> dict[str, Calendar]:
    found = await sla.CALENDARS.all(connection, workspace_id)
    return {
        str(each.id): remembered_calendar(f"{each.id}/{each.version}", _spec(each.spec)) for each in found
    }


def _spec(given: Any) -> Any:
    return lambda: given if isinstance(given, CalendarSpec) else msgspec.convert(given, CalendarSpec)


async def open_calendars(connection: Connection, workspace_id: UUID, now: datetime) -> dict[str, bool]:
    found = await calendars_of(connection, workspace_id)
    return {key: is_open(calendar, now) for key, calendar in found.items()}
