"""What may still be called: quotas, budgets, reserves, by tables and properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hark.channels.accounts.usage import Allowance, Collector, Quota, allowance, day_end, day_of
from hark.channels.contract import Budget, RateLimit
from hark.delivery import throttle
from hark.flows.poll import stretched
from hark.kernel.clock import FixedClock
from hark.kernel.ids import new_id

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=15)
LATER = NOW + timedelta(hours=1)


def quota(kind: str, remaining: int, limit: int | None = None, ends: datetime = SOON) -> Quota:
    return Quota(kind, limit, remaining, ends, NOW)


@pytest.mark.parametrize(
    ("quotas", "purpose", "calls", "until"),
    [
        ([], "send", None, None),
        ([quota("send", 7)], "send", 7, None),
        ([quota("send", 7)], "read", None, None),
        ([quota("read", 0)], "send", None, None),
        ([quota("read", 0)], "read", 0, SOON),
        ([quota("any", 0)], "send", 0, SOON),
        ([quota("any", 0, ends=NOW)], "send", None, None),
        ([quota("any", 0, 25, ends=NOW)], "send", 25, None),
        ([quota("any", 30, 100)], "send", 30, None),
        ([quota("any", 30, 100)], "read", 10, None),
        ([quota("any", 20, 100)], "read", 0, SOON),
        ([quota("read", 20, 100)], "read", 20, None),
        ([quota("any", 1, 1)], "read", 1, None),
        ([quota("send", 5), quota("send:dm", 2)], "send", 2, None),
        ([quota("send", 0), quota("any", 0, ends=LATER)], "send", 0, LATER),
        ([quota("send", 0, ends=LATER), quota("any", 0)], "send", 0, LATER),
    ],
)
def test_the_tightest_quota_counts(quotas: list[Quota], purpose: str, calls: Any, until: Any) -> None:
    found = allowance(quotas, (), {}, purpose, NOW)
    assert (found.calls, found.until) == (calls, until)


BUDGET = Budget("units", 100, zone="America/Los_Angeles", read_share=0.8)


@pytest.mark.parametrize(
    ("spent", "purpose", "calls"),
    [(0, "read", 80), (79, "read", 1), (80, "read", 0), (80, "send", 20), (100, "send", 0), (130, "send", 0)],
)
def test_reading_stops_at_its_share_and_sending_at_the_whole(spent: float, purpose: str, calls: int) -> None:
    found = allowance((), (BUDGET,), {"units": spent}, purpose, NOW)
    assert found.calls == calls
    assert (found.until is None) is (calls > 0)
    if found.until is not None:
        assert found.until == datetime(2026, 11, 25, 8, tzinfo=UTC), "midnight there"


def test_what_a_turn_costs_divides_what_is_left() -> None:
    assert allowance((), (BUDGET,), {"units": 0}, "read", NOW, {"units": 30}).calls == 2
    assert allowance([quota("read", 9)], (), {}, "read", NOW, calls=4).calls == 2


@pytest.mark.parametrize(
    ("zone", "now", "end"),
    [
        ("UTC", NOW, datetime(2026, 11, 25, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 3, 8, 9, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_midnight_of_its_zone_also_when_clocks_change(
    zone: str, now: datetime, end: datetime
) -> None:
    assert day_end(zone, now) == end
    assert day_of(zone, end) == day_of(zone, now) + timedelta(days=1)
    assert day_of(zone, end - timedelta(microseconds=1)) == day_of(zone, now)


@given(st.integers(0, 500), st.integers(1, 3600), st.floats(1, 600))
def test_polls_at_the_stretched_pace_stay_within_what_is_left(rest: int, left: int, every: float) -> None:
    ends = NOW + timedelta(seconds=left)
    found = stretched(timedelta(seconds=every), Allowance(rest, None, "read", float(rest), ends), NOW)
    assert found >= timedelta(seconds=every)
    if found.total_seconds() < left:
        assert left / found.total_seconds() <= rest + 1e-3


def test_answers_that_overtake_one_another_never_raise_what_is_left() -> None:
    collector = Collector(FixedClock(NOW))
    workspace, account = new_id(NOW), new_id(NOW)
    meter = collector.meter(workspace, account, ())
    for remaining in (10, 7, 9, 8):
        meter.quota("send", remaining=remaining, resets_at=SOON)
    assert [each.remaining for each in collector.known(workspace, account, [])] == [7]
    meter.quota("send", remaining=50, resets_at=SOON + timedelta(minutes=15))
    meter.quota("send", remaining=3, resets_at=SOON)
    (found,) = collector.known(workspace, account, [])
    assert (found.remaining, found.resets_at) == (50, SOON + timedelta(minutes=15)), "a new window"


def test_a_quota_at_its_end_is_urgent() -> None:
    collector = Collector(FixedClock(NOW))
    meter = collector.meter(new_id(NOW), new_id(NOW), ())
    meter.quota("send", remaining=90, limit=100, resets_at=SOON)
    assert not collector.urgent.is_set()
    meter.quota("send", remaining=0, limit=100, resets_at=SOON)
    assert collector.urgent.is_set()


def test_a_time_without_zone_does_no_harm() -> None:
    collector = Collector(FixedClock(NOW))
    workspace, account = new_id(NOW), new_id(NOW)
    meter = collector.meter(workspace, account, ())
    meter.quota("send", remaining=-3, resets_at=SOON.replace(tzinfo=None))
    (found,) = collector.known(workspace, account, [])
    assert (found.remaining, found.resets_at) == (0, SOON)


def test_rates_count_only_calls_of_their_purpose() -> None:
    kinds = throttle.buckets(
        [RateLimit(100, 60, purpose="send"), RateLimit(200, 60), RateLimit(300, 60, purpose="read")]
    )
    held = throttle.refilled([], NOW, NOW, kinds)
    assert throttle.spent(held, 3, kinds, "send") == [7.0, 17.0, 30.0]
    assert throttle.spent(held, 3, kinds, "read") == [10.0, 17.0, 27.0]
    mine, counting = throttle.counting([0.0, 2.0, 5.0], kinds, "read")
    assert throttle.spare(mine, counting, 1.0)
    assert not throttle.spare(mine, counting, 2.0)
    assert throttle.affordable(throttle.counting([0.0, 2.0, 5.0], kinds, "send")[0]) == 0
