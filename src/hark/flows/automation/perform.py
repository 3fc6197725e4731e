"""One rule's actions on one conversation, in the caller's transaction. Each goes the way that a person's doing would go, and each
on its own: one that is refused leaves the others be, and says why in the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from hark.automation import repository
from hark.automation.facts import Surroundings
from hark.automation.models import (
    Action,
    ActionResult,
    AddNote,
    AddTags,
    Assign,
    AssignTeam,
    AutomaticReply,
    Close,
    Moderate,
    Notify,
    RemoveTags,
    Rule,
    RuleGroup,
    SetPriority,
    SetSlaPolicy,
    SetStatus,
    Snooze,
    Stop,
    Webhook,
)
from hark.automation.texts import choose, fill
from hark.flows.automation.gather import calendars_of
from hark.flows.context import Hark
from hark.flows.handover import transfer
from hark.flows.reply import ReplyDraft, queue_reply
from hark.flows.sla import load_policy
from hark.inbox.changes import Change, add_note, change_conversation
from hark.inbox.changes.change import tell
from hark.inbox.changes.entries import Entry, add_entries
from hark.infra.db import Connection
from hark.journal import Fact
from hark.kernel.errors import HarkError, Unavailable
from hark.kernel.ids import new_id
from hark.sla import repository as sla
from hark.sla.calendar import Calendar, NoOpening
from hark.sla.deadlines import next_opening
from hark.sla.zones import zone
from hark.workspaces.founding import load_workspace
from hark.workspaces.rights import Actor, system_actor


class Doing(msgspec.Struct):
    """A run in progress. `facts` are for the caller to record; `replied`: something waits to be delivered."""

    hark: Hark
    connection: Connection
    rule: Rule
    run_id: UUID
    event_id: int
    row: Surroundings
    chain: list[UUID]
    now: datetime
    facts: list[Fact] = []
    replied: bool = False
    tasks: bool = False

    @property
    def actor(self) -> Actor:
        return system_actor(self.row.workspace_id, self.rule.name)

    @property
    def place(self) -> tuple[UUID, UUID]:
        return self.row.workspace_id, self.row.conversation_id


async def perform(doing: Doing, action: Action, number: int) -> ActionResult:
    """What became of it. Raises only what makes the whole run come again: the database is away, or gave way to another."""
    kind = str(action.__struct_config__.tag)
    try:
        async with doing.connection.transaction():
            state, code, detail = await _WAYS[type(action)](doing, action, number)
        return ActionResult(kind, state, code, detail)
    except Unavailable:
        raise
    except HarkError as error:
        return ActionResult(kind, "failed", error.code, error.detail)


Outcome = tuple[Any, str | None, str | None]
DONE: Outcome = ("done", None, None)
UNCHANGED: Outcome = ("unchanged", None, None)


async def _change(doing: Doing, change: Change) -> Outcome:
    _, facts = await change_conversation(
        doing.connection, doing.actor, doing.row.conversation_id, change, doing.now
    )
    doing.facts += facts
    return DONE if facts else UNCHANGED


async def _assign(doing: Doing, action: Assign, number: int) -> Outcome:
    return await _change(doing, Change(assigned_to=action.agent_id))


async def _assign_team(doing: Doing, action: AssignTeam, number: int) -> Outcome:
    """Into the team's queue, as a transfer does. The word that a workspace may ask for is the rule's name."""
    if await repository.TEAM_OF.value(doing.connection, *doing.place) == action.team_id:
        return UNCHANGED
    settings = (await load_workspace(doing.connection, doing.row.workspace_id)).settings
    note = doing.rule.name if settings.transfer_note == "required" else ""
    _, facts = await transfer(
        doing.connection, doing.actor, doing.row.conversation_id, action.team_id, note, doing.now
    )
    doing.facts += facts
    return DONE


async def _set_status(doing: Doing, action: SetStatus, number: int) -> Outcome:
    return await _change(doing, Change(status=action.status))


async def _close(doing: Doing, action: Close, number: int) -> Outcome:
    return await _change(doing, Change(status="closed"))


async def _set_priority(doing: Doing, action: SetPriority, number: int) -> Outcome:
    return await _change(doing, Change(priority=action.priority))


async def _add_tags(doing: Doing, action: AddTags, number: int) -> Outcome:
    held: list[str] = await repository.TAGS_OF.value(doing.connection, *doing.place)
    return await _change(doing, Change(tags=[*held, *action.tags]))


async def _remove_tags(doing: Doing, action: RemoveTags, number: int) -> Outcome:
    held: list[str] = await repository.TAGS_OF.value(doing.connection, *doing.place)
    gone = {tag.casefold() for tag in action.tags}
    return await _change(doing, Change(tags=[tag for tag in held if tag.casefold() not in gone]))


async def _snooze(doing: Doing, action: Snooze, number: int) -> Outcome:
    return await _change(doing, Change(snoozed_until=doing.now + timedelta(minutes=action.minutes)))


async def _add_note(doing: Doing, action: AddNote, number: int) -> Outcome:
    text = fill(action.text, await blanks(doing))
    _, facts = await add_note(doing.connection, doing.actor, doing.row.conversation_id, text, doing.now)
    doing.facts += facts
    return DONE


async def _notify(doing: Doing, action: Notify, number: int) -> Outcome:
    people = await _people(doing, action)
    if not people:
        return "skipped", "nobody", "There is nobody to tell."
    text = fill(action.text, await blanks(doing))
    await _add_line(doing, Entry(text, "rule_notified", {"to": [str(each) for each in people], "text": text}))
    return DONE


async def _people(doing: Doing, action: Notify) -> list[UUID]:
    if action.to == "assignee":
        return [doing.row.assigned_to] if doing.row.assigned_to else []
    if action.to == "people":
        return action.people
    return [row[0] for row in await repository.SUPERVISORS.all(doing.connection, doing.row.workspace_id)]


async def _add_line(doing: Doing, entry: Entry) -> None:
    row = doing.row
    added = await add_entries(
        doing.connection, doing.actor, row.conversation_id, row.account_id, "activity", [entry], doing.now
    )
    _, facts = await tell(doing.connection, doing.actor, row.conversation_id, added, doing.now)
    doing.facts += facts


async def _reply(doing: Doing, action: AutomaticReply, number: int) -> Outcome:
    """By no human: it stops no clock. The platform's rules are checked as for anybody."""
    held_back = await _held_back(doing, action)
    if held_back is not None:
        return held_back
    text = fill(
        choose(action.texts, doing.row.language or doing.row.customer_language, action.language),
        await blanks(doing),
    )
    await queue_reply(
        doing.hark,
        doing.connection,
        doing.actor,
        doing.row.conversation_id,
        ReplyDraft(content=text, by_human=False),
        f"rule:{doing.rule.id}:{doing.event_id}:{number}",
    )
    doing.replied = True
    return DONE


