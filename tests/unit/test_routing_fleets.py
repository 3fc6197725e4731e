"""Random fleets and queues: the fast decision against a slow one written from the rules alone, and what must always hold."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from hark.routing import Agent, Given, RoutingPolicy, RoutingStep, Waiting, decide
from tests.support.routing_cases import NOW, agent, ago, case, policy

TEAMS = [UUID(int=501), UUID(int=502)]
SKILLS = ["a", "b"]
SHORT = settings(max_examples=150, deadline=None)

levels = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 3), max_size=2)
seconds = st.integers(0, 200)


@st.composite
def agents(draw: st.DrawFn, number: int) -> Agent:
    last = draw(st.none() | seconds)
    return agent(
        number,
        status=draw(st.sampled_from(["online", "online", "online", "away", "offline"])),
        capacity=draw(st.none() | st.integers(0, 4)),
        load=draw(st.integers(0, 3)),
        capacities=draw(st.dictionaries(st.sampled_from(["platform:sandbox", "source:dm"]), st.integers(0, 3), max_size=2)),
        skills=draw(levels),
        languages=draw(st.none() | st.dictionaries(st.sampled_from(["de", "en"]), st.integers(1, 3))),
        teams=frozenset(draw(st.sets(st.sampled_from(TEAMS)))),
        last_assigned_at=None if last is None else ago(seconds=last),
        recent=sorted(ago(seconds=each) for each in draw(st.lists(seconds, max_size=3))),
    )  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> RoutingPolicy:
    steps = draw(st.lists(st.builds(
        RoutingStep, after_s=seconds, skills=st.none() | levels, team_id=st.none() | st.sampled_from(TEAMS),
        any_team=st.booleans(), any_language=st.booleans()), max_size=2))  # fmt: skip
    return policy(
        draw(st.sampled_from(["round_robin", "load_balanced", "skill_based"])),
        sticky=draw(st.booleans()), sticky_wait_s=draw(st.none() | st.integers(1, 200)),
        fair_limit=draw(st.none() | st.integers(1, 3)), fair_window_s=draw(st.integers(1, 200)),
        language_level=draw(st.integers(1, 3)), excluded_tags=draw(st.sampled_from([[], ["spam"]])),
        exclude_older_than_s=draw(st.none() | st.integers(1, 200)),
        routing_steps=msgspec.to_builtins(steps),
    )  # fmt: skip


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Waiting], list[Agent]]:
    fleet = [draw(agents(number)) for number in range(1, 1 + draw(st.integers(0, 6)))]
    one = draw(rules())
    queue = [
        case(
            number, one, priority=draw(st.integers(0, 3)), queued_at=ago(seconds=draw(seconds)),
            language=draw(st.sampled_from([None, "de", "en"])), required_skills=draw(levels),
            team_id=draw(st.none() | st.sampled_from(TEAMS)), tags=draw(st.sampled_from([[], ["spam"]])),
            bot_owned=draw(st.sampled_from([False, False, True])),
            status=draw(st.sampled_from(["open", "open", "open", "pending"])),
            previous_agent=draw(st.none() | st.sampled_from([each.id for each in fleet])) if fleet else None,
        )
        for number in range(draw(st.integers(0, 12)))
    ]  # fmt: skip
    return queue, fleet


class Model:
    """The rules as a person would follow them with a list of agents on paper."""

    def __init__(self, queue: list[Waiting], fleet: list[Agent]) -> None:
        self.fleet = {each.id: each for each in fleet}
        self.open = {each.id: each.load for each in fleet}
        self.places = {each.id: Counter(each.loads) for each in fleet}
        self.turn: dict[UUID, datetime | None] = {each.id: each.last_assigned_at for each in fleet}
        self.got = {each.id: list(each.recent) for each in fleet}
        self.result: list[tuple[UUID, UUID]] = []
        self.clock = max([NOW, *(at + timedelta(microseconds=1) for at in self.turn.values() if at)])
        left = list(queue)
        while left:
            first = min(left, key=lambda each: (3 - each.priority, each.queued_at, each.id))
            left.remove(first)
            self.serve(first)

    def serve(self, one: Waiting) -> None:
        assert one.policy is not None
        if one.status != "open" or one.bot_owned or set(one.tags) & set(one.policy.excluded_tags):
            return
        limit = one.policy.exclude_older_than_s
        if limit is not None and one.active_at < NOW - timedelta(seconds=limit):
            return
        wanted = self.wanted(one)
        able = [each for each in self.fleet if self.fits(each, one, wanted) and self.has_room(each, one)]
        if one.policy.sticky and one.previous_agent in able:
            self.hand(one, one.previous_agent)
        elif one.policy.sticky and self.keeps(one, wanted):
            return
        elif able:
            self.hand(one, min(able, key=lambda each: self.preference(each, one, wanted)))

    def wanted(self, one: Waiting) -> tuple[dict[str, int], UUID | None, str | None]:
        assert one.policy is not None
        skills, team, language = one.required_skills, one.team_id, one.language
        for step in sorted(one.policy.routing_steps, key=lambda each: each.after_s):
            if one.queued_at + timedelta(seconds=step.after_s) <= NOW:
                if step.skills is not None:
                    skills = step.skills
                if step.any_team:
                    team = None
                elif step.team_id is not None:
                    team = step.team_id
                if step.any_language:
                    language = None
        return skills, team, language

    def fits(self, who: UUID, one: Waiting, wanted: tuple[dict[str, int], UUID | None, str | None]) -> bool:
        assert one.policy is not None
        each, (skills, team, language) = self.fleet[who], wanted
        speaks = (
            language is None
            or each.languages is None
            or each.languages.get(language, 0) >= one.policy.language_level
        )
        skilled = all(each.skills.get(skill, 0) >= level for skill, level in skills.items())
        return each.status == "online" and (team is None or team in each.teams) and speaks and skilled

    def has_room(self, who: UUID, one: Waiting, *, fairness: bool = True) -> bool:
        assert one.policy is not None
        each = self.fleet[who]
        if each.capacity is not None and self.open[who] >= each.capacity:
            return False
        for place in (f"platform:{one.platform}", f"source:{one.source}"):
            if place in each.capacities and self.places[who][place] >= each.capacities[place]:
                return False
        return not (fairness and self.used_up(who, one.policy))

    def used_up(self, who: UUID, rules: RoutingPolicy) -> bool:
        begin = NOW - timedelta(seconds=rules.fair_window_s)
        return (
            rules.fair_limit is not None and sum(1 for at in self.got[who] if at > begin) >= rules.fair_limit
        )

    def keeps(self, one: Waiting, wanted: tuple[dict[str, int], UUID | None, str | None]) -> bool:
        """Waits for its previous agent, who could take it but has no room."""
        assert one.policy is not None
        if one.previous_agent is None or one.policy.sticky_wait_s is None:
            return False
        if not self.fits(one.previous_agent, one, wanted) or self.used_up(one.previous_agent, one.policy):
            return False
        return one.queued_at + timedelta(seconds=one.policy.sticky_wait_s) > NOW

    def preference(
        self, who: UUID, one: Waiting, wanted: tuple[dict[str, int], UUID | None, str | None]
    ) -> tuple[Any, ...]:
        assert one.policy is not None
        each, turn = self.fleet[who], self.turn[who]
        idle = ((turn is not None), turn or NOW, who)
        spare = (each.capacity is not None, self.open[who] - (each.capacity or 0))
        skill = -sum(each.skills.get(skill, 0) for skill in wanted[0])
        return {"round_robin": idle, "load_balanced": (*spare, *idle), "skill_based": (skill, *spare, *idle)}[
            one.policy.strategy
        ]

    def hand(self, one: Waiting, who: UUID) -> None:
        self.open[who] += 1
        self.places[who].update([f"platform:{one.platform}", f"source:{one.source}"])
        self.got[who].append(NOW)
        self.turn[who], self.clock = self.clock, self.clock + timedelta(microseconds=1)
        self.result.append((one.id, who))


@SHORT
@given(situations())
def test_the_decision_is_that_of_the_rules(situation: tuple[list[Waiting], list[Agent]]) -> None:
    queue, fleet = situation
    decided = decide(queue, fleet, NOW)
    assert [(each.conversation_id, each.agent_id) for each in decided.given] == Model(queue, fleet).result
    settled = [each.conversation_id for each in decided.given] + [
        each.conversation_id for each in decided.left
    ]
    assert sorted(settled) == sorted(each.id for each in queue)


@SHORT
@given(situations())
def test_nobody_gets_more_than_there_is_room_for(situation: tuple[list[Waiting], list[Agent]]) -> None:
    queue, fleet = situation
    got = Counter(each.agent_id for each in decide(queue, fleet, NOW).given)
    for one in fleet:
        if one.capacity is not None and got[one.id]:
            assert one.load + got[one.id] <= one.capacity
        for limit in one.capacities.values():
            assert got[one.id] <= limit


@SHORT
@given(situations(), st.randoms())
def test_the_order_in_which_things_are_given_does_not_matter(
    situation: tuple[list[Waiting], list[Agent]], chance: Any
) -> None:
    queue, fleet = situation
    first = decide(queue, fleet, NOW).given
    chance.shuffle(queue)
    chance.shuffle(fleet)
    assert decide(queue, fleet, NOW).given == first


def arrivals(fleet: list[Agent], count: int, strategy: str, at: datetime = NOW) -> Counter[UUID]:
    """So many conversations one after the other, each decided alone, by workers that remember nothing but the rows."""
    got: Counter[UUID] = Counter()
    rules = policy(strategy)
    for number in range(count):
        [given] = decide([case(number, rules)], fleet, at).given
        got[given.agent_id] += 1
        _store(fleet, given)
    return got


def _store(fleet: list[Agent], given: Given) -> None:
    [one] = [each for each in fleet if each.id == given.agent_id]
    one.last_assigned_at, one.load = given.stamp, one.load + 1


@SHORT
@given(st.integers(1, 9), st.sampled_from(["round_robin", "load_balanced", "skill_based"]))
def test_equal_agents_get_equally_many_within_one(count: int, strategy: str) -> None:
    got = arrivals([agent(number) for number in range(1, count + 1)], 100, strategy)
    assert max(got.values()) - min(got.values()) <= 1


def test_equal_agents_get_equally_many_of_a_thousand_one_by_one_and_in_one_look() -> None:
    for strategy in ("round_robin", "load_balanced", "skill_based"):
        one_by_one = arrivals([agent(number) for number in range(1, 8)], 1000, strategy)
        fleet = [agent(number) for number in range(1, 8)]
        queue = [case(number, policy(strategy)) for number in range(1000)]
        at_once = Counter(each.agent_id for each in decide(queue, fleet, NOW).given)
        for got in (one_by_one, at_once):
            assert sum(got.values()) == 1000
            assert max(got.values()) - min(got.values()) <= 1


def test_a_clock_that_went_back_does_not_stop_the_rotation() -> None:
    fleet = [agent(number) for number in range(1, 4)]
    arrivals(fleet, 4, "round_robin")
    got = arrivals(fleet, 6, "round_robin", at=ago(hours=1))
    assert set(got.values()) == {2}


def test_an_absence_is_not_caught_up() -> None:
    fleet = [agent(1), agent(2), agent(3, status="away")]
    arrivals(fleet, 100, "round_robin")
    fleet[2].status = "online"
    got = arrivals(fleet, 9, "round_robin")
    assert set(got.values()) == {3}
