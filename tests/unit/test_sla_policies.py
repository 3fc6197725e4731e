"""Which SLA policy applies, and why; which ones are refused or look wrong."""

from __future__ import annotations

from uuid import UUID

import pytest
from msgspec.structs import replace

from hark.kernel.errors import Invalid
from hark.sla.policies import (
    Case,
    Condition,
    Policy,
    Targets,
    check_policy,
    plan_of,
    select_policy,
    targets_for,
    warnings,
)

CASE = Case("account", "facebook", "comment", "high", frozenset({"vat", "angry"}), vip=True, language="de")


def policy(position: int, *conditions: Condition, **more: object) -> Policy:
    base = Policy(
        UUID(int=position), 1, f"Policy {position}", position, (Targets(first_response=60),), conditions
    )
    return replace(base, **more)


def test_the_first_match_by_position_applies_and_the_ones_before_say_why_not() -> None:
    english = Condition("language", "is", ("en",))
    found = select_policy([policy(3), policy(1, english), policy(2, Condition("vip", "is", ("true",)))], CASE)
    assert found.policy is not None
    assert found.policy.position == 2
    assert [(each.name, each.matched, each.failed) for each in found.tried] == [
        ("Policy 1", False, (0,)),
        ("Policy 2", True, ()),
    ]


HOLDS = [
    (Condition("account", "is", ("account",)), True),
    (Condition("platform", "is_not", ("facebook",)), False),
    (Condition("source", "any_of", ("dm", "comment")), True),
    (Condition("source", "none_of", ("dm", "comment")), False),
    (Condition("priority", "any_of", ("urgent",)), False),
    (Condition("tag", "is", ("vat",)), True),
    (Condition("tag", "any_of", ("refund", "angry")), True),
    (Condition("tag", "is_not", ("vat",)), False),
    (Condition("tag", "none_of", ("refund",)), True),
    (Condition("vip", "is", ("true",)), True),
    (Condition("vip", "is", ("false",)), False),
    (Condition("language", "is", ("de",)), True),
    (Condition("team", "is", ("support",)), False),
    (Condition("team", "is_not", ("support",)), True),
]


@pytest.mark.parametrize(("condition", "holds"), HOLDS)
def test_conditions_ask_the_conversation(condition: Condition, holds: bool) -> None:
    assert (select_policy([policy(1, condition)], CASE).policy is not None) is holds


def test_any_needs_one_condition_and_all_needs_every_one() -> None:
    true, false = Condition("vip", "is", ("true",)), Condition("vip", "is", ("false",))
    assert select_policy([policy(1, true, false, match="any")], CASE).policy is not None
    assert select_policy([policy(1, true, false)], CASE).policy is None
    assert select_policy([policy(1, false, match="any")], CASE).policy is None
    assert select_policy([policy(1, match="any")], CASE).policy is not None


def test_a_disabled_policy_is_not_tried() -> None:
    found = select_policy([policy(1, enabled=False)], CASE)
    assert (found.policy, found.tried) == (None, ())


def test_a_policy_without_a_row_for_the_case_leaves_it_to_the_next() -> None:
    only_dm = policy(1, targets=(Targets(source="dm", first_response=5),))
    found = select_policy([only_dm, policy(2)], CASE)
    assert found.policy is not None
    assert found.policy.position == 2
    assert [each.matched for each in found.tried] == [False, True]


ROWS = (
    Targets(first_response=1),
    Targets(priority="high", first_response=2),
    Targets(source="comment", first_response=3),
    Targets(priority="high", source="comment", first_response=4),
)


@pytest.mark.parametrize(("source", "priority", "minutes"), [
    ("comment", "high", 4), ("comment", "low", 3), ("dm", "high", 2), ("dm", "low", 1),
])  # fmt: skip
def test_the_row_that_fits_best_applies(source: str, priority: str, minutes: int) -> None:
    found = targets_for(policy(1, targets=ROWS), replace(CASE, source=source, priority=priority))
    assert found is not None
    assert found.first_response == minutes