async def _held_back(doing: Doing, action: AutomaticReply) -> Outcome | None:
    if is_automatic(doing.row):
        return "skipped", "automatic", "What came in was written by a machine; machines are not answered."
    last: datetime | None = await repository.LAST_BOT_MESSAGE.value(doing.connection, *doing.place)
    if last is not None and doing.now - last < timedelta(minutes=action.every_minutes):
        said = f"There was an automatic reply less than {action.every_minutes} minutes ago."
        return "skipped", "too_soon", said
    return None


def is_automatic(row: Surroundings) -> bool:
    """Whether the message at hand calls itself a machine's."""
    told = row.message_metadata or {}
    return any(bool(told.get(name)) for name in ("automatic", "auto_reply", "bot", "from_bot"))


async def blanks(doing: Doing) -> dict[str, str]:
    """What the blanks of texts are filled with."""
    row = doing.row
    values = {
        "customer.name": row.customer_name,
        "customer.first_name": row.customer_name.split(" ")[0] if row.customer_name else "",
        "conversation.number": str(row.number),
        "account.name": row.account_name,
        "workspace.name": await repository.WORKSPACE_NAME.value(doing.connection, row.workspace_id) or "",
    }
    calendar = await _calendar(doing)
    if calendar is not None:
        try:
            opening = next_opening(calendar, doing.now).astimezone(zone(calendar.spec.zone))
            values["opens_at"] = f"{opening:%Y-%m-%d %H:%M}"
        except NoOpening:
            pass
    return values


async def _calendar(doing: Doing) -> Calendar | None:
    """The calendar that the rule asks about, for saying when it opens."""
    named = asked_calendar(doing.rule)
    return (await calendars_of(doing.connection, doing.row.workspace_id)).get(named) if named else None


def asked_calendar(rule: Rule) -> str | None:
    pending = [rule.conditions]
    while pending:
        for item in pending.pop().items:
            if isinstance(item, RuleGroup):
                pending.append(item)
            elif item.field == "business_hours":
                return str(item.value)
    return None


async def _set_sla_policy(doing: Doing, action: SetSlaPolicy, number: int) -> Outcome:
    """The clocks follow when all rules have run. Since the rule was saved the policy may have been removed."""
    entry = Entry("", "sla_policy_chosen")
    if action.policy_id is not None:
        policy = await load_policy(doing.connection, doing.row.workspace_id, action.policy_id)
        entry = Entry("", "sla_policy_set", {"policy": policy.name})
    if not await sla.PIN_POLICY.run(doing.connection, *doing.place, action.policy_id, doing.now):
        return UNCHANGED
    await _add_line(doing, entry)
    return DONE


async def _moderate(doing: Doing, action: Moderate, number: int) -> Outcome:
    if doing.row.message_id is None:
        return "skipped", "no_message", "There is no message of the customer."
    await _later(doing, number, "act", {"ability": action.ability, "message_id": str(doing.row.message_id)})
    return "waiting", None, None


async def _webhook(doing: Doing, action: Webhook, number: int) -> Outcome:
    await _later(doing, number, "webhook", {"url": action.url})
    return "waiting", None, None


async def _later(doing: Doing, number: int, kind: str, body: dict[str, Any]) -> None:
    task, now, chain = new_id(doing.now), doing.now, doing.chain
    await repository.INSERT_TASK.run(
        doing.connection, doing.row.workspace_id, task, doing.run_id, doing.rule.id, doing.row.conversation_id, number, kind,
        body, chain, now,
    )  # fmt: skip
    doing.tasks = True


async def _stop(doing: Doing, action: Stop, number: int) -> Outcome:
    return DONE


_WAYS: dict[type[Any], Callable[[Doing, Any, int], Awaitable[Outcome]]] = {
    Assign: _assign,
    AssignTeam: _assign_team,
    SetStatus: _set_status,
    SetPriority: _set_priority,
    AddTags: _add_tags,
    RemoveTags: _remove_tags,
    SetSlaPolicy: _set_sla_policy,
    AddNote: _add_note,
    AutomaticReply: _reply,
    Moderate: _moderate,
    Notify: _notify,
    Snooze: _snooze,
    Webhook: _webhook,
    Close: _close,
    Stop: _stop,
}
