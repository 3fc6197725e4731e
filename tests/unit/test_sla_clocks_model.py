"""The clocks against a model that counts minutes: random conversations, any order of arrival, repetitions."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from hark.sla.calendar import build_calendar
from hark.sla.clocks import (
    BotReply,
    CustomerMessage,
    Event,
    HandedOver,
    MergedAway,
    Opened,
    OutOfOrder,
    PersonReply,
    Plan,
    PlanChanged,
    State,
    StatusChanged,
    apply,
    changes,
    next_wake,
    replay,
    settle,
)
from hark.sla.spec import DAYS, CalendarSpec, Opening
from tests.support.business_minutes import by_clock
from tests.support.sla_clocks import Desk

BEGIN = datetime(2026, 10, 23, 6, tzinfo=UTC)
"""A Friday; on Sunday Berlin's clocks go back."""
DAYS_LONG = 5
SPECS = {
    "office": CalendarSpec("Europe/Berlin", tuple(Opening(day, "09:00", "12:00") for day in DAYS)),
    "split": CalendarSpec(
        "Europe/Berlin",
        (
            *(Opening(day, "10:00", "11:00") for day in DAYS),
            *(Opening(day, "20:00", "04:00") for day in DAYS),
        ),
    ),
    "always": CalendarSpec("Etc/UTC", tuple(Opening(day, "00:00", "24:00") for day in DAYS)),
}
BUILT = {key: build_calendar(spec) for key, spec in SPECS.items()}
COUNTED = {key: by_clock(spec, BEGIN - timedelta(days=1), DAYS_LONG + 2) for key, spec in SPECS.items()}


