"""The dry run: the last days once more, with figures that can be counted by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hark.routing.models import RoutingPolicy
from hark.routing.simulate import Past, Span, as_it_was, simulate
from tests.support.routing_cases import NOW, agent, case, policy

END = NOW + timedelta(hours=1)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def past(number: int, came: float, rules: RoutingPolicy, ended: float | None = None, **had: Any) -> Past:
    return Past(
        case(number, rules, queued_at=at(came)),
        had.get("agent_id"),
        had.get("given_at"),
        None if ended is None else at(ended),
    )


def online(*numbers: int, since: float = -5) -> list[Span]:
    return [Span(UUID(int=number), at(since), "online") for number in numbers]


def go(days: list[Past], agents: list[Any], spans: list[Span]) -> Any:
    played, whole = simulate(days, agents, spans, NOW, END, lambda _: True)
    assert whole
    return played


def test_a_slot_is_free_again_when_the_conversation_would_have_ended() -> None:
    rules = policy()
    had = {"agent_id": UUID(int=1), "given_at": at(0)}
    days = [past(1, 0, rules, 10, **had), past(2, 1, rules, 20, agent_id=UUID(int=1), given_at=at(10))]
    played = go(days, [agent(1, capacity=1)], online(1))
    assert (played.given, played.left, played.waited_longest_s) == (2, 0, 9 * 60)
    assert played.overruns == 0


def test_what_happened_is_counted_the_same_way() -> None:
    rules = policy("manual")
    days = [past(number, 0, rules, 30, agent_id=UUID(int=1), given_at=at(number)) for number in (1, 2, 3)]
    was = as_it_was(days, [agent(1, capacity=2)], END)
    assert (was.given, was.overruns, was.by_agent) == (3, 1, {UUID(int=1): 3})
    assert (was.waited_median_s, was.waited_longest_s) == (120, 180)


def test_nobody_gets_anything_while_they_were_away() -> None:
    rules = policy()
    spans = [*online(1), Span(UUID(int=1), at(5), "away"), Span(UUID(int=1), at(15), "online")]
    played = go([past(1, 0, rules), past(2, 6, rules)], [agent(1)], spans)
    assert (played.given, played.waited_longest_s) == (2, 9 * 60)


def test_a_step_falls_due_in_the_replay_too() -> None:
    rules = policy(routing_steps=[{"after_s": 300, "skills": {}}])
    hard = Past(case(1, rules, queued_at=at(0), required_skills={"x": 1}), None, None, None)
    played = go([hard], [agent(1)], online(1))
    assert (played.given, played.waited_longest_s) == (1, 300)


def test_a_manual_policy_gives_nothing_and_says_so() -> None:
    played = go([past(1, 0, policy("manual"))], [agent(1)], online(1))
    assert (played.given, played.left, played.apart) == (0, 0, 1)


def test_a_replay_can_be_ended() -> None:
    days = [past(number, number, policy()) for number in range(10)]
    played, whole = simulate(days, [agent(1)], online(1), NOW, END, lambda share: share < 0.5)
    assert not whole
    assert 0 < played.given < 10


def test_equal_agents_share_equally_and_never_over_capacity() -> None:
    rules = policy("load_balanced")
    days = [past(number, number / 10, rules, number / 10 + 2) for number in range(500)]
    played = go(days, [agent(number, capacity=9) for number in range(1, 6)], online(1, 2, 3, 4, 5))
    assert played.given == 500
    assert played.overruns == 0
    assert max(played.by_agent.values()) - min(played.by_agent.values()) <= 2
