"""The rules of routing, one by one, as tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hark.routing import Agent, Hours, RoutingPolicy, RoutingStep, Waiting, decide, explain, next_due
from tests.support.routing_cases import NOW, agent, ago, case, policy

TEAM, OTHER_TEAM = UUID(int=501), UUID(int=502)
GERMAN, REFUNDS = "german", "refunds"


def who(waiting: list[Waiting], agents: list[Agent]) -> list[tuple[int, int]]:
    """(conversation, agent) numbers in the order of the decisions."""
    given = decide(waiting, agents, NOW).given
    return [(each.conversation_id.int - 100_000, each.agent_id.int) for each in given]


def because(waiting: Waiting, agents: list[Agent]) -> str:
    [left] = decide([waiting], agents, NOW).left
    return left.because.code


NIGHT = Hours("Europe/Berlin", {"mon": [("22:00", "06:00")]})

UNFIT: dict[str, tuple[dict[str, Any], dict[str, Any], str, dict[str, Any]]] = {
    "away": ({"status": "away", "since": ago(hours=1)}, {}, "away", {"since": ago(hours=1)}),
    "offline": ({"status": "offline"}, {}, "offline", {"since": None}),
    "another team": ({"teams": frozenset({OTHER_TEAM})}, {"team_id": TEAM}, "not_in_team", {"team_id": TEAM}),
    "another account": ({"accounts": frozenset({UUID(int=1)})}, {}, "not_on_account", {"account_id": UUID(int=9001)}),
    "no such language": (
        {"languages": {"en": 5}}, {"language": "de"}, "lacks_language", {"language": "de", "level": 1, "has": 0},
    ),
    "no such skill": (
        {}, {"required_skills": {REFUNDS: 1}}, "lacks_skill", {"skill": REFUNDS, "level": 1, "has": 0},
    ),
    "too low a level": (
        {"skills": {GERMAN: 1}}, {"required_skills": {GERMAN: 2}}, "lacks_skill",
        {"skill": GERMAN, "level": 2, "has": 1},
    ),
    "full": ({"capacity": 5, "load": 5}, {}, "full", {"load": 5, "capacity": 5}),
    "over capacity": ({"capacity": 5, "load": 7}, {}, "full", {"load": 7, "capacity": 5}),
    "no capacity at all": ({"capacity": 0}, {}, "full", {"load": 0, "capacity": 0}),
    "full on the platform": (
        {"capacities": {"platform:sandbox": 2}, "loads": {"platform:sandbox": 2}}, {}, "full_on",
        {"place": "platform:sandbox", "load": 2, "capacity": 2},
    ),
    "full on the source": (
        {"capacities": {"source:dm": 1}, "loads": {"source:dm": 1}}, {}, "full_on",
        {"place": "source:dm", "load": 1, "capacity": 1},
    ),
    "off hours": (
        {"hours": NIGHT}, {}, "off_hours", {"until": NOW + timedelta(hours=9)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNFIT)
def test_who_cannot_take_it_gets_nothing_and_the_figures_say_why(name: str) -> None:
    of_agent, of_case, code, values = UNFIT[name]
    waiting, one = case(1, **of_case), agent(1, **of_agent)
    assert who([waiting], [one]) == []
    [block] = explain(waiting, [one], NOW)[one.id]
    assert (block.code, block.values) == (code, values)
    assert decide([waiting], [one], NOW).left[0].because.values == {"passed": {code: 1}}


FIT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "no limits at all": ({}, {}),
    "in the team": ({"teams": frozenset({TEAM, OTHER_TEAM})}, {"team_id": TEAM}),
    "no team asked": ({"teams": frozenset()}, {}),
    "language not known": ({"languages": {"en": 5}}, {"language": None}),
    "nobody wrote down the languages": ({"languages": None}, {"language": "de"}),
    "just the level": ({"skills": {GERMAN: 2}}, {"required_skills": {GERMAN: 2}}),
    "one place left": ({"capacity": 5, "load": 4}, {}),
    "full elsewhere": ({"capacities": {"platform:other": 1}, "loads": {"platform:other": 1}}, {}),
    "on duty": ({"hours": Hours("UTC", {"mon": [("12:00", "12:01")]})}, {}),
}


@pytest.mark.parametrize("name", FIT)
def test_who_can_take_it_gets_it(name: str) -> None:
    of_agent, of_case = FIT[name]
    assert who([case(1, **of_case)], [agent(1, **of_agent)]) == [(1, 1)]


def test_a_high_level_in_one_skill_never_makes_up_for_a_missing_other() -> None:
    asked = {GERMAN: 2, REFUNDS: 1}
    assert because(case(1, required_skills=asked), [agent(1, skills={GERMAN: 5})]) == "nobody"


def test_the_queue_goes_by_priority_then_age_then_id() -> None:
    queue = [
        case(1, priority=1, queued_at=ago(hours=9)),
        case(2, priority=3, queued_at=ago(seconds=1)),
        case(4, priority=1, queued_at=ago(hours=1)),
        case(3, priority=1, queued_at=ago(hours=1)),
        case(5, priority=0, queued_at=ago(days=9)),
    ]
    assert [number for number, _ in who(queue, [agent(1)])] == [2, 1, 3, 4, 5]


def test_what_nobody_can_take_does_not_hold_up_the_next() -> None:
    queue = [case(1, priority=3, required_skills={GERMAN: 5}), case(2)]
    assert who(queue, [agent(1)]) == [(2, 1)]


def test_round_robin_goes_by_the_longest_time_since_the_last_and_not_by_load() -> None:
    fleet = [
        agent(1, last_assigned_at=ago(minutes=1)),
        agent(2, last_assigned_at=ago(minutes=9), load=99),
        agent(3, last_assigned_at=None),
        agent(4, last_assigned_at=None),
    ]
    assert [number for _, number in who([case(n) for n in range(5)], fleet)] == [3, 4, 2, 1, 3]


def test_load_balanced_goes_by_spare_capacity_then_turn() -> None:
    fleet = [
        agent(1, capacity=3, load=1, last_assigned_at=ago(hours=3)),
        agent(2, capacity=10, load=7, last_assigned_at=ago(hours=2)),
        agent(3, capacity=3, load=0, last_assigned_at=ago(hours=4)),
    ]
    queue = [case(n, policy("load_balanced")) for n in range(8)]
    assert [number for _, number in who(queue, fleet)] == [3, 2, 1, 3, 2, 1, 3, 2]


def test_whoever_has_no_limit_has_the_most_spare_and_among_them_the_fewest_open_go_first() -> None:
    fleet = [agent(1, capacity=1000), agent(2, load=5), agent(3, load=4)]
    assert who([case(1, policy("load_balanced"))], fleet) == [(1, 3)]


def test_skill_based_goes_by_the_sum_of_levels_then_spare_capacity() -> None:
    fleet = [
        agent(1, skills={GERMAN: 3, REFUNDS: 3}, capacity=9),
        agent(2, skills={GERMAN: 5, REFUNDS: 2}, capacity=2),
        agent(3, skills={GERMAN: 2, REFUNDS: 1, "other": 5}, capacity=9),
    ]
    rules = policy("skill_based")
    queue = [case(n, rules, required_skills={GERMAN: 2, REFUNDS: 1}) for n in range(3)]
    assert [number for _, number in who(queue, fleet)] == [2, 2, 1]


STEPS = [
    RoutingStep(60, skills={GERMAN: 1}),
    RoutingStep(120, skills={}, any_team=True, any_language=True),
    RoutingStep(300, team_id=OTHER_TEAM),
]


@pytest.mark.parametrize(
    ("seconds", "taker"), [(0, 1), (59, 1), (60, 2), (119, 2), (120, 3), (299, 3), (300, 4), (9000, 4)]
)
def test_a_step_applies_from_its_second_on(seconds: int, taker: int) -> None:
    steps = policy(routing_steps=[{"after_s": 60, "skills": {GERMAN: 1}}, {"after_s": 120, "skills": {}, "any_team": True,
                   "any_language": True}, {"after_s": 300, "team_id": OTHER_TEAM}])  # fmt: skip
    assert steps.routing_steps == STEPS
    fits = {
        1: agent(1, teams=frozenset({TEAM}), languages={"de": 3}, skills={GERMAN: 3}),
        2: agent(2, teams=frozenset({TEAM}), languages={"de": 3}, skills={GERMAN: 1}, load=1),
        3: agent(3, languages={"en": 1}),
        4: agent(4, teams=frozenset({OTHER_TEAM}), languages={"en": 1}),
    }
    waiting = case(1, steps, team_id=TEAM, language="de", required_skills={GERMAN: 3},
                   queued_at=ago(seconds=seconds))  # fmt: skip
    able = {number for number, one in fits.items() if not explain(waiting, [one], NOW)[one.id]}
    assert able == {1: {1}, 2: {1, 2}, 3: {1, 2, 3, 4}, 4: {4}}[taker]


def test_relaxing_keeps_the_place_in_the_queue() -> None:
    rules = policy(routing_steps=[{"after_s": 60, "skills": {}}])
    old = case(1, rules, required_skills={GERMAN: 5}, queued_at=ago(seconds=60))
    assert who([case(2, rules, queued_at=ago(seconds=59)), old], [agent(1, capacity=1)]) == [(1, 1)]


def test_the_previous_agent_gets_it_whatever_the_strategy() -> None:
    fleet = [agent(1), agent(2, load=50, last_assigned_at=NOW)]
    assert who([case(1, previous_agent=UUID(int=2))], fleet) == [(1, 2)]
    assert who([case(1, policy(sticky=False), previous_agent=UUID(int=2))], fleet) == [(1, 1)]


PREVIOUS: list[tuple[dict[str, Any], int | None, int, int | None]] = [
    ({"capacity": 1, "load": 1}, None, 0, 1),  # full, no wait set: the strategy at once
    ({"capacity": 1, "load": 1}, 60, 59, None),  # full: waits
    ({"capacity": 1, "load": 1}, 60, 60, 1),  # until exactly then
    ({"status": "away"}, 60, 0, 1),  # not there: no wait
    ({"status": "offline", "capacity": 1, "load": 1}, 60, 0, 1),
    ({"capacity": 1, "load": 1, "languages": {"en": 1}}, 60, 0, 1),  # could not take it anyway
    ({"capacity": 2, "load": 1}, 60, 0, 2),
]


@pytest.mark.parametrize(("previous", "wait", "waited", "taker"), PREVIOUS)
def test_waiting_for_the_previous_agent(
    previous: dict[str, Any], wait: int | None, waited: int, taker: int | None
) -> None:
    rules = policy(sticky_wait_s=wait)
    waiting = case(1, rules, previous_agent=UUID(int=2), language="de", queued_at=ago(seconds=waited))
    fleet = [agent(1), agent(2, **previous)]
    assert who([waiting], fleet) == ([] if taker is None else [(1, taker)])
    if taker is None:
        assert because(waiting, fleet) == "waits_for_previous"


EXCLUDED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "manual": ({"strategy": "manual"}, {}),
    "bot_owned": ({}, {"bot_owned": True}),
    "excluded_tag": ({"excluded_tags": ["Spam"]}, {"tags": ["vip", "spam"]}),
    "too_old": ({"exclude_older_than_s": 60}, {"active_at": ago(seconds=61)}),
    "not_open": ({}, {"status": "pending"}),
}


@pytest.mark.parametrize("code", EXCLUDED)
def test_what_is_not_handed_out_automatically(code: str) -> None:
    of_policy, of_case = EXCLUDED[code]
    assert because(case(1, policy(**of_policy), **of_case), [agent(1)]) == code


def test_activity_exactly_at_the_age_limit_is_fresh_enough() -> None:
    rules = policy(exclude_older_than_s=60)
    old = case(1, rules, queued_at=ago(days=9), active_at=ago(seconds=60))
    assert who([old], [agent(1)]) == [(1, 1)]


@pytest.mark.parametrize(("since", "taken"), [(3599, False), (3600, True), (3601, True)])
def test_the_fair_limit_expires_exactly_at_the_end_of_the_window(since: int, taken: bool) -> None:
    rules = policy(fair_limit=2)
    one = agent(1, recent=[ago(seconds=since), ago(seconds=10)])
    assert bool(who([case(1, rules)], [one])) is taken
    if not taken:
        [block] = explain(case(1, rules), [one], NOW)[one.id]
        assert block.values == {"limit": 2, "until": NOW + timedelta(seconds=1)}


def test_the_fair_limit_also_counts_what_is_given_in_the_same_look() -> None:
    rules = policy(fair_limit=3)
    assert len(who([case(n, rules) for n in range(9)], [agent(1), agent(2)])) == 6


def test_the_agents_that_were_given_are_not_changed() -> None:
    one = agent(1, capacity=2)
    assert who([case(1), case(2), case(3)], [one]) == [(1, 1), (2, 1)]
    assert (one.load, one.recent, one.last_assigned_at) == (0, [], None)


def test_the_reason_has_the_figures_of_the_choice() -> None:
    fleet = [
        agent(1, capacity=5, load=2, skills={GERMAN: 3}, last_assigned_at=ago(hours=1)),
        agent(2, capacity=5, load=5, skills={GERMAN: 3}),
        agent(3, status="away"),
        agent(4, skills={GERMAN: 1}),
    ]
    [given] = decide([case(1, required_skills={GERMAN: 2})], fleet, NOW).given
    assert given.reason == {
        "code": "round_robin", "eligible": 1, "passed": {"full": 1, "away": 1, "lacks_skill": 1}, "policy": "Policy",
        "policy_id": UUID(int=7), "waited_s": 60, "load": 2, "capacity": 5, "idle_since": ago(hours=1),
        "skills": [{"skill": GERMAN, "level": 2, "has": 3}],
    }  # fmt: skip


DUE: dict[str, tuple[RoutingPolicy, dict[str, Any], list[Agent], int | None]] = {
    "nothing ahead": (policy(), {}, [agent(1, capacity=0)], None),
    "the next step": (
        policy(routing_steps=[{"after_s": 30}, {"after_s": 90}]), {"queued_at": ago(seconds=60)}, [], 30,
    ),
    "the wait for the previous agent": (
        policy(sticky_wait_s=90), {"previous_agent": UUID(int=1), "queued_at": ago(seconds=60)},
        [agent(1, capacity=0)], 30,
    ),
    "a previous agent who is gone": (
        policy(sticky_wait_s=90), {"previous_agent": UUID(int=1)}, [agent(1, status="offline")], None,
    ),
    "a fair window": (policy(fair_limit=1), {}, [agent(1, recent=[ago(seconds=3500)])], 100),
    "working hours": (policy(), {}, [agent(1, hours=Hours("UTC", {"mon": [("13:00", "14:00")]}))], 3600),
    "hours of somebody offline": (
        policy(), {}, [agent(1, status="offline", hours=Hours("UTC", {"mon": [("13:00", "14:00")]}))], None,
    ),
    "not handed out at all": (policy("manual", routing_steps=[{"after_s": 90}]), {}, [], None),
}  # fmt: skip


@pytest.mark.parametrize("name", DUE)
def test_when_the_queue_must_be_looked_at_again(name: str) -> None:
    rules, of_case, fleet, seconds = DUE[name]
    due = next_due([case(1, rules, **of_case)], fleet, NOW)
    assert due == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_the_old_setting_gives_work_to_whom_the_customer_had_whether_there_or_not() -> None:
    rules = policy("previous_agent")
    fleet = [agent(1), agent(2, status="offline", capacity=0)]
    assert who([case(1, rules, previous_agent=UUID(int=2))], fleet) == [(1, 2)]
    assert because(case(1, rules), fleet) == "no_previous"
