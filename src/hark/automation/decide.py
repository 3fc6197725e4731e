"""Whether a rule's conditions hold, and what each of them said. Pure.

What is not known makes no condition hold that asks for something, and holds one that excludes something: "language is not
German" is true of an unknown language. Where that is not wanted, `is_known` asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from hark.automation.fields import FIELDS
from hark.automation.models import Judgement, RuleCondition, RuleGroup, Value
from hark.automation.patterns import found, has_word

SHOWN = 200
"""Characters of a text that the explanation keeps."""


class Facts(msgspec.Struct, frozen=True):
    """What is known of an event: `values` by field name (absent or None: not known), and which calendars are open."""

    values: Mapping[str, Any]
    open_calendars: Mapping[str, bool] = {}


class Candidate(msgspec.Struct, frozen=True):
    """A rule as deciding needs it."""

    id: UUID
    name: str
    event: str
    conditions: RuleGroup
    stops: bool


class Verdict(msgspec.Struct, frozen=True):
    """What a rule says about an event; `judgement` explains it."""

    rule_id: UUID
    matched: bool
    judgement: Judgement


def decide(rules: Sequence[Candidate], event: str, facts: Facts) -> list[Verdict]:
    """Verdicts of the rules for this event in their order, up to the first that matches and stops."""
    verdicts: list[Verdict] = []
    for rule in rules:
        if rule.event != event:
            continue
        verdict = evaluate(rule, facts)
        verdicts.append(verdict)
        if verdict.matched and rule.stops:
            break
    return verdicts


def evaluate(rule: Candidate, facts: Facts) -> Verdict:
    judgement = judge(rule.conditions, facts)
    return Verdict(rule.id, judgement.matched, judgement)


def judge(item: RuleGroup | RuleCondition, facts: Facts) -> Judgement:
    """Every item is looked at, also when the outcome is clear already: the explanation is complete."""
    if isinstance(item, RuleCondition):
        return _ask(item, facts)
    items = [judge(each, facts) for each in item.items]
    return Judgement(_combine(item.match, items), match=item.match, items=items)


def _combine(match: str, items: Sequence[Judgement]) -> bool:
    held = [each.matched for each in items]
    if match == "all":
        return all(held)
    return any(held) if match == "any" else not any(held)


def _ask(condition: RuleCondition, facts: Facts) -> Judgement:
    actual = _actual(condition, facts)
    matched = _OPERATORS[condition.operator](actual, condition.value)
    return Judgement(
        matched,
        field=condition.field,
        operator=condition.operator,
        value=condition.value,
        actual=_shown(actual),
    )


def _actual(condition: RuleCondition, facts: Facts) -> Any:
    if FIELDS[condition.field].kind == "hours":
        return facts.open_calendars.get(str(condition.value or ""))
    return facts.values.get(condition.field)


def _shown(actual: Any) -> Value:
    if isinstance(actual, str):
        return actual[:SHOWN]
    return actual  # type: ignore[no-any-return]


def _words(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(str(each) for each in listed)


def _contains(actual: Any, value: Any) -> bool:
    return actual is not None and any(each.casefold() in actual.casefold() for each in _words(value))


def _standing(actual: Any, value: Any) -> bool:
    return actual is not None and has_word(_words(value), actual)


def _has(actual: Any, value: Any) -> list[bool]:
    held = {each.casefold() for each in actual or ()}
    return [each.casefold() in held for each in _words(value)]


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda actual, value: actual is not None and actual == value,
    "is_not": lambda actual, value: actual != value,
    "any_of": lambda actual, value: actual in _words(value),
    "none_of": lambda actual, value: actual not in _words(value),
    "is_known": lambda actual, _: actual is not None,
    "is_unknown": lambda actual, _: actual is None,
    "has_any": lambda actual, value: any(_has(actual, value)),
    "has_all": lambda actual, value: all(_has(actual, value)),
    "has_none": lambda actual, value: not any(_has(actual, value)),
    "is_empty": lambda actual, _: not actual,
    "contains": _contains,
    "contains_not": lambda actual, value: not _contains(actual, value),
    "has_word": _standing,
    "has_no_word": lambda actual, value: not _standing(actual, value),
    "matches": lambda actual, value: actual is not None and found(value, actual),
    "matches_not": lambda actual, value: actual is None or not found(value, actual),
    "at_least": lambda actual, value: actual is not None and actual >= value,
    "at_most": lambda actual, value: actual is not None and actual <= value,
    "open": lambda actual, _: actual is True,
    "closed": lambda actual, _: actual is False,
}