def test_the_plan_carries_what_the_clocks_need() -> None:
    chosen = policy(
        1, targets=(Targets(first_response=5, resolution=90),), warn_at_percent=50, pause_statuses=()
    )
    plan = plan_of(select_policy([chosen], CASE), "calendar:3")
    assert plan is not None
    assert (plan.policy, plan.calendar, plan.pause_statuses) == (str(UUID(int=1)), "calendar:3", ())
    assert (plan.first_response, plan.next_response, plan.resolution, plan.warn_at_percent) == (
        5,
        None,
        90,
        50,
    )
    assert plan_of(select_policy([], CASE), "calendar:3") is None


WRONG = [
    ({"name": " "}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"targets": ()}, "targets"),
    ({"targets": (Targets(),)}, "targets[0]"),
    ({"targets": (Targets(first_response=0),)}, "targets[0].first_response"),
    ({"targets": (Targets(resolution=366 * 1440 + 1),)}, "targets[0].resolution"),
    ({"targets": (Targets(priority="hot", first_response=5),)}, "targets[0].priority"),
    ({"targets": (Targets(first_response=5), Targets(first_response=6))}, "targets[1]"),
    ({"warn_at_percent": 0}, "warn_at_percent"),
    ({"warn_at_percent": 101}, "warn_at_percent"),
    ({"pause_statuses": ("open",)}, "pause_statuses"),
    ({"conditions": (Condition("tag", "any_of", ()),)}, "conditions[0].values"),
    ({"conditions": (Condition("tag", "is", ("a", "b")),)}, "conditions[0].values"),
    ({"conditions": (Condition("vip", "is", ("yes",)),)}, "conditions[0].values"),
    ({"conditions": (Condition("priority", "any_of", ("low", "hot")),)}, "conditions[0].values"),
    ({"conditions": (Condition("tag", "is", ("a",)),) * 51}, "conditions"),
]


@pytest.mark.parametrize(("said", "field"), WRONG)
def test_a_policy_that_makes_no_sense_is_refused(said: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as problem:
        check_policy(policy(1, **said))
    assert list(problem.value.fields) == [field]


def test_a_sensible_policy_is_not_refused() -> None:
    check_policy(policy(1, Condition("tag", "any_of", ("a", "b")), targets=ROWS, warn_at_percent=100))


@pytest.mark.parametrize("minutes", [1, 366 * 1440])
def test_a_target_may_be_a_minute_or_a_year(minutes: int) -> None:
    check_policy(policy(1, targets=(Targets(first_response=minutes),)))


def codes(one: Policy, *earlier: Policy) -> list[str]:
    return [each["code"] for each in warnings(one, earlier)]


def test_conditions_that_exclude_one_another_are_pointed_out() -> None:
    de, en = Condition("language", "is", ("de",)), Condition("language", "is", ("en",))
    assert codes(policy(1, de, en)) == ["never_matches"]
    assert codes(policy(1, de, Condition("language", "none_of", ("de", "fr")))) == ["never_matches"]
    assert codes(policy(1, de, en, match="any")) == []
    assert codes(policy(1, Condition("tag", "is", ("a",)), Condition("tag", "is", ("b",)))) == []
    assert codes(policy(1, Condition("tag", "is", ("a",)), Condition("tag", "is_not", ("a",)))) == [
        "never_matches"
    ]


def test_a_policy_that_an_earlier_one_takes_everything_from_is_pointed_out() -> None:
    vip = Condition("vip", "is", ("true",))
    assert codes(policy(2, vip), policy(1)) == ["shadowed"]
    assert codes(policy(2, vip), policy(1, vip)) == ["shadowed"]
    assert codes(policy(2), policy(1, vip)) == []
    assert codes(policy(2), policy(1, enabled=False)) == []
    assert codes(policy(2), policy(1, targets=(Targets(source="dm", first_response=5),))) == []


def test_priorities_without_a_row_are_pointed_out() -> None:
    one = policy(1, targets=(Targets(priority="high", first_response=5),))
    assert warnings(one, []) == [
        {"code": "unserved", "field": "targets", "values": ["low", "medium", "urgent"]}
    ]


def test_solving_sooner_than_answering_is_pointed_out() -> None:
    assert codes(policy(1, targets=(Targets(first_response=60, resolution=30),))) == ["resolution_first"]
    assert codes(policy(1, targets=(Targets(first_response=60, resolution=60),))) == []
