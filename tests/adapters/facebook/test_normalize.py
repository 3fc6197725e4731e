"""From bodies to events: every fixture, every form that must not pass, and anything at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hark.adapters.facebook import ADAPTER
from hark.channels.contract import InboundEvent, MalformedPayload, Unrecognized
from tests.adapters.facebook import cases

RECEIVED = datetime(2026, 11, 1, tzinfo=UTC)


def events_of(body: bytes) -> list[InboundEvent]:
    return [event for item in ADAPTER.split(body) for event in ADAPTER.normalize(item.payload, RECEIVED)]


@pytest.mark.parametrize(
    ("body", "expected"), [case[1:] for case in cases.FIXTURES], ids=[case[0] for case in cases.FIXTURES]
)
def test_a_body_gives_its_events(body: bytes, expected: list[InboundEvent]) -> None:
    assert events_of(body) == expected
    assert events_of(body) == expected, "twice the same, for it is pure"


def test_every_fixture_has_an_expectation() -> None:
    assert {path.stem for path in cases.FOLDER.glob("*.json")} == {name for name, *_ in cases.FIXTURES}


@pytest.mark.parametrize(
    "body", [case[1] for case in cases.UNRECOGNIZED], ids=[case[0] for case in cases.UNRECOGNIZED]
)
def test_what_nobody_told_us_about_is_kept_and_named(body: bytes) -> None:
    (item,) = ADAPTER.split(body)
    with pytest.raises(Unrecognized, match=r"\w"):
        ADAPTER.normalize(item.payload, RECEIVED)


@pytest.mark.parametrize(
    "body", [case[1] for case in cases.MALFORMED], ids=[case[0] for case in cases.MALFORMED]
)
def test_what_is_no_notification_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedPayload):
        ADAPTER.split(body)


@pytest.mark.parametrize("time", [None, 0, -5, "soon", 10**18, 4_102_444_800_001])
def test_a_time_that_cannot_be_becomes_the_time_of_the_notification(time: Any) -> None:
    message = {"mid": "m_1", "text": "when?"}
    item = {"sender": {"id": "7"}, "recipient": {"id": "1"}, "timestamp": time, "message": message}
    entry = {"id": "1", "time": 1793000000, "messaging": [item]}
    body = json.dumps({"object": "page", "entry": [entry]}).encode()
    (event,) = events_of(body)
    assert event.at == cases.AT


def test_without_any_time_the_time_of_receipt_counts() -> None:
    item = {"sender": {"id": "7"}, "recipient": {"id": "1"}, "message": {"mid": "m_1", "text": "when?"}}
    body = json.dumps({"object": "page", "entry": [{"id": "1", "messaging": [item]}]}).encode()
    (event,) = events_of(body)
    assert event.at == RECEIVED


# Anything at all -------------------------------------------------------------------------------------------------------

WORDS = sorted(
    {"id", "time", "messaging", "standby", "changes", "field", "value", "feed", "ratings", "mention"}
    | {"sender", "recipient", "timestamp", "message", "mid", "text", "attachments", "type", "payload", "url"}
    | {"item", "verb", "comment", "add", "remove", "post_id", "comment_id", "from", "created_time"}
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=20,
)
ANYTHING = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def understand(body: bytes) -> None:
    """Splitting and normalizing end in events or in one of the two problems; never in anything else."""
    try:
        items = ADAPTER.split(body)
    except MalformedPayload:
        return
    for item in items:
        assert item.dedup_key
        assert len(item.dedup_key) <= 450
        try:
            events = ADAPTER.normalize(item.payload, RECEIVED)
        except Unrecognized:
            continue
        msgspec.json.encode(events)
        for event in events:
            at = event.at
            assert at is None or at.utcoffset() == UTC.utcoffset(None)


@given(st.binary(max_size=200))
@ANYTHING
def test_any_bytes_are_understood_or_refused(body: bytes) -> None:
    understand(body)


@given(st.lists(JSON, max_size=3), st.sampled_from(["messaging", "standby", "changes"]))
@ANYTHING
def test_any_elements_are_understood_or_refused(elements: list[Any], channel: str) -> None:
    entry = {"id": "1", "time": 1793000000, channel: elements}
    understand(json.dumps({"object": "page", "entry": [entry]}).encode())


@given(st.data())
@ANYTHING
def test_mangled_fixtures_are_understood_or_refused(data: st.DataObject) -> None:
    """A value anywhere in a real body is replaced by something else."""
    _, body, _ = data.draw(st.sampled_from(cases.FIXTURES))
    try:
        tree = json.loads(body)
    except ValueError:
        return
    path, node = [], tree
    while isinstance(node, dict | list) and node and data.draw(st.booleans() | st.just(True)):
        key = data.draw(
            st.sampled_from(sorted(node)) if isinstance(node, dict) else st.integers(0, len(node) - 1)
        )
        path.append(key)
        node = node[key]
    target = tree
    for key in path[:-1]:
        target = target[key]
    if path:
        target[path[-1]] = data.draw(JSON)
    understand(json.dumps(tree).encode())


@given(st.data())
@ANYTHING
def test_flipped_and_cut_bytes_are_understood_or_refused(data: st.DataObject) -> None:
    _, body, _ = data.draw(st.sampled_from(cases.FIXTURES))
    mangled = bytearray(body[: data.draw(st.integers(0, len(body)))])
    for position in data.draw(st.lists(st.integers(0, max(0, len(mangled) - 1)), max_size=4)):
        if mangled:
            mangled[position] = data.draw(st.integers(0, 255))
    understand(bytes(mangled))
