"""Questions 6 to 12 and 16: what was said."""

from __future__ import annotations

import json
import socket
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hark.channels.contract import (
    Edit,
    Ignored,
    InboundEvent,
    MalformedPayload,
    Message,
    Receipt,
    Unrecognized,
    Unsupported,
)
from hark.channels.testing import mangling
from hark.channels.testing.base import Questions
from hark.channels.testing.cases import Fixture

MOMENTS: dict[str, float | None] = {
    "missing": None,
    "1970": 0.0,
    "ordinary": 1_795_521_600.0,
    "five minutes ahead": 1_795_521_900.0,
    "2106": 4_294_967_295.0,
    "milliseconds for seconds": 1_795_521_600_000.0,
    "before 1970": -5.0,
    "beyond any calendar": 9e18,
}

_settings = settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)


class Incoming(Questions):
    """Fixtures, purity, keys, unknown and broken input, order, echoes, times."""

    # 6

    def test_fixture_gives_what_is_written_down(self, fixture: Fixture) -> None:
        if isinstance(fixture.expected, type):
            with pytest.raises(fixture.expected):
                self.events_of(fixture.body)
        else:
            assert self.events_of(fixture.body) == list(fixture.expected)

    def test_every_source_has_a_recorded_message(self) -> None:
        shown = {
            event.thread.source
            for fixture in self.cases.fixtures
            if not isinstance(fixture.expected, type)
            for event in fixture.expected
            if isinstance(event, Message) and not event.author.us
        }
        assert set(self.adapter.manifest.sources) == shown

    def test_every_receipt_has_a_recorded_event(self) -> None:
        shown = {
            event.status
            for fixture in self.cases.fixtures
            if not isinstance(fixture.expected, type)
            for event in fixture.expected
            if isinstance(event, Receipt)
        }
        assert set(self.adapter.manifest.receipts) <= shown

    # 7

    def test_normalizing_is_pure(self, fixture: Fixture, monkeypatch: pytest.MonkeyPatch) -> None:
        items = self.adapter.split(fixture.body)
        with monkeypatch.context() as patched:
            _forbid_clock_network_and_chance(patched)
            first = [self.outcome(item.payload) for item in items]
            again = [self.outcome(item.payload) for item in items]
        assert first == again
        assert items == self.adapter.split(fixture.body)

    def outcome(self, payload: bytes) -> Any:
        try:
            return self.adapter.normalize(payload, self.cases.received_at)
        except Unrecognized as error:
            return str(error)

    # 8

    def test_redelivery_has_the_same_keys(self, fixture: Fixture) -> None:
        keys = [item.dedup_key for item in self.adapter.split(fixture.body)]
        assert keys == [item.dedup_key for item in self.adapter.split(bytes(fixture.body))]
        assert all(0 < len(key) <= 500 for key in keys)
        assert len(set(keys)) == len(keys)

    def test_different_events_have_different_keys(self) -> None:
        seen: dict[str, bytes] = {}
        for fixture in self.cases.fixtures:
            for item in self.adapter.split(fixture.body):
                key = f"{item.platform_account_id}/{item.dedup_key}"
                assert seen.setdefault(key, item.payload) == item.payload, f"{fixture.name}: {key}"

    # 9

    def test_unknown_kind_is_kept_and_shown(self, unknown: tuple[str, bytes]) -> None:
        items = self.adapter.split(unknown[1])
        assert items, "an unknown kind must stay as a raw event"
        for item in items:
            outcome = self.outcome(item.payload)
            assert outcome, "say what is not recognized"
            assert isinstance(outcome, str) or all(map(_admits_not_to_know, outcome)), outcome

    # 10

    def test_malformed_body_is_refused_as_such(self, malformed: tuple[str, bytes]) -> None:
        with pytest.raises(MalformedPayload):
            self.adapter.split(malformed[1])

    def test_any_node_may_be_missing_or_null(self, fixture: Fixture) -> None:
        for body in mangling.every_small_change(fixture.body):
            self.bear(body)

    @_settings
    @given(data=st.data())
    def test_mangled_body_is_borne(self, data: st.DataObject) -> None:
        fixture = data.draw(st.sampled_from(self.cases.fixtures))
        value = json.loads(fixture.body)
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.sampled_from([*mangling.nodes(value)] or [()]))
            if not at:
                break
            strange = data.draw(st.sampled_from(mangling.STRANGE))
            change = data.draw(st.sampled_from(("drop", "replace", "nest")))
            if change == "drop":
                value = mangling.without(value, at)
            elif change == "nest":
                value = mangling.nested(value, at)
            else:
                value = mangling.replaced(value, at, strange)
        self.bear(mangling.written(value))

    @_settings
    @given(body=st.binary(max_size=200))
    def test_random_bytes_are_borne(self, body: bytes) -> None:
        self.bear(body)

    @pytest.mark.parametrize(
        "body",
        [b"", b"\xef\xbb\xbf{}", b"{}\x00", b"[" * 100_000, b'{"a":' * 50_000, b'{"a":1e999}', b'"\\ud800"'],
        ids=["empty", "mark", "trailing", "deep list", "deep object", "huge number", "lone surrogate"],
    )
    def test_odd_json_is_borne(self, body: bytes) -> None:
        self.bear(body)

    def bear(self, body: bytes) -> None:
        """Either of the two refusals, or events that can be stored."""
        try:
            items = self.adapter.split(body)
        except MalformedPayload:
            return
        for item in items:
            assert item.dedup_key
            try:
                events = self.adapter.normalize(item.payload, self.cases.received_at)
            except Unrecognized:
                continue
            for event in events:
                _check_times(event)
                msgspec.to_builtins(event)

    # 11

    def test_order_within_a_body_is_kept(self) -> None:
        if self.cases.batch is None:
            pytest.skip("this platform sends one thing per request")
        good = [fixture for fixture in self.cases.fixtures if not isinstance(fixture.expected, type)]
        together = self.cases.batch([fixture.body for fixture in good])
        expected = [event for fixture in good for event in self.events_of(fixture.body)]
        assert self.events_of(together) == expected
        backwards = self.cases.batch([fixture.body for fixture in reversed(good)])
        assert {item.dedup_key for item in self.adapter.split(together)} == {
            item.dedup_key for item in self.adapter.split(backwards)
        }

    def test_one_unknown_event_leaves_the_others_alone(self) -> None:
        if self.cases.batch is None:
            pytest.skip("this platform sends one thing per request")
        good = next(fixture for fixture in self.cases.fixtures if not isinstance(fixture.expected, type))
        strange = next(iter(self.cases.unknown.values()))
        items = self.adapter.split(self.cases.batch([strange, good.body]))
        events = [self.outcome(item.payload) for item in items]
        assert list(good.expected) in events  # type: ignore[arg-type]

    # 12

    def test_echo_is_recognized(self) -> None:
        if not self.cases.echoes:
            assert self.cases.no_echo, "name the fixtures that are echoes, or say why there are none"
            return
        bodies = {fixture.name: fixture.body for fixture in self.cases.fixtures}
        for name, reference in self.cases.echoes.items():
            messages = [event for event in self.events_of(bodies[name]) if isinstance(event, Message)]
            assert messages, name
            assert all(message.author.us for message in messages), name
            if reference is not None:
                assert [message.echo_of for message in messages] == [str(reference)], name

    def test_customer_is_never_us(self) -> None:
        for fixture in self.cases.fixtures:
            if isinstance(fixture.expected, type):
                continue
            for event in self.events_of(fixture.body):
                customer = event.thread.customer if isinstance(event, Message) else None
                assert customer is None or not customer.us, fixture.name

    # 16

    def test_times_are_aware_utc(self, fixture: Fixture) -> None:
        if isinstance(fixture.expected, type):
            return
        for event in self.events_of(fixture.body):
            _check_times(event)

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_times_at_the_bounds_do_no_harm(self, moment: str) -> None:
        seconds = MOMENTS[moment]
        try:
            events = self.events_of(self.cases.timed(seconds))
        except Unrecognized:
            assert moment != "ordinary"
            return
        for event in events:
            _check_times(event)
        if moment in {"ordinary", "five minutes ahead"}:
            assert seconds is not None
            assert abs(_time_of(events) - datetime.fromtimestamp(seconds, UTC)) < timedelta(seconds=1)


def _time_of(events: list[InboundEvent]) -> datetime:
    return next(event.at for event in events if event.at is not None)


def _check_times(event: InboundEvent) -> None:
    """Every time is aware UTC and one that a calendar has; only what is ignored may have none."""
    assert event.at is not None or isinstance(event, Ignored), event
    for at in (event.at, event.until if isinstance(event, Receipt) else None):
        if at is not None:
            assert at.tzinfo is not None, event
            assert at.utcoffset() == timedelta(0), event
            assert at.year >= 1970, event


def _admits_not_to_know(event: InboundEvent) -> bool:
    if isinstance(event, Message):
        return event.unsupported is not None
    return isinstance(event, Unsupported | Ignored | Edit)


def _forbid_clock_network_and_chance(patched: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> Any:
        raise AssertionError("normalize looked at the clock, the network or chance")

    for module, names in (
        (time, ("time", "time_ns")),
        (uuid, ("uuid1", "uuid4")),
        (socket, ("create_connection", "getaddrinfo")),
    ):
        for name in names:
            patched.setattr(module, name, forbidden)
    patched.setattr("random.random", forbidden)
    patched.setattr("os.urandom", forbidden)
