"""What is wrong with a rule, said when it is saved: one sentence per field, by its path. And what looks wrong but may be
meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from hark.automation.fields import FIELDS, ONE_WORD, OPERATORS, PATTERNS, WITHOUT_VALUE, RuleField
from hark.automation.models import (
    OF_MESSAGES,
    TIMED,
    Action,
    AddNote,
    AddTags,
    Assign,
    AssignTeam,
    AutomaticReply,
    Close,
    Notify,
    RemoveTags,
    Rule,
    RuleCondition,
    RuleDraft,
    RuleGroup,
    RuleWarning,
    SetSlaPolicy,
    SetStatus,
    Snooze,
    Webhook,
)
from hark.automation.patterns import BadPattern, compile_pattern
from hark.automation.texts import unknown_blanks
from hark.kernel.errors import Invalid

DEEPEST = 5
MOST_CONDITIONS = 100
MOST_WORDS = 500
LONGEST_WORD = 200

RAISES: dict[type[Any], str] = {
    SetStatus: "status_changed",
    AssignTeam: "assigned",
    Close: "status_changed",
    Snooze: "status_changed",
    Assign: "assigned",
}
"""The events that actions bring about. Automatic replies and acts on the networks bring none about."""


class Known(msgspec.Struct, frozen=True):
    """What the workspace has: ids as text, tags in lower case. `policies` and `calendars` are those of the SLA."""

    agents: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    calendars: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    """Addresses for which the rule has a signing secret already."""
    private_addresses: bool = False
    """Whether plain http addresses may be called."""


def check_rule(draft: RuleDraft, known: Known) -> None:
    """Raises Invalid with all that is wrong, by field path ("conditions.items[0].value")."""
    wrong = dict(_of_rule(draft))
    count = _count(draft.conditions)
    if count > MOST_CONDITIONS:
        wrong["conditions"] = f"has {count} conditions; a rule has at most {MOST_CONDITIONS}"
    wrong |= dict(_of_group(draft.conditions, "conditions", 1, known))
    for number, action in enumerate(draft.actions):
        wrong |= dict(_of_action(action, f"actions[{number}]", known))
    if wrong:
        first = next(iter(wrong))
        raise Invalid(f"The rule cannot be kept: {first} {wrong[first]}.", code="bad_rule", fields=wrong)


Findings = Iterator[tuple[str, str]]


def _of_rule(draft: RuleDraft) -> Findings:
    if not draft.name.strip():
        yield "name", "is empty"
    if draft.event in TIMED and draft.after_s is None:
        yield "after_s", "says after how many seconds; this event needs it"
    if draft.event not in TIMED and draft.after_s is not None:
        yield "after_s", "belongs to events that wait for a time"


def _count(group: RuleGroup) -> int:
    return sum(_count(item) if isinstance(item, RuleGroup) else 1 for item in group.items)


def _of_group(group: RuleGroup, path: str, depth: int, known: Known) -> Findings:
    if depth > DEEPEST:
        yield path, f"is nested deeper than {DEEPEST} groups"
        return
    if not group.items and depth > 1:
        yield path, "is a group without conditions"
    for number, item in enumerate(group.items):
        place = f"{path}.items[{number}]"
        if isinstance(item, RuleGroup):
            yield from _of_group(item, place, depth + 1, known)
        else:
            yield from _of_condition(item, place, known)


def _of_condition(condition: RuleCondition, path: str, known: Known) -> Findings:
    field = FIELDS.get(condition.field)
    if field is None:
        yield f"{path}.field", f"is none of {', '.join(FIELDS)}"
        return
    if condition.operator not in OPERATORS[field.kind]:
        yield f"{path}.operator", f"is none of {', '.join(OPERATORS[field.kind])}"
        return
    said = _of_value(field, condition, known)
    if said is not None:
        yield f"{path}.value", said


def _of_value(field: RuleField, condition: RuleCondition, known: Known) -> str | None:
    operator, value = condition.operator, condition.value
    if operator in WITHOUT_VALUE:
        return None if value is None else "is not asked for here"
    if field.kind in {"number", "duration"}:
        whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53
        return None if whole else "is a whole number from 0"
    if field.kind == "flag":
        return None if isinstance(value, bool) else "is true or false"
    if field.kind == "hours":
        there = isinstance(value, str) and value in known.calendars
        return None if there else "is no calendar of this workspace"
    if operator in PATTERNS:
        return _of_pattern(value)
    return _of_words(field, operator, value, known)


def _of_pattern(value: Any) -> str | None:
    if not isinstance(value, str):
        return "is a pattern"
    try:
        compile_pattern(value)
    except BadPattern as error:
        return f"is refused as a pattern: {error}"
    return None


def _of_words(field: RuleField, operator: str, value: Any, known: Known) -> str | None:
    if operator in ONE_WORD and not isinstance(value, str):
        return "is one word"
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words:
        return "is empty"
    if len(words) > MOST_WORDS or any(not word.strip() or len(word) > LONGEST_WORD for word in words):
        return f"has 1 to {MOST_WORDS} entries of 1 to {LONGEST_WORD} characters"
    allowed = field.choices or _referred(field, known)
    if allowed is None:
        return None
    missing = [word for word in words if (word.lower() if field.refers_to == "tag" else word) not in allowed]
    if not missing:
        return None
    return f"has what does not exist here: {', '.join(missing[:5])}"


def _referred(field: RuleField, known: Known) -> frozenset[str] | None:
    tables = {
        "account": known.accounts,
        "agent": known.agents,
        "team": known.teams,
        "tag": known.tags,
        "platform": known.platforms,
    }
    return None if field.refers_to is None else tables[field.refers_to]


def _of_action(action: Action, path: str, known: Known) -> Findings:
    match action:
        case Assign(agent_id=UUID() as agent) if str(agent) not in known.agents:
            yield f"{path}.agent_id", "is no member of this workspace"
        case AssignTeam(team_id=team) if str(team) not in known.teams:
            yield f"{path}.team_id", "is no team of this workspace"
        case SetSlaPolicy(policy_id=UUID() as policy) if str(policy) not in known.policies:
            yield f"{path}.policy_id", "is no SLA policy of this workspace"
        case AddTags(tags=tags) | RemoveTags(tags=tags):
            missing = [tag for tag in tags if tag.strip().lower() not in known.tags]
            if missing:
                yield f"{path}.tags", f"has what does not exist here: {', '.join(missing)}"
        case AddNote(text=text):
            yield from _of_text(text, f"{path}.text")
        case AutomaticReply():
            yield from _of_reply(action, path)
        case Notify():
            yield from _of_notice(action, path, known)
        case Webhook():
            yield from _of_webhook(action, path, known)
        case _:
            return


def _of_text(text: str, path: str) -> Findings:
    unknown = unknown_blanks(text)
    if not text.strip():
        yield path, "is empty"
    elif unknown:
        yield path, f"has blanks that nothing fills: {', '.join(unknown)}"


def _of_reply(action: AutomaticReply, path: str) -> Findings:
    if action.language not in action.texts:
        yield f"{path}.language", "is a language without a text"
    for language, text in action.texts.items():
        yield from _of_text(text, f"{path}.texts.{language}")


def _of_notice(action: Notify, path: str, known: Known) -> Findings:
    yield from _of_text(action.text, f"{path}.text")
    if action.to == "people":
        missing = [str(each) for each in action.people if str(each) not in known.agents]
        if missing or not action.people:
            yield f"{path}.people", "names nobody" if not action.people else "has who is no member here"


def _of_webhook(action: Webhook, path: str, known: Known) -> Findings:
    parts = urlsplit(action.url)
    allowed = {"https", "http"} if known.private_addresses else {"https"}
    if parts.scheme not in allowed or not parts.hostname or parts.username is not None:
        yield f"{path}.url", "is an https:// address without a user name"
    elif action.secret is None and action.url not in known.secrets:
        yield f"{path}.secret", "is needed to sign what is sent"


# What looks wrong ------------------------------------------------------------------------------------


def warnings_of(draft: RuleDraft, rule_id: UUID | None, others: Sequence[Rule]) -> list[RuleWarning]:
    """`others` are all rules of the workspace; the one with `rule_id` is the draft's own old self."""
    rest = [each for each in others if each.id != rule_id]
    found: list[RuleWarning] = []
    raised = raised_by(draft.actions)
    if draft.event in raised:
        found.append(
            RuleWarning(
                "calls_itself",
                "What this rule does is what it waits for. It runs once per chain of events, no more.",
            )
        )
    elif draft.enabled:
        circle = _circle(draft, rest)
        if circle:
            names = ", ".join(circle)
            found.append(
                RuleWarning(
                    "circle", f"This rule and {names} set one another off. Each runs once per chain of events.",
                    {"rules": circle},
                )
            )  # fmt: skip
    if _contradicts(draft.conditions):
        found.append(RuleWarning("never", "Two conditions exclude one another: the rule never runs."))
    if draft.event not in OF_MESSAGES and _asks_message(draft.conditions):
        found.append(
            RuleWarning(
                "no_message", "This event has no message: conditions about one look at the customer's last."
            )
        )
    found += _unreachable(draft, rest, rule_id)
    return found


