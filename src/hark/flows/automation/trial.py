"""A rule tried out before it is switched on: on one conversation, and on what came in during the last days. Nothing is changed.

What a rule asks about messages is judged as they were; what it asks about the conversation, as it is now.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark.automation import repository
from hark.automation.decide import evaluate
from hark.automation.models import ActionResult, AutomaticReply, EventRow, Judgement, Rule, RuleDraft
from hark.automation.texts import choose, fill
from hark.channels.contract import Source
from hark.delivery.capability import rules_of, window_state
from hark.delivery.thread import repository as thread
from hark.flows.automation.gather import Known, candidate, gather
from hark.flows.automation.perform import Doing, blanks
from hark.flows.context import Hark
from hark.infra.db import Connection
from hark.kernel.errors import Invalid, NotFound
from hark.kernel.ids import new_id
from hark.kernel.pages import decode_cursor, encode_cursor

STEP = 500
"""Events that one request looks at; the next goes on from there."""
LONGEST = 30
"""Days."""
EXAMPLES = 10
_FIRST = UUID(int=(1 << 128) - 1)


class WouldDo(msgspec.Struct, frozen=True):
    """What an action would come to. `text` of a reply, note or notice as it would read; `code` and `detail` why not."""

    type: str
    text: str | None = None
    code: str | None = None
    detail: str | None = None


class RuleTrial(msgspec.Struct, frozen=True):
    """What the rule says about a conversation as it stands."""

    matched: bool
    judgement: Judgement
    actions: list[WouldDo]
    message_id: UUID | None


class DryRunExample(msgspec.Struct, frozen=True):
    """An event of the past on which the rule would have run."""

    conversation_id: UUID
    number: int
    customer_name: str
    text: str
    at: datetime
    judgement: Judgement


class DryRun(msgspec.Struct, frozen=True):
    """One step of a dry run. `done`: how much of the time is behind us, 0..1; `next` is null once it is over."""

    looked_at: int
    matched: int
    conversations: int
    examples: list[DryRunExample]
    done: float
    next: str | None


async def try_rule(
    hark: Hark, connection: Connection, workspace_id: UUID, draft: RuleDraft, conversation_id: UUID
) -> RuleTrial:
    now = hark.clock()
    event = _event(workspace_id, 1, conversation_id, draft, None, now)
    known = (await gather(connection, [event], now)).get(1)
    if known is None:
        raise NotFound("There is no such conversation.")
    verdict = evaluate(candidate(draft, conversation_id), known.facts)
    doing = Doing(hark, connection, _as_rule(draft, now), new_id(now), 0, known.row, [], now)
    values = await blanks(doing)
    window = await _window_closed(hark, connection, known)
    actions = [_would(action, known, values, window) for action in draft.actions]
    return RuleTrial(verdict.matched, verdict.judgement, actions, known.row.message_id)


def _as_rule(draft: RuleDraft, now: datetime) -> Rule:
    return Rule(
        new_id(now), 0, draft.name, draft.event, draft.after_s, True, draft.conditions, draft.actions, draft.stop, now, now, 0,
        None,
    )  # fmt: skip


def _would(action: object, known: Known, values: dict[str, str], closed: ActionResult | None) -> WouldDo:
    kind = str(action.__struct_config__.tag)  # type: ignore[attr-defined]
    if isinstance(action, AutomaticReply):
        row = known.row
        text = fill(choose(action.texts, row.language or row.customer_language, action.language), values)
        return WouldDo(kind, text, closed.code if closed else None, closed.detail if closed else None)
    said = getattr(action, "text", None)
    return WouldDo(kind, fill(said, values) if isinstance(said, str) else None)


async def _window_closed(hark: Hark, connection: Connection, known: Known) -> ActionResult | None:
    """Whether the network's reply window is open to an automatic reply."""
    row = known.row
    address = await thread.ADDRESS.find(connection, row.workspace_id, row.conversation_id)
    adapter = hark.registry.find(row.platform)
    if address is None or adapter is None or Source(row.source) not in adapter.manifest.sources:
        return None
    rules = rules_of(adapter.manifest, Source(row.source), address.account_fields)
    state = window_state(rules.window, address.window_opened_at, hark.clock())
    if state is None or state.state == "open":
        return None
    return ActionResult(
        "reply", "failed", "window_closed", "The network takes no automatic reply here any more."
    )


async def dry_run(
    hark: Hark, connection: Connection, workspace_id: UUID, draft: RuleDraft, days: int, after: str | None
) -> DryRun:
    """One step, newest first. Asked again with `after` it goes on where it stopped."""
    if not 1 <= days <= LONGEST:
        raise Invalid(f"A dry run goes back 1 to {LONGEST} days.", fields={"days": f"1..{LONGEST}"})
    now = hark.clock()
    end, start, last_at, last_id = now, now - timedelta(days=days), now + timedelta(seconds=1), _FIRST
    if after is not None:
        end, last_at, last_id = decode_cursor(after, tuple[datetime, datetime, UUID])
        start = end - timedelta(days=days)
    past = await _past(connection, workspace_id, draft, start, last_at, last_id)
    events = [
        _event(workspace_id, number, conversation, draft, message, at)
        for number, (conversation, message, at, _) in enumerate(past, start=1)
    ]
    known = await gather(connection, events, now)
    hits: list[DryRunExample] = []
    for event in events:
        found = known.get(event.id)
        if found is None:
            continue
        verdict = evaluate(candidate(draft, event.conversation_id), found.facts)
        if verdict.matched:
            hits.append(_example(event, found, verdict.judgement))
    following = None
    done = 1.0
    if len(past) == STEP:
        reached = past[-1][2]
        following = encode_cursor(end, reached, past[-1][3])
        done = min(1.0, max(0.0, (end - reached) / timedelta(days=days)))
    return DryRun(
        len(past), len(hits), len({hit.conversation_id for hit in hits}), hits[:EXAMPLES], done, following
    )


async def _past(
    connection: Connection,
    workspace_id: UUID,
    draft: RuleDraft,
    start: datetime,
    last_at: datetime,
    last_id: UUID,
) -> list[tuple[UUID, UUID | None, datetime, UUID]]:
    """(conversation, message, time, id for the cursor). Events that leave no message are tried on the conversations."""
    if draft.event in {"message_received", "message_sent"}:
        direction = "inbound" if draft.event == "message_received" else "outbound"
        rows = await repository.PAST_MESSAGES.all(
            connection, workspace_id, start, last_at, last_id, direction, STEP
        )
        return [(row[0], row[1], row[2], row[1]) for row in rows]
    found = await repository.PAST_CONVERSATIONS.all(connection, workspace_id, start, last_at, last_id, STEP)
    return [(row[0], row[1], row[2], row[0]) for row in found]


def _event(
    workspace_id: UUID, number: int, conversation: UUID, draft: RuleDraft, message: UUID | None, at: datetime
) -> EventRow:
    return EventRow(workspace_id, number, conversation, draft.event, message, None, [], {}, at)


def _example(event: EventRow, known: Known, judgement: Judgement) -> DryRunExample:
    row = known.row
    return DryRunExample(
        row.conversation_id,
        row.number,
        row.customer_name,
        (row.message_text or "")[:160],
        row.message_at or event.at,
        judgement,
    )
