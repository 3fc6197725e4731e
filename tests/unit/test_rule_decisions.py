"""Whether a rule's conditions hold: every operator by a table, groups by properties, patterns on hostile texts."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hark.automation.decide import Candidate, Facts, decide, judge
from hark.automation.facts import is_emoji_only
from hark.automation.fields import FIELDS, OPERATORS
from hark.automation.models import RuleCondition, RuleGroup
from hark.automation.patterns import BadPattern, compile_pattern, found
from hark.automation.texts import choose, fill, unknown_blanks

TABLE: list[tuple[str, str, Any, Any, bool]] = [
    ("language", "is", "de", "de", True),
    ("language", "is", "de", "en", False),
    ("language", "is", "de", None, False),
    ("language", "is_not", "de", "en", True),
    ("language", "is_not", "de", None, True),
    ("language", "any_of", ["de", "fr"], "fr", True),
    ("language", "any_of", ["de", "fr"], None, False),
    ("language", "none_of", ["de", "fr"], "en", True),
    ("language", "none_of", ["de", "fr"], None, True),
    ("language", "is_known", None, "de", True),
    ("language", "is_unknown", None, None, True),
    ("tags", "has_any", ["VIP", "press"], ["vip"], True),
    ("tags", "has_all", ["vip", "press"], ["vip"], False),
    ("tags", "has_all", ["vip", "press"], ["press", "VIP"], True),
    ("tags", "has_none", ["vip"], [], True),
    ("tags", "is_empty", None, [], True),
    ("text", "contains", ["REFUND"], "my refund please", True),
    ("text", "contains", ["straße"], "in der STRASSE", True),
    ("text", "contains", ["x"], None, False),
    ("text", "contains_not", ["x"], None, True),
    ("text", "has_word", ["ass"], "my glass broke", False),
    ("text", "has_word", ["ass", "Ärger"], "so ein ärger!", True),
    ("text", "has_word", ["käse"], "käsekuchen", False),
    ("text", "has_word", ["a.b"], "axb", False),
    ("text", "has_no_word", ["ass"], "my glass broke", True),
    ("text", "matches", r"order\s*#?\d{4,}", "My ORDER #12345", True),
    ("text", "matches", r"^\d+$", "12a", False),
    ("text", "matches_not", r"\d", "none here", True),
    ("text", "is_empty", None, "", True),
    ("rating", "at_most", 2, 1, True),
    ("rating", "at_most", 2, None, False),
    ("followers", "at_least", 1000, 1000, True),
    ("followers", "at_least", 1000, 999, False),
    ("age", "at_least", 60, 59, False),
    ("verified", "is", True, True, True),
    ("verified", "is", False, None, False),
]


@pytest.mark.parametrize(("field", "operator", "value", "actual", "expected"), TABLE)
def test_an_operator(field: str, operator: str, value: Any, actual: Any, expected: bool) -> None:
    said = judge(RuleCondition(field, operator, value), Facts({field: actual}))
    assert said.matched is expected
    assert (said.field, said.operator, said.value) == (field, operator, value)


def test_every_operator_has_a_row() -> None:
    tried = {(FIELDS[field].kind, operator) for field, operator, *_ in TABLE}
    wanted = {(kind, operator) for kind, names in OPERATORS.items() for operator in names if kind != "hours"}
    assert wanted - tried <= {("duration", "at_most")}


@pytest.mark.parametrize(
    ("state", "open_holds", "closed_holds"), [(True, True, False), (False, False, True), (None, False, False)]
)
def test_business_hours_of_a_calendar(state: bool | None, open_holds: bool, closed_holds: bool) -> None:
    facts = Facts({}, {} if state is None else {"cal": state})
    assert judge(RuleCondition("business_hours", "open", "cal"), facts).matched is open_holds
    assert judge(RuleCondition("business_hours", "closed", "cal"), facts).matched is closed_holds


# Groups ---------------------------------------------------------------------------------------------

LEAF = st.builds(lambda value: RuleCondition("verified", "is", value), st.booleans())
TREE = st.recursive(
    LEAF,
    lambda inner: st.builds(RuleGroup, st.sampled_from(["all", "any", "none"]), st.lists(inner, max_size=4)),
    max_leaves=12,
)


def model(item: RuleGroup | RuleCondition) -> bool:
    """With `verified` true: a leaf is what it asks for."""
    if isinstance(item, RuleCondition):
        return bool(item.value)
    held = [model(each) for each in item.items]
    return {"all": all(held), "any": any(held), "none": not any(held)}[item.match]


@given(TREE)
def test_groups_hold_as_logic_says_and_explain_every_condition(tree: RuleGroup | RuleCondition) -> None:
    said = judge(tree, Facts({"verified": True}))
    assert said.matched is model(tree)
    assert leaves(said) == count(tree)


@given(st.lists(TREE, max_size=4))
def test_none_is_the_opposite_of_any(items: list[RuleGroup | RuleCondition]) -> None:
    facts = Facts({"verified": True})
    assert judge(RuleGroup("none", items), facts).matched is not judge(RuleGroup("any", items), facts).matched


def leaves(said: Any) -> int:
    return 1 if said.match is None else sum(leaves(each) for each in said.items)


def count(item: RuleGroup | RuleCondition) -> int:
    return 1 if isinstance(item, RuleCondition) else sum(count(each) for each in item.items)


def test_rules_are_asked_in_order_up_to_the_one_that_stops() -> None:
    def rule(number: int, event: str, wants: bool, stops: bool) -> Candidate:
        return Candidate(
            UUID(int=number),
            str(number),
            event,
            RuleGroup("all", [RuleCondition("verified", "is", wants)]),
            stops,
        )

    rules = [
        rule(1, "a", False, True),
        rule(2, "b", True, True),
        rule(3, "a", True, True),
        rule(4, "a", True, False),
    ]
    said = [(each.rule_id.int, each.matched) for each in decide(rules, "a", Facts({"verified": True}))]
    assert said == [(1, False), (3, True)]


# Patterns -------------------------------------------------------------------------------------------

EVIL = [r"(a+)+$", r"(a|aa)+$", r"(.*a){20}$", r"^(\w+\s?)*$", r"(x+x+)+y", r"([a-zA-Z]+)*$"]


@pytest.mark.parametrize("pattern", EVIL)
@pytest.mark.parametrize("text", ["a" * 50_000 + "!", "x" * 50_000, "word " * 10_000 + "!"])
def test_a_catastrophic_pattern_ends_within_100_ms_or_is_refused(pattern: str, text: str) -> None:
    try:
        compile_pattern(pattern)
    except BadPattern:
        return
    began = time.perf_counter()
    found(pattern, text)
    assert time.perf_counter() - began < 0.1


@pytest.mark.parametrize(
    "pattern", ["", "(", r"(a)\1", r"(?=a)b", r"((a{1,100}){1,100}){1,100}", "a" * 501, "[z-a]", "\ud800"]
)
def test_what_is_no_pattern_or_has_no_linear_way_is_refused_with_a_reason(pattern: str) -> None:
    with pytest.raises(BadPattern) as refused:
        compile_pattern(pattern)
    assert str(refused.value)


@given(st.text(max_size=60), st.text(max_size=200))
def test_no_pattern_and_no_text_breaks_anything(pattern: str, text: str) -> None:
    try:
        found(pattern, text)
    except BadPattern as error:
        assert str(error)


# Texts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("🎉🎉", True),
        ("👩‍👩‍👧 ❤️", True),
        ("🇩🇪", True),
        ("👍🏽", True),
        ("ok 👍", False),
        ("", False),
        ("!!", False),
        ("123", False),
    ],
)
def test_emoji_only(text: str, expected: bool) -> None:
    assert is_emoji_only(text) is expected


def test_blanks_are_filled_in_and_leave_no_gap_where_nothing_is_known() -> None:
    assert fill("Hello {{ customer.first_name }}, hi", {"customer.first_name": "Mara"}) == "Hello Mara, hi"
    assert fill("Hello {{customer.first_name}}, hi", {}) == "Hello, hi"
    assert fill("{{customer.name}}", {"customer.name": "{{workspace.name}}"}) == "{{workspace.name}}"
    assert unknown_blanks("{{customer.name}} {{secret.key}} {{}}") == ["", "secret.key"]


def test_the_text_is_in_the_language_of_the_conversation_or_the_rules_own() -> None:
    texts = {"en": "hello", "de": "hallo"}
    assert [choose(texts, language, "en") for language in ("de", "de-AT", "fr", None)] == [
        "hallo",
        "hallo",
        "hello",
        "hello",
    ]