def raised_by(actions: Sequence[Action]) -> set[str]:
    return {RAISES[type(action)] for action in actions if type(action) in RAISES}


def _circle(draft: RuleDraft, others: Sequence[Rule]) -> list[str]:
    """Names of rules over which the draft's doing comes back to its own event; empty when it does not."""
    reached: list[str] = []
    pending, seen = list(raised_by(draft.actions)), set(raised_by(draft.actions))
    closes = False
    while pending:
        event = pending.pop()
        for rule in others:
            if not rule.enabled or rule.event != event or rule.name in reached:
                continue
            raised = raised_by(rule.actions)
            if raised:
                reached.append(rule.name)
            closes = closes or draft.event in raised
            pending += raised - seen
            seen |= raised
    return reached if closes else []


def _contradicts(group: RuleGroup) -> bool:
    """Only what is plain to see: one field that has to be two things at once."""
    if group.match != "all":
        return False
    asked: dict[str, Any] = {}
    for item in group.items:
        if isinstance(item, RuleGroup):
            if _contradicts(item):
                return True
        elif item.operator == "is" and asked.setdefault(item.field, item.value) != item.value:
            return True
    return False


def _asks_message(group: RuleGroup) -> bool:
    return any(
        _asks_message(item) if isinstance(item, RuleGroup) else FIELDS[item.field].of_message
        for item in group.items
    )


def _unreachable(draft: RuleDraft, others: Sequence[Rule], rule_id: UUID | None) -> list[RuleWarning]:
    """An earlier rule for the same event that always matches and stops."""
    own = next((each.position for each in others if each.id == rule_id), None)
    for rule in others:
        earlier = own is None or rule.position < own
        if earlier and rule.enabled and rule.event == draft.event and not rule.conditions.items and rule.stop:
            return [
                RuleWarning(
                    "unreachable", f"“{rule.name}” comes first, always matches and stops.", {"rule": rule.name}
                )
            ]  # fmt: skip
    return []


def secrets_given(draft: RuleDraft, kept: Mapping[str, str]) -> dict[str, str]:
    """The signing secrets after saving, by address."""
    secrets = {}
    for action in draft.actions:
        if isinstance(action, Webhook):
            secret = action.secret or kept.get(action.url)
            if secret:
                secrets[action.url] = secret
    return secrets


def without_secrets(actions: Sequence[Action]) -> list[Action]:
    return [
        msgspec.structs.replace(action, secret=None) if isinstance(action, Webhook) else action
        for action in actions
    ]