def is_open(calendar: str, minute: datetime) -> bool:
    return COUNTED[calendar][(minute - BEGIN + timedelta(days=1)) // timedelta(minutes=1)]


targets = st.none() | st.sampled_from([1, 7, 30, 60, 180, 240, 600])
plans = st.builds(
    Plan,
    policy=st.sampled_from(["a", "b"]),
    calendar=st.sampled_from(sorted(SPECS)),
    first_response=targets,
    next_response=targets,
    resolution=targets,
    pause_statuses=st.sampled_from([(), ("pending",)]),
    warn_at_percent=st.none() | st.sampled_from([1, 50, 80, 100]),
)
moments = (st.integers(0, DAYS_LONG * 48).map(lambda each: each * 30) | st.integers(0, DAYS_LONG * 1440)).map(
    lambda each: BEGIN + timedelta(minutes=each)
)


def statuses(weight: int) -> st.SearchStrategy[str]:
    return st.sampled_from(["open", "resolved", "closed", *["pending"] * weight])


@st.composite
def conversations(draw: st.DrawFn) -> list[Event]:
    opened = Opened(
        id="opened",
        at=BEGIN,
        status=draw(st.sampled_from(["open", "open", "pending"])),
        bot_owned=draw(st.booleans()),
        plan=draw(st.none() | plans),
    )
    whens = draw(st.lists(moments, min_size=1, max_size=14))
    return [opened, *(draw(_event(f"e{i}", at, i)) for i, at in enumerate(sorted(whens)))]


def _event(name: str, at: datetime, order: int) -> st.SearchStrategy[Event]:
    same = {"id": st.just(name), "at": st.just(at), "order": st.just(order)}
    customer = st.builds(CustomerMessage, **same)
    return st.one_of(
        customer,
        customer,
        st.builds(PersonReply, **same),
        st.builds(BotReply, **same),
        st.builds(StatusChanged, status=statuses(2), **same),
        st.builds(PlanChanged, plan=st.none() | plans | plans, **same),
        st.builds(HandedOver, to_bot=st.booleans(), **same),
        st.builds(MergedAway, **same) if order > 8 else customer,
    )


def test_model_sees_closed_and_open_minutes() -> None:
    assert {True, False} == set(COUNTED["office"]) == set(COUNTED["split"])


@settings(max_examples=80, deadline=None)
@given(conversations())
def test_the_clocks_stand_as_counted_minute_by_minute(events: list[Event]) -> None:
    opened, *rest = events
    assert isinstance(opened, Opened)
    desk, state = Desk(opened, is_open), apply(State(), opened, BUILT.__getitem__)
    for passed in range(DAYS_LONG * 1440):
        now = BEGIN + timedelta(minutes=passed)
        desk.look()
        heard = 0
        while rest and rest[0].at == now:
            event = rest.pop(0)
            state = apply(state, event, BUILT.__getitem__)
            desk.hear(event)
            heard += 1
        if heard or passed % 15 == 0 or passed % 60 == 1:
            assert shown(state, now) == sorted(desk.shown()), now
        desk.move_on()
        desk.tick(now)


def shown(state: State, now: datetime) -> list[tuple[str, int, str, bool]]:
    clocks = settle(state, now)
    return sorted((each.kind, each.cycle, each.state, each.warned_at is not None) for each in clocks)


@settings(max_examples=50, deadline=None)
@given(conversations(), st.randoms(use_true_random=False))
def test_order_of_arrival_and_repetition_change_nothing(events: list[Event], chance: random.Random) -> None:
    in_order = replay(events, BUILT.__getitem__)
    shuffled = [*events, *chance.choices(events, k=3)]
    chance.shuffle(shuffled)
    assert replay(shuffled, BUILT.__getitem__) == in_order


@settings(max_examples=50, deadline=None)
@given(conversations(), st.data())
def test_one_at_a_time_is_the_same_as_all_at_once(events: list[Event], data: st.DataObject) -> None:
    """As the product does it: what comes in order is applied, what comes late makes a replay; the state goes through JSON."""
    order = data.draw(st.permutations(events))
    state, heard = State(), list[Event]()
    for event in order:
        heard.append(event)
        try:
            state = apply(state, event, BUILT.__getitem__)
        except OutOfOrder:
            state = replay(heard, BUILT.__getitem__)
        state = msgspec.json.decode(msgspec.json.encode(state), type=State)
    assert state == replay(events, BUILT.__getitem__)


@settings(max_examples=50, deadline=None)
@given(conversations())
def test_waking_when_told_sees_every_warning_and_breach_once(events: list[Event]) -> None:
    """A worker that sleeps until `next_wake` notices exactly what one sees that looks at all times; each once."""
    state, before, told = State(), (), list[tuple[str, str, int]]()
    ends = [*(each.at for each in events[1:]), BEGIN + timedelta(days=30)]
    for event, end in zip(events, ends, strict=True):
        state = apply(state, event, BUILT.__getitem__)
        now, wakes = event.at, 0
        while True:
            after = settle(state, now)
            told += [
                (each.happening, each.clock.kind, each.clock.cycle)
                for each in changes(before, after, now)
                if each.happening in {"warned", "breached"}
            ]
            before, wake = after, next_wake(after)
            if wake is None or wake > end:
                break
            assert wake > now
            now, wakes = wake, wakes + 1
        assert wakes <= 2 * len(before)
    assert len(told) == len(set(told))
    seen = {("warned", each.kind, each.cycle) for each in before if each.warned_at is not None}
    seen |= {("breached", each.kind, each.cycle) for each in before if each.breached_at is not None}
    assert set(told) == seen


@settings(max_examples=40, deadline=None)
@given(conversations())
def test_a_breach_stays_whatever_comes_later(events: list[Event]) -> None:
    state, breached = State(), dict[tuple[str, int], datetime]()
    for event in events:
        state = apply(state, event, BUILT.__getitem__)
        now = {(each.kind, each.cycle): each for each in settle(state, event.at)}
        for key, at in breached.items():
            assert (now[key].state, now[key].breached_at) == ("breached", at)
        breached |= {key: each.breached_at for key, each in now.items() if each.breached_at is not None}
