"""Rates, waits and the circuit, by properties."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hark.channels.contract import RateLimit, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.delivery import backoff, breaker, throttle

AT = datetime(2026, 11, 18, tzinfo=UTC)
limits = st.builds(RateLimit, st.integers(1, 60), st.floats(0.5, 120))


@given(st.lists(limits, min_size=1, max_size=3), st.lists(st.floats(0, 20), max_size=150))
@settings(max_examples=300, deadline=None)
def test_no_span_of_time_holds_more_calls_than_the_platform_allows(
    rates: list[RateLimit], gaps: list[float]
) -> None:
    """Somebody asks again and again, as greedily as possible."""
    kinds = throttle.buckets(rates)
    tokens, since, now = throttle.refilled([], AT, AT, kinds), AT, AT
    calls: list[float] = []
    for gap in gaps:
        now += timedelta(seconds=gap)
        tokens = throttle.refilled(tokens, since, now, kinds)
        since = now
        may = throttle.affordable(tokens) or 0
        tokens = throttle.spent(tokens, may)
        calls += [(now - AT).total_seconds()] * may
    for limit in rates:
        for start in calls:
            assert sum(1 for call in calls if start <= call < start + limit.seconds - 1e-6) <= limit.calls


@given(limits, st.floats(0, 1))
def test_after_the_wait_a_call_is_affordable(limit: RateLimit, held: float) -> None:
    kinds = throttle.buckets([limit])
    later = AT + throttle.wait([held], kinds) + timedelta(microseconds=1)
    assert throttle.affordable(throttle.refilled([held], AT, later, kinds)) == 1


def test_the_whole_rate_is_used() -> None:
    kinds = throttle.buckets([RateLimit(30, 1.0)])
    tokens, calls = throttle.refilled([], AT, AT, kinds), 0
    for step in range(1000):
        before = AT + timedelta(milliseconds=10 * step)
        tokens = throttle.refilled(tokens, before, before + timedelta(milliseconds=10), kinds)
        may = throttle.affordable(tokens) or 0
        tokens = throttle.spent(tokens, may)
        calls += may
    assert calls >= 10 * 28


def test_a_clock_that_goes_back_makes_no_tokens() -> None:
    kinds = throttle.buckets([RateLimit(10, 1.0)])
    assert throttle.refilled([0.5], AT, AT - timedelta(hours=1), kinds) == [0.5]


def test_limits_of_conversations_space_their_messages() -> None:
    rates = (
        RateLimit(1, 1.0, scope="conversation"),
        RateLimit(20, 60.0, scope="conversation"),
        RateLimit(30, 1.0),
    )
    assert throttle.spacing(rates) == timedelta(seconds=3)
    assert len(throttle.buckets(rates)) == 1
    assert throttle.spacing(()) == timedelta(0)
    assert throttle.affordable([]) is None


@given(st.integers(1, 1000), st.one_of(st.none(), st.floats()), st.floats(0, 1))
def test_a_wait_is_what_was_asked_for_or_within_our_own_bounds(
    failures: int, named: float | None, chance: float
) -> None:
    seconds = (backoff.again_at(AT, failures, named, chance) - AT).total_seconds()
    if named is not None and math.isfinite(named) and named >= 0:
        assert seconds == pytest.approx(min(max(named, 0.05), 3600), abs=1e-5)
        assert seconds >= min(named, 3600) - 1e-6
    else:
        assert 0.05 <= seconds <= backoff.CAP


def test_waits_are_spread_over_their_whole_span() -> None:
    waits = [backoff.jittered(9, step / 1000) for step in range(1000)]
    per_second = [sum(1 for wait in waits if second <= wait < second + 1) for second in range(256)]
    mean = len(waits) / 256
    assert max(per_second) <= 2 * mean


@given(st.lists(st.sampled_from(["ok", "no", "limit", "down", "doubt", "token"]), max_size=60))
def test_the_circuit_opens_only_after_failures_in_a_row(outcomes: list[str]) -> None:
    problems = {
        "ok": None,
        "no": Rejected("1", "no"),
        "limit": TryAgain("429", "slow", http_status=429),
        "down": TryAgain("500", "down", http_status=500),
        "doubt": Unconfirmed("t", "timeout"),
        "token": Reconnect("190", "token"),
    }
    failures = in_row = 0
    for outcome in outcomes:
        circuit = breaker.after_call(failures, problems[outcome], AT)
        in_row = in_row + 1 if outcome in {"down", "doubt"} else 0
        failures = circuit.failures
        assert failures == in_row
        assert circuit.blocked_until == (AT + breaker.PROBE_EVERY if in_row >= breaker.THRESHOLD else None)


def test_a_half_open_circuit_lets_one_call_through() -> None:
    assert breaker.allowed(0, 7, 5) == 5
    assert breaker.allowed(breaker.THRESHOLD, 0, 5) == 1
    assert breaker.allowed(breaker.THRESHOLD, 1, 5) == 0
    assert breaker.allowed(breaker.THRESHOLD, 0, 0) == 0
