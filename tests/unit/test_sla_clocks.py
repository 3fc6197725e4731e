"""The life of the clocks, rule by rule (docs/sla.md §2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import perf_counter

import msgspec
import pytest

from hark.sla.calendar import always_open, build_calendar
from hark.sla.clocks import (
    BotReply,
    Clock,
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
from hark.sla.spec import CalendarSpec, DayException, Opening, Span

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
OFFICE = build_calendar(
    CalendarSpec("Etc/UTC", (Opening("mon", "09:00", "17:00"), Opening("tue", "09:00", "17:00")))
)
ONCE = build_calendar(
    CalendarSpec("Etc/UTC", exceptions=(DayException(NINE.date(), "", (Span("09:00", "10:00"),)),))
)
CALENDARS = {"always": always_open(), "office": OFFICE, "once": ONCE}
PLAN = Plan("gold", "always", first_response=60, next_response=30, resolution=480, warn_at_percent=80)


def at(minute: float) -> datetime:
    return NINE + timedelta(minutes=minute)


def opened(plan: Plan | None = PLAN, **more: object) -> Opened:
    return Opened(id="opened", at=NINE, plan=plan, **more)  # type: ignore[arg-type]


def says(minute: float) -> Event:
    return CustomerMessage(id=f"customer {minute}", at=at(minute))


def answers(minute: float) -> Event:
    return PersonReply(id=f"person {minute}", at=at(minute))


def bot(minute: float) -> Event:
    return BotReply(id=f"bot {minute}", at=at(minute))


def status(minute: float, to: str) -> Event:
    return StatusChanged(id=f"{to} {minute}", at=at(minute), status=to)  # type: ignore[arg-type]


def planned(minute: float, plan: Plan | None) -> Event:
    return PlanChanged(id=f"plan {minute}", at=at(minute), plan=plan)


def handed(minute: float, *, to_bot: bool = False) -> Event:
    return HandedOver(id=f"handed {minute}", at=at(minute), to_bot=to_bot)


def clock(now: float, *events: Event, kind: str = "first_response", cycle: int = 1) -> Clock:
    return next(each for each in clocks(now, *events) if (each.kind, each.cycle) == (kind, cycle))


def clocks(now: float, *events: Event) -> tuple[Clock, ...]:
    return settle(replay(events, CALENDARS.__getitem__), at(now))


def kinds(now: float, *events: Event) -> list[tuple[str, int, str]]:
    return [(each.kind, each.cycle, each.state) for each in clocks(now, *events)]


# 1 first response


def test_first_response_runs_from_the_first_customer_message_to_a_persons_reply() -> None:
    found = clock(50, opened(), says(5), says(20), answers(40))
    assert (found.state, found.started_at, found.due_at, found.ended_at) == ("met", at(5), at(65), at(40))


def test_a_bot_answers_nothing() -> None:
    assert clock(50, opened(), says(0), bot(10)).state == "running"


def test_a_person_who_writes_first_has_answered_nothing() -> None:
    assert clock(50, opened(), answers(0), says(10)).started_at == at(10)


def test_while_a_bot_owns_the_conversation_no_response_is_owed() -> None:
    found = clocks(50, opened(bot_owned=True), says(0), bot(1))
    assert [each.kind for each in found] == ["resolution"]


def test_first_response_runs_from_the_hand_over_when_a_bot_owned_it() -> None:
    assert clock(50, opened(bot_owned=True), says(0), bot(1), handed(10)).due_at == at(70)


def test_first_response_runs_from_a_message_after_the_hand_over() -> None:
    assert clock(50, opened(bot_owned=True), handed(10), says(15)).started_at == at(15)


def test_a_hand_over_from_people_to_people_moves_nothing() -> None:
    assert clock(50, opened(), says(0), handed(10)).started_at == at(0)


def test_a_conversation_given_to_a_bot_and_back_owes_from_the_hand_over() -> None:
    found = kinds(50, opened(), says(0), handed(10, to_bot=True), handed(20))
    assert found == [
        ("resolution", 1, "running"),
        ("first_response", 1, "cancelled"),
        ("first_response", 2, "running"),
    ]
    again = clock(50, opened(), says(0), handed(10, to_bot=True), handed(20), cycle=2)
    assert again.due_at == at(80)


# 2 next response


def test_next_response_runs_from_the_oldest_unanswered_message_in_every_cycle() -> None:
    events = [opened(), says(0), answers(10), says(20), says(30), answers(35), answers(36), says(50)]
    assert [each for each in kinds(55, *events) if each[0] == "next_response"] == [
        ("next_response", 1, "met"),
        ("next_response", 2, "running"),
    ]
    assert clock(55, *events, kind="next_response").due_at == at(50)
    assert clock(55, *events, kind="next_response", cycle=2).due_at == at(80)


def test_there_is_no_next_response_before_the_first() -> None:
    assert "next_response" not in {each.kind for each in clocks(50, opened(), says(0), says(10))}


def test_a_late_next_response_ends_its_cycle_and_the_next_message_starts_another() -> None:
    events = [opened(), says(0), answers(1), says(2), answers(50), says(60)]
    first = clock(65, *events, kind="next_response")
    assert (first.state, first.breached_at, first.ended_at) == ("breached", at(32), at(50))
    assert clock(65, *events, kind="next_response", cycle=2).started_at == at(60)


# 3 resolution


def test_resolution_runs_from_creation_to_resolved() -> None:
    found = clock(500, opened(), says(5), status(400, "resolved"), kind="resolution")
    assert (found.state, found.started_at, found.ended_at) == ("met", at(0), at(400))


def test_closing_resolves_too() -> None:
    assert clock(500, opened(), status(400, "closed"), kind="resolution").state == "met"


# 4 and 6 due times and pauses


def test_a_pause_moves_what_is_due_and_the_warning() -> None:
    events = [opened(), says(0), status(10, "pending")]
    paused = clock(500, *events)
    assert (paused.state, paused.due_at, paused.warn_at, paused.paused_at) == ("paused", None, None, at(10))
    running = clock(31, *events, status(30, "open"))
    assert (running.due_at, running.warn_at) == (at(80), at(68))


def test_only_open_minutes_of_a_pause_are_added() -> None:
    plan = msgspec.structs.replace(PLAN, calendar="office")
    events = [opened(plan), says(450), status(460, "pending"), status(24 * 60 + 5, "open")]
    assert clock(24 * 60 + 6, *events).due_at == at(24 * 60 + 55)


def test_a_customer_message_reopens_a_pending_conversation_in_the_same_instant() -> None:
    assert clock(40, opened(), says(0), status(10, "pending"), says(30)).due_at == at(80)


def test_a_status_pauses_only_when_the_policy_says_so() -> None:
    plan = msgspec.structs.replace(PLAN, pause_statuses=())
    assert clock(40, opened(plan), says(0), status(10, "pending")).due_at == at(60)


def test_resolved_without_a_reply_is_stopped_and_never_breached() -> None:
    assert clock(9000, opened(), says(0), status(10, "resolved")).state == "stopped"


def test_time_while_resolved_is_not_counted_after_a_reopen() -> None:
    events = [opened(), says(0), status(10, "resolved"), says(110)]
    assert clock(111, *events).due_at == at(160)
    assert clock(111, *events, kind="resolution").due_at == at(580)


def test_pending_then_resolved_is_one_time_that_is_not_counted() -> None:
    events = [
        opened(),
        says(0),
        status(10, "pending"),
        status(40, "resolved"),
        status(70, "pending"),
        status(90, "open"),
    ]
    assert clock(91, *events).due_at == at(140)


def test_a_message_on_a_closed_conversation_waits_until_it_is_reopened() -> None:
    events = [opened(), status(10, "closed"), says(20)]
    assert "first_response" not in {each.kind for each in clocks(30, *events)}
    found = clock(41, *events, status(40, "open"))
    assert (found.started_at, found.due_at) == (at(20), at(100))


def test_a_reply_after_resolving_meets_the_stopped_clock() -> None:
    assert clock(30, opened(), says(0), status(10, "resolved"), answers(11)).state == "met"


# 5 the due instant


@pytest.mark.parametrize(("late", "state"), [(0.0, "met"), (0.001, "breached")])
def test_a_reply_at_the_due_instant_is_in_time(late: float, state: str) -> None:
    assert clock(100, opened(), says(0), answers(60 + late)).state == state


def test_a_breach_is_at_the_due_time_and_stays() -> None:
    events = [opened(), says(0)]
    assert clock(60, *events).state == "running"
    found = clock(500, *events, answers(100), planned(110, msgspec.structs.replace(PLAN, first_response=400)))
    assert (found.state, found.breached_at, found.ended_at) == ("breached", at(60), at(100))


# 7 and 8 changes of plan


def test_a_new_target_counts_from_the_clocks_own_start() -> None:
    urgent = msgspec.structs.replace(PLAN, first_response=30)
    assert clock(21, opened(), says(5), planned(20, urgent)).due_at == at(35)


def test_a_new_due_time_already_past_is_a_breach_at_once() -> None:
    urgent = msgspec.structs.replace(PLAN, first_response=15)
    found = clock(40, opened(), says(5), planned(40, urgent))
    assert (found.state, found.breached_at) == ("breached", at(20))


def test_a_breach_at_once_also_while_paused() -> None:
    urgent = msgspec.structs.replace(PLAN, first_response=5)
    assert clock(40, opened(), says(0), status(10, "pending"), planned(40, urgent)).state == "breached"


def test_finished_clocks_are_not_touched() -> None:
    before = clock(40, opened(), says(0), answers(20))
    after = clock(
        40, opened(), says(0), answers(20), planned(30, msgspec.structs.replace(PLAN, first_response=5))
    )
    assert before == after


def test_edited_opening_hours_apply_to_open_clocks_at_once() -> None:
    found = clock(500, opened(), says(460), planned(470, msgspec.structs.replace(PLAN, calendar="office")))
    assert found.due_at == at(24 * 60 + 40)


def test_a_policy_that_comes_late_counts_from_the_clocks_own_start() -> None:
    found = clock(51, opened(None), says(5), planned(50, PLAN))
    assert (found.started_at, found.due_at, found.warned_at) == (at(5), at(65), None)


def test_a_plan_that_stops_pausing_lets_the_clocks_run() -> None:
    going = msgspec.structs.replace(PLAN, pause_statuses=())
    found = clock(31, opened(), says(0), status(10, "pending"), planned(30, going))
    assert (found.state, found.due_at) == ("running", at(80))


def test_a_plan_without_a_target_cancels_that_clock_only() -> None:
    plan = msgspec.structs.replace(PLAN, first_response=None)
    assert kinds(20, opened(), says(0), planned(10, plan)) == [
        ("resolution", 1, "running"),
        ("first_response", 1, "cancelled"),
    ]


def test_a_target_that_the_calendar_never_reaches_is_never_due_and_fails_nothing() -> None:
    found = clock(10**6, opened(msgspec.structs.replace(PLAN, calendar="once", first_response=90)), says(0))
    assert (found.state, found.due_at) == ("running", None)
    assert next_wake((found,)) is None


# 9 no policy, merged


def test_without_a_policy_open_clocks_are_cancelled_and_breaches_stay() -> None:
    assert kinds(200, opened(), says(0), planned(100, None)) == [
        ("resolution", 1, "cancelled"),
        ("first_response", 1, "breached"),
    ]


def test_after_no_policy_a_matching_one_starts_another_clock_from_the_same_message() -> None:
    events = [opened(), says(0), planned(10, None), planned(20, PLAN)]
    assert clock(21, *events).state == "cancelled"
    assert clock(21, *events, cycle=2).due_at == at(60)


def test_merged_away_everything_open_is_cancelled_and_nothing_counts_any_more() -> None:
    events = [opened(), says(0), MergedAway(id="merged", at=at(10)), says(20), answers(30), planned(40, PLAN)]
    assert kinds(500, *events) == [("resolution", 1, "cancelled"), ("first_response", 1, "cancelled")]


# 10 warnings


def test_a_warning_comes_when_the_percentage_is_used() -> None:
    events = [opened(), says(0)]
    assert clock(47.99, *events).warned_at is None
    assert clock(48, *events).warned_at == at(48)


def test_a_change_that_jumps_past_the_warning_warns_at_the_change() -> None:
    found = clock(41, opened(), says(0), planned(40, msgspec.structs.replace(PLAN, first_response=45)))
    assert (found.warned_at, found.warn_at, found.state) == (at(40), None, "running")


def test_a_warning_given_is_not_given_again() -> None:
    longer = msgspec.structs.replace(PLAN, first_response=600)
    found = clock(500, opened(), says(0), planned(50, longer))
    assert found.warned_at == at(48)


def test_a_policy_may_have_no_warning() -> None:
    found = clock(59, opened(msgspec.structs.replace(PLAN, warn_at_percent=None)), says(0))
    assert (found.warn_at, found.warned_at) == (None, None)


def test_an_answered_clock_warns_no_more() -> None:
    assert clock(500, opened(), says(0), answers(47)).warned_at is None


# 11 events' own times


def test_a_reply_that_arrives_after_the_breach_was_noticed_but_was_in_time_meets_the_clock() -> None:
    state = replay([opened(), says(0)], CALENDARS.__getitem__)
    noticed = settle(state, at(70))
    state = apply(state, answers(55), CALENDARS.__getitem__)
    now = settle(state, at(71))
    assert [(each.kind, each.state) for each in now] == [("resolution", "running"), ("first_response", "met")]
    assert "corrected" in {each.happening for each in changes(noticed, now, at(71))}


def test_an_event_older_than_the_last_asks_for_a_replay() -> None:
    state = replay([opened(), says(10)], CALENDARS.__getitem__)
    with pytest.raises(OutOfOrder):
        apply(state, says(5), CALENDARS.__getitem__)


def test_the_last_event_repeated_changes_nothing() -> None:
    state = replay([opened(), says(10)], CALENDARS.__getitem__)
    assert apply(state, says(10), CALENDARS.__getitem__) is state


def test_events_of_one_instant_go_by_their_order() -> None:
    first = CustomerMessage(id="z", at=at(0), order=1)
    reply = PersonReply(id="a", at=at(0), order=2)
    assert clock(0, opened(), reply, first).state == "met"
    turned = [CustomerMessage(id="z", at=at(0), order=2), PersonReply(id="a", at=at(0), order=1)]
    assert clock(0, opened(), *turned).state == "running"


def test_a_message_older_than_the_conversation_counts_from_its_own_time() -> None:
    assert clock(0, opened(), says(-30)).due_at == at(30)


# what the worker and the journal see


def test_the_next_wake_is_the_warning_then_just_after_the_due_instant() -> None:
    events = [opened(msgspec.structs.replace(PLAN, resolution=None)), says(0)]
    assert next_wake(clocks(0, *events)) == at(48)
    assert next_wake(clocks(48, *events)) == at(60) + timedelta(microseconds=1)
    assert next_wake(clocks(61, *events)) is None


def test_a_paused_clock_wakes_nobody() -> None:
    assert next_wake(clocks(50, opened(), says(0), status(5, "pending"))) is None


LIVES = [
    ([says(0)], ["started"]),
    ([says(0), status(10, "pending")], ["started", "paused"]),
    ([says(0), status(10, "pending"), status(20, "open")], ["started", "paused", "resumed"]),
    ([says(0), answers(10)], ["started", "met"]),
    ([says(0), answers(50)], ["started", "warned", "met"]),
    ([says(0), answers(70)], ["started", "warned", "breached", "done_late"]),
    ([says(0), status(10, "resolved")], ["started", "stopped"]),
    ([says(0), status(10, "resolved"), says(20)], ["started", "stopped", "reopened"]),
    ([says(0), planned(10, None)], ["started", "cancelled"]),
    ([says(0), planned(10, Plan("gold", "always", first_response=90))], ["started", "moved"]),
]


@pytest.mark.parametrize(("events", "happenings"), LIVES)
def test_changes_tell_the_life_of_a_clock(events: list[Event], happenings: list[str]) -> None:
    plan = msgspec.structs.replace(PLAN, resolution=None, next_response=None)
    state, before = replay([opened(plan)], CALENDARS.__getitem__), ()
    told: list[str] = []
    for event in events:
        state = apply(state, event, CALENDARS.__getitem__)
        after = settle(state, event.at)
        told += [each.happening for each in changes(before, after, event.at)]
        before = after
    assert told == happenings


def test_a_resolution_met_and_reopened_is_told_so() -> None:
    plan = msgspec.structs.replace(PLAN, first_response=None, next_response=None)
    state = replay([opened(plan), status(10, "resolved")], CALENDARS.__getitem__)
    met = settle(state, at(10))
    again = settle(apply(state, status(20, "open"), CALENDARS.__getitem__), at(20))
    assert [each.happening for each in changes(met, again, at(20))] == ["reopened"]


def test_a_clock_that_a_late_event_takes_away_is_told_as_corrected() -> None:
    before = clocks(50, opened(), says(0))
    after = tuple(each for each in before if each.kind == "resolution")
    assert [(each.happening, each.clock.kind) for each in changes(before, after, at(50))] == [
        ("corrected", "first_response")
    ]


def test_a_repeated_id_counts_once_and_the_first_is_kept() -> None:
    again = CustomerMessage(id="customer 0", at=at(30))
    assert clock(40, opened(), says(0), again).started_at == at(0)


def test_a_conversation_of_many_cycles_costs_no_more_per_event() -> None:
    many = [each for i in range(4000) for each in (says(i), answers(i + 0.5))]
    start = perf_counter()
    found = clocks(5000, opened(), *many)
    assert perf_counter() - start < 8
    assert [each.cycle for each in found if each.kind == "next_response"] == list(range(1, 4000))


def test_a_state_survives_json() -> None:
    state = replay([opened(), says(0), status(10, "pending")], CALENDARS.__getitem__)
    assert msgspec.json.decode(msgspec.json.encode(state), type=State) == state
