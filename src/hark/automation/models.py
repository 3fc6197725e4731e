"""Rules as data: the body of the API, the row in the database, the form on the page. All ids are UUIDs, times aware UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from hark.inbox.models import Priority, Status

EventName = Literal[
    "conversation_created",
    "message_received",
    "message_sent",
    "status_changed",
    "assigned",
    "sla_warning",
    "sla_breach",
    "no_answer",
    "customer_silent",
    "customer_changed",
    "moderated",
]
TIMED: frozenset[str] = frozenset({"no_answer", "customer_silent"})
"""Events that fall due by the clock: the customer waits, or is silent, for `after_s` seconds."""

OF_MESSAGES: frozenset[str] = frozenset(
    {"conversation_created", "message_received", "message_sent", "moderated"}
)
"""Events that come with a message."""

Value = bool | int | str | list[str] | None
Words = Annotated[str, Meta(min_length=1, max_length=10_000)]
Name = Annotated[str, Meta(min_length=1, max_length=120)]


class RuleCondition(
    msgspec.Struct, frozen=True, tag_field="type", tag="condition", forbid_unknown_fields=True
):
    """One question about what is known. Which operators a field has, and which values: `fields.FIELDS`."""

    field: str
    operator: str
    value: Value = None


class RuleGroup(msgspec.Struct, frozen=True, tag_field="type", tag="group", forbid_unknown_fields=True):
    """Holds when all, any or none of its items do. Without items: always (`any`: never)."""

    match: Literal["all", "any", "none"] = "all"
    items: Annotated[list[RuleCondition | RuleGroup], Meta(max_length=50)] = []


class _Action(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    pass


class Assign(_Action, frozen=True, tag="assign"):
    """To a person; null: to nobody."""

    agent_id: UUID | None


class AssignTeam(_Action, frozen=True, tag="assign_team"):
    """Into a team's queue, with an optional note for it."""

    team_id: UUID


class SetStatus(_Action, frozen=True, tag="set_status"):
    status: Status


class SetPriority(_Action, frozen=True, tag="set_priority"):
    priority: Priority


class AddTags(_Action, frozen=True, tag="add_tags"):
    tags: Annotated[list[Name], Meta(min_length=1, max_length=20)]


class RemoveTags(_Action, frozen=True, tag="remove_tags"):
    tags: Annotated[list[Name], Meta(min_length=1, max_length=20)]


class SetSlaPolicy(_Action, frozen=True, tag="set_sla_policy"):
    """None lets the policies' own conditions choose again."""

    policy_id: UUID | None


class AddNote(_Action, frozen=True, tag="add_note"):
    text: Words


class AutomaticReply(_Action, frozen=True, tag="reply"):
    """An automatic reply, in the conversation's language where there is a text for it, else in `language`. Not again in the same
    conversation within `every_minutes`."""

    texts: Annotated[
        dict[Annotated[str, Meta(pattern="^[a-z]{2}$")], Words], Meta(min_length=1, max_length=20)
    ]
    language: str
    every_minutes: Annotated[int, Meta(ge=1, le=525_600)] = 60


class Moderate(_Action, frozen=True, tag="moderate"):
    """On the network, about the message that the event is about; else the customer's last."""

    ability: Literal["hide", "like", "delete"]


class Notify(_Action, frozen=True, tag="notify"):
    """A line in the thread and a fact for those it names. `to`: whoever has it, all supervisors, or people."""

    to: Literal["assignee", "supervisors", "people"]
    text: Words
    people: Annotated[list[UUID], Meta(max_length=50)] = []


class Snooze(_Action, frozen=True, tag="snooze"):
    minutes: Annotated[int, Meta(ge=1, le=525_600)]


class Webhook(_Action, frozen=True, tag="webhook"):
    """A POST, signed with the secret (HMAC-SHA256 in `X-Hark-Signature`). The secret is given when it is set and never shown
    again; null keeps it."""

    url: Annotated[str, Meta(min_length=8, max_length=2000)]
    secret: Annotated[str, Meta(min_length=16, max_length=200)] | None = None


