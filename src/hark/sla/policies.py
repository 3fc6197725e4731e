"""Which policy applies to a conversation, which targets, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec

from hark.inbox.models import PRIORITIES, Status
from hark.kernel.errors import Invalid
from hark.sla.clock import KINDS
from hark.sla.events import Plan

Field = Literal["account", "platform", "source", "priority", "tag", "vip", "language", "team"]
Operator = Literal["is", "is_not", "any_of", "none_of"]

MOST_CONDITIONS = 50
MOST_VALUES = 200
MOST_TARGETS = 200
LONGEST = 200
LONGEST_TARGET = 366 * 24 * 60
"""Minutes. Longer ones are goals for a report, not deadlines."""


class Condition(msgspec.Struct, frozen=True):
    """One question to the conversation. `values`: ids, words or "true"/"false" (vip). `tag` holds when one of the conversation's
    tags does."""

    field: Field
    operator: Operator
    values: tuple[str, ...]


class Targets(msgspec.Struct, frozen=True):
    """Minutes of business time for a priority and a source (None: any). The row that fits best applies whole: source and
    priority, else source, else priority, else neither."""

    priority: str | None = None
    source: str | None = None
    first_response: int | None = None
    next_response: int | None = None
    resolution: int | None = None


class Policy(msgspec.Struct, frozen=True):
    """One policy as saved. `calendar_id` None: around the clock. `match`: all or any of the conditions; none at all: every
    conversation."""

    id: UUID
    version: int
    name: str
    position: int
    targets: tuple[Targets, ...]
    conditions: tuple[Condition, ...] = ()
    match: Literal["all", "any"] = "all"
    calendar_id: UUID | None = None
    pause_statuses: tuple[Status, ...] = ("pending",)
    warn_at_percent: int | None = 80
    enabled: bool = True


class Case(msgspec.Struct, frozen=True):
    """What is known of the conversation. `pinned`: the policy that a rule gave it."""

    account: str
    platform: str
    source: str
    priority: str
    tags: frozenset[str] = frozenset()
    vip: bool = False
    language: str | None = None
    team: str | None = None
    pinned: UUID | None = None


class Tried(msgspec.Struct, frozen=True):
    """One policy that was looked at. `failed`: indexes of the conditions that did not hold."""

    policy_id: UUID
    name: str
    matched: bool
    failed: tuple[int, ...] = ()


class Selection(msgspec.Struct, frozen=True):
    """The policy that applies (the pinned one, else the first match by position), its row of targets, and what was tried before
    it. A pinned policy was not asked for its conditions."""

    policy: Policy | None
    targets: Targets | None
    tried: tuple[Tried, ...]
    pinned: bool = False


def select_policy(policies: Sequence[Policy], case: Case) -> Selection:
    """The pinned one, else the first by position that matches, if it has a row of targets for the case; the ones before it
    with what failed. A pinned policy that is switched off or gone lets the conditions choose."""
    for policy in policies:
        if policy.enabled and policy.id == case.pinned and (targets := targets_for(policy, case)) is not None:
            return Selection(policy, targets, (), pinned=True)
    tried: list[Tried] = []
    for policy in sorted(policies, key=lambda each: (each.position, each.id)):
        if not policy.enabled:
            continue
        failed = _failed(policy, case)
        matched = not failed if policy.match == "all" else len(failed) < max(len(policy.conditions), 1)
        targets = targets_for(policy, case) if matched else None
        tried.append(Tried(policy.id, policy.name, targets is not None, failed))
        if targets is not None:
            return Selection(policy, targets, tuple(tried))
    return Selection(None, None, tuple(tried))


def targets_for(policy: Policy, case: Case) -> Targets | None:
    """The row that fits best: a source says more than a priority (a public complaint is not a direct message)."""
    fitting = [each for each in policy.targets if _fits(each, case)]
    return max(fitting, key=lambda each: (each.source is not None, each.priority is not None), default=None)


def plan_of(selection: Selection, calendar: str) -> Plan | None:
    """The plan for the clocks; `calendar` is the key by which they find it. None when no policy applies."""
    policy, targets = selection.policy, selection.targets
    if policy is None or targets is None:
        return None
    return Plan(
        policy=str(policy.id),
        calendar=calendar,
        first_response=targets.first_response,
        next_response=targets.next_response,
        resolution=targets.resolution,
        pause_statuses=policy.pause_statuses,
        warn_at_percent=policy.warn_at_percent,
    )


def check_policy(policy: Policy) -> None:
    """Raises Invalid with a sentence per field ("targets[2].resolution")."""
    problems: dict[str, str] = {}
    for field, sentence in _problems(policy):
        problems.setdefault(field, sentence)
    if problems:
        raise Invalid(next(iter(problems.values())), code="policy_invalid", fields=problems)


def warnings(policy: Policy, earlier: Sequence[Policy]) -> list[dict[str, Any]]:
    """What looks wrong but may be meant, as {code, field, values}. `earlier`: the policies that are tried before this one.

    Codes: never_matches (two conditions exclude one another), shadowed (an earlier policy takes all of it), unserved (no row of
    targets for these priorities), resolution_first (solved sooner than answered).
    """
    return [
        *_never_matches(policy),
        *_shadowed(policy, earlier),
        *_unserved(policy),
        *_resolution_first(policy),
    ]


def _failed(policy: Policy, case: Case) -> tuple[int, ...]:
    return tuple(i for i, each in enumerate(policy.conditions) if not _holds(each, case))


def _holds(condition: Condition, case: Case) -> bool:
    found = bool(_values(condition.field, case) & set(condition.values))
    return found if condition.operator in {"is", "any_of"} else not found


def _values(field: Field, case: Case) -> frozenset[str]:
    if field == "tag":
        return case.tags
    if field == "vip":
        return frozenset({"true" if case.vip else "false"})
    value = getattr(case, field)
    return frozenset() if value is None else frozenset({value})


def _fits(targets: Targets, case: Case) -> bool:
    return targets.priority in {None, case.priority} and targets.source in {None, case.source}


Problem = tuple[str, str]


def _problems(policy: Policy) -> Iterator[Problem]:
    if not policy.name.strip() or len(policy.name) > LONGEST:
        yield "name", f"A policy needs a name of up to {LONGEST} characters."
    if policy.warn_at_percent is not None and not 1 <= policy.warn_at_percent <= 100:
        yield "warn_at_percent", "The warning comes at 1 to 100 percent of the target."
    if "open" in policy.pause_statuses:
        yield "pause_statuses", "Open conversations are what the clocks are for; they cannot pause there."
    yield from _conditions(policy.conditions)
    yield from _targets(policy.targets)


def _conditions(conditions: Sequence[Condition]) -> Iterator[Problem]:
    if len(conditions) > MOST_CONDITIONS:
        yield "conditions", f"There are {len(conditions)} conditions; at most {MOST_CONDITIONS} are possible."
    for i, each in enumerate(conditions[:MOST_CONDITIONS]):
        yield from _condition(f"conditions[{i}].values", each)


def _condition(path: str, condition: Condition) -> Iterator[Problem]:
    one = condition.operator in {"is", "is_not"}
    if not condition.values or (one and len(condition.values) > 1):
        yield path, "This condition needs exactly one value." if one else "Choose at least one value."
    if len(condition.values) > MOST_VALUES or any(len(each) > LONGEST for each in condition.values):
        yield path, f"At most {MOST_VALUES} values of up to {LONGEST} characters are possible."
    known = {"vip": ("true", "false"), "priority": PRIORITIES}.get(condition.field)
    if known is not None and (strange := set(condition.values) - set(known)):
        yield path, f'"{min(strange)[:40]}" is not one of {", ".join(known)}.'


def _targets(targets: Sequence[Targets]) -> Iterator[Problem]:
    if not targets or len(targets) > MOST_TARGETS:
        yield "targets", f"A policy has 1 to {MOST_TARGETS} rows of targets."
    seen = set[tuple[str | None, str | None]]()
    for i, each in enumerate(targets[:MOST_TARGETS]):
        yield from _row(f"targets[{i}]", each)
        if (each.priority, each.source) in seen:
            yield f"targets[{i}]", "There is a row for this priority and source already."
        seen.add((each.priority, each.source))


def _row(path: str, row: Targets) -> Iterator[Problem]:
    if row.priority is not None and row.priority not in PRIORITIES:
        yield f"{path}.priority", f'"{row.priority[:40]}" is not one of {", ".join(PRIORITIES)}.'
    for kind in KINDS:
        minutes = getattr(row, kind)
        if minutes is not None and not 1 <= minutes <= LONGEST_TARGET:
            yield f"{path}.{kind}", f"A target is 1 to {LONGEST_TARGET} minutes of business time."
    if all(getattr(row, kind) is None for kind in KINDS):
        yield path, "This row has no target; give at least one, or remove the row."


def _never_matches(policy: Policy) -> Iterator[dict[str, Any]]:
    if policy.match == "any":
        return
    for field in get_args(Field):
        asked = [each for each in policy.conditions if each.field == field]
        wanted = [set(each.values) for each in asked if each.operator in {"is", "any_of"}]
        refused = {value for each in asked if each.operator in {"is_not", "none_of"} for value in each.values}
        left = (wanted if field == "tag" else [set.intersection(*wanted)]) if wanted else []
        if any(not each - refused for each in left):
            yield {"code": "never_matches", "field": "conditions", "values": [field]}


def _shadowed(policy: Policy, earlier: Sequence[Policy]) -> Iterator[dict[str, Any]]:
    for each in earlier:
        everything = not each.conditions or (set(each.conditions), each.match) == (
            set(policy.conditions),
            policy.match,
        )
        if each.enabled and everything and any(_everywhere(row) for row in each.targets):
            yield {"code": "shadowed", "field": "conditions", "values": [each.name]}
            return


def _everywhere(row: Targets) -> bool:
    return row.priority is None and row.source is None


def _unserved(policy: Policy) -> Iterator[dict[str, Any]]:
    rows = [each for each in policy.targets if each.source is None]
    if any(each.priority is None for each in rows):
        return
    missing = [each for each in PRIORITIES if each not in {row.priority for row in rows}]
    if missing:
        yield {"code": "unserved", "field": "targets", "values": missing}


def _resolution_first(policy: Policy) -> Iterator[dict[str, Any]]:
    for i, row in enumerate(policy.targets):
        if row.resolution is not None and row.resolution < (row.first_response or 0):
            yield {
                "code": "resolution_first",
                "field": f"targets[{i}].resolution",
                "values": [row.first_response, row.resolution],
            }