class Close(_Action, frozen=True, tag="close"):
    """The case is over for good."""


class Stop(_Action, frozen=True, tag="stop"):
    """No further rule looks at this event."""


Action = (
    Assign
    | AssignTeam
    | SetStatus
    | SetPriority
    | AddTags
    | RemoveTags
    | SetSlaPolicy
    | AddNote
    | AutomaticReply
    | Moderate
    | Notify
    | Snooze
    | Webhook
    | Close
    | Stop
)


class RuleDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as it is asked for. `stop`: once it has matched, no later rule looks at the event."""

    name: Name
    event: EventName
    actions: Annotated[list[Action], Meta(min_length=1, max_length=20)]
    conditions: RuleGroup = RuleGroup()
    after_s: Annotated[int, Meta(ge=60, le=31_536_000)] | None = None
    enabled: bool = True
    stop: bool = False


class RuleRow(msgspec.Struct, frozen=True):
    workspace_id: UUID
    id: UUID
    position: int
    name: str
    event: EventName
    after_s: int | None
    enabled: bool
    conditions: dict[str, Any]
    actions: list[dict[str, Any]]
    stop: bool
    secrets: bytes | None
    enabled_at: datetime
    created_at: datetime
    updated_at: datetime
    runs: int
    last_run_at: datetime | None


class RuleWarning(msgspec.Struct, frozen=True):
    """What looks wrong but may be meant. `sentence` in English; the page has its own for each `code`."""

    code: str
    sentence: str
    values: dict[str, Any] = {}


class Rule(msgspec.Struct, frozen=True):
    """A rule as it is kept. `runs`: how often it matched in the last seven days (at most 1,000 are counted)."""

    id: UUID
    position: int
    name: str
    event: EventName
    after_s: int | None
    enabled: bool
    conditions: RuleGroup
    actions: list[Action]
    stop: bool
    created_at: datetime
    updated_at: datetime
    runs: int
    last_run_at: datetime | None
    warnings: list[RuleWarning] = []


class Judgement(msgspec.Struct, frozen=True):
    """What a group or a condition said. Groups have `match` and `items`; conditions what was asked and what was found:
    `actual` null means that it is not known."""

    matched: bool
    match: Literal["all", "any", "none"] | None = None
    items: list[Judgement] = []
    field: str | None = None
    operator: str | None = None
    value: Value = None
    actual: Value = None


RunOutcome = Literal["done", "partly", "failed", "skipped"]
ActionState = Literal["done", "unchanged", "waiting", "failed", "skipped"]


class ActionResult(msgspec.Struct, frozen=True):
    """What became of an action. `waiting`: it is still to be done outside. `code` and `detail` say why."""

    type: str
    state: ActionState
    code: str | None = None
    detail: str | None = None


class RuleRun(msgspec.Struct, frozen=True):
    """An entry of the log, and the body of the fact `rule.ran`. `depth` 0: caused by somebody; n: by n rules one after the other.
    `reason` of a skipped run: loop, rate."""

    id: UUID
    rule_id: UUID
    rule_name: str
    conversation_id: UUID
    event: EventName
    message_id: UUID | None
    at: datetime
    outcome: RunOutcome
    reason: str | None
    judgement: dict[str, Any]
    actions: list[dict[str, Any]]
    depth: int


class EventRow(msgspec.Struct, frozen=True):
    """An event that waits for the rules."""

    workspace_id: UUID
    id: int
    conversation_id: UUID
    event: EventName
    message_id: UUID | None
    rule_id: UUID | None
    chain: list[UUID]
    detail: dict[str, Any]
    at: datetime


class TaskRow(msgspec.Struct, frozen=True):
    """Something to do outside."""

    workspace_id: UUID
    id: UUID
    run_id: UUID
    rule_id: UUID
    conversation_id: UUID
    number: int
    kind: Literal["webhook", "act"]
    body: dict[str, Any]
    chain: list[UUID]
    attempts: int
    created_at: datetime
