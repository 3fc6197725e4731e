from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hark.adapters.telegram import ADAPTER
from hark.adapters.telegram.business import find_note
from hark.adapters.telegram.content import entity_text
from hark.adapters.telegram.payloads import Entity
from hark.channels.contract import AccountNotice, Ignored, InboundEvent, Message, Unrecognized, Us
from tests.adapters.telegram.cases import FIXTURES, FOLDER
from tests.adapters.telegram.people import CONNECTION, RECEIVED

PAYLOADS = {name: payload for name, payload, _ in FIXTURES}


@pytest.mark.parametrize(("name", "payload", "expected"), FIXTURES, ids=[name for name, _, _ in FIXTURES])
def test_fixture_gives_the_expected_events(name: str, payload: bytes, expected: Any) -> None:
    if isinstance(expected, type):
        with pytest.raises(expected):
            ADAPTER.normalize(payload, RECEIVED)
    else:
        assert ADAPTER.normalize(payload, RECEIVED) == expected


def test_every_fixture_has_an_expectation() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(PAYLOADS)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=list(PAYLOADS))
def test_same_bytes_and_time_give_the_same_events(payload: bytes) -> None:
    assert _outcome(payload) == _outcome(payload)


def test_time_of_arrival_changes_only_what_has_no_time_of_its_own() -> None:
    later = RECEIVED + timedelta(days=3)
    assert ADAPTER.normalize(PAYLOADS["text"], RECEIVED) == ADAPTER.normalize(PAYLOADS["text"], later)
    assert ADAPTER.normalize(PAYLOADS["button"], later)[0].at == later


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=list(PAYLOADS))
def test_times_are_aware_utc_and_within_bounds(payload: bytes) -> None:
    for event in _events(payload):
        if event.at is not None:
            assert event.at.utcoffset() == timedelta(0)
            assert datetime(2000, 1, 1, tzinfo=UTC) < event.at < datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("date", [0, -1, 4102444800, 10**15])
def test_impossible_time_becomes_the_time_of_arrival(date: int) -> None:
    assert _events(_text(date=date))[0].at == RECEIVED


def test_number_beyond_64_bits_goes_to_quarantine_instead_of_failing() -> None:
    events = _outcome(_text(date=10**30))
    assert isinstance(events, str) or events[0].at == RECEIVED


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=list(PAYLOADS))
def test_fields_invented_tomorrow_change_nothing(payload: bytes) -> None:
    update = json.loads(payload)
    for value in update.values():
        if isinstance(value, dict) and not value.keys() & {"hologram", "room"}:
            value["zz_new_field"] = {"deep": [1, {"er": None}]}
    changed = json.dumps(update).encode()
    before, after = _outcome(payload), _outcome(changed)
    if isinstance(before, list) and before and getattr(before[0], "unsupported", None) == "empty":
        assert after[0].unsupported == "zz_new_field"  # content of a kind that is not known yet
    elif not isinstance(before, str):
        assert after == before


@pytest.mark.parametrize("mangled", [b"", b"[]", b"1", b"null", b'"x"', b"{", b"\xff\xfe", b"[" * 50000])
def test_what_is_no_update_is_unrecognized(mangled: bytes) -> None:
    with pytest.raises(Unrecognized):
        ADAPTER.normalize(mangled, RECEIVED)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_value_replaced_gives_events_or_unrecognized(data: st.DataObject) -> None:
    """Whatever one field of an update becomes, the answer is events or Unrecognized, never another exception."""
    update = json.loads(PAYLOADS[data.draw(st.sampled_from(sorted(PAYLOADS)))])
    place: Any = update
    path = []
    while isinstance(place, dict | list) and len(place):
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        path.append((place, data.draw(st.sampled_from(keys))))
        place = path[-1][0][path[-1][1]]
        if data.draw(st.booleans()):
            break
    container, key = path[-1]
    container[key] = data.draw(_json)
    _outcome(json.dumps(update).encode())


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(sorted(PAYLOADS)),
    where=st.floats(0, 1),
    piece=st.binary(max_size=6),
    cut=st.integers(0, 6),
)
def test_any_bytes_replaced_give_events_or_unrecognized(
    name: str, where: float, piece: bytes, cut: int
) -> None:
    payload = PAYLOADS[name]
    start = int(where * len(payload))
    _outcome(payload[:start] + piece + payload[start + cut :])


@given(before=st.text(max_size=20), marked=st.text(min_size=1, max_size=10), after=st.text(max_size=10))
def test_entities_are_counted_in_utf16_units(before: str, marked: str, after: str) -> None:
    offset, length = (len(part.encode("utf-16-le")) // 2 for part in (before, marked))
    entity = Entity("text_link", offset, length)
    assert entity_text(before + marked + after, entity) == marked


@pytest.mark.parametrize(("offset", "length"), [(-5, 3), (0, -2), (900, 5), (1, 10**9)])
def test_entity_outside_the_text_is_harmless(offset: int, length: int) -> None:
    assert isinstance(entity_text("a😀b", Entity("url", offset, length)), str)


def test_notes_of_a_connection_add_up_to_the_same_state_in_any_order() -> None:
    names = ["business_connected", "business_connected_without_right_to_reply", "business_disconnected"]
    notices = [_events(PAYLOADS[name])[0] for name in names]
    forwards: dict[str, Any] = {}
    backwards: dict[str, Any] = {}
    for notice in notices:
        assert isinstance(notice, AccountNotice)
        forwards |= notice.state
    for notice in reversed(notices):
        assert isinstance(notice, AccountNotice)
        backwards |= notice.state
    first, second = find_note(forwards, CONNECTION), find_note(backwards, CONNECTION)
    assert first == second
    assert first is not None
    assert first.enabled is False


def test_update_numbers_that_restarted_do_not_make_an_old_note_the_newest() -> None:
    old = _events(PAYLOADS["business_disconnected"])[0]
    fresh = json.loads(PAYLOADS["business_connected"]) | {"update_id": 5}
    later = ADAPTER.normalize(json.dumps(fresh).encode(), RECEIVED + timedelta(days=9))[0]
    assert isinstance(old, AccountNotice)
    assert isinstance(later, AccountNotice)
    found = find_note(old.state | later.state, CONNECTION)
    assert found is not None
    assert found.enabled is True


def test_state_of_a_notice_is_json() -> None:
    notice = _events(PAYLOADS["business_connected"])[0]
    assert isinstance(notice, AccountNotice)
    assert msgspec.json.decode(msgspec.json.encode(notice.state)) == notice.state


def test_album_pieces_share_a_group_and_keep_their_order() -> None:
    first, second = (_events(PAYLOADS[f"album_{n}_of_2"])[0] for n in (1, 2))
    assert isinstance(first, Message)
    assert isinstance(second, Message)
    assert first.group == second.group
    assert first.position < second.position


def _text(**values: Any) -> bytes:
    update = json.loads(PAYLOADS["text"])
    update["message"] |= values
    return json.dumps(update).encode()


def _events(payload: bytes) -> list[InboundEvent]:
    outcome = _outcome(payload)
    return [] if isinstance(outcome, str) else outcome


def _outcome(payload: bytes) -> list[InboundEvent] | str:
    try:
        return ADAPTER.normalize(payload, RECEIVED)
    except Unrecognized as problem:
        return str(problem)


US = Us("5550001111", {"username": "Kelp_Care_Bot"})


@pytest.mark.parametrize(
    ("text", "kind", "for_us"),
    [
        ("@kelp_care_bot open today?", "mention", True),
        ("@other_shop_bot open today?", "mention", False),
        ("@kelp_care_bots open today?", "mention", False),
        ("/hours", "bot_command", True),
        ("/hours@kelp_care_bot", "bot_command", True),
        ("/hours@other_shop_bot", "bot_command", False),
    ],
)
def test_in_a_group_only_what_addresses_this_bot_is_for_us(text: str, kind: str, for_us: bool) -> None:
    assert ADAPTER.normalize_for is not None
    payload = json.loads(PAYLOADS["group_mention"])
    length = len(text.split(" ")[0])
    payload["message"] |= {"text": text, "entities": [{"type": kind, "offset": 0, "length": length}]}
    (event,) = ADAPTER.normalize_for(json.dumps(payload).encode(), RECEIVED, US)
    assert isinstance(event, Message if for_us else Ignored)
    if isinstance(event, Ignored):
        another = "another_bot_addressed" if text != "@kelp_care_bots open today?" else "group_not_addressed"
        assert event.reason == another


@pytest.mark.parametrize("kind", ["message", "edited_message"])
def test_an_answer_to_another_bot_or_its_mention_by_name_is_not_for_us(kind: str) -> None:
    assert ADAPTER.normalize_for is not None
    for name, part in (("group_reply_to_bot", "reply_to_message"), ("group_text_mention_of_bot", "entities")):
        payload = json.loads(PAYLOADS[name])
        message = payload.pop("message")
        bot = message[part]["from"] if part == "reply_to_message" else message[part][0]["user"]
        for number, for_us in ((int(US.platform_account_id), True), (4444, False)):
            bot["id"] = number
            body = json.dumps({**payload, kind: message | {"edit_date": message["date"]}}).encode()
            events = ADAPTER.normalize_for(body, RECEIVED, US)
            assert any(isinstance(event, Message) for event in events) is for_us, (name, number)


def test_without_the_bots_name_every_bot_counts() -> None:
    assert ADAPTER.normalize_for is not None
    for name, payload in PAYLOADS.items():
        if name.startswith("group_") and "text_mention" not in name and "reply" not in name:
            assert ADAPTER.normalize_for(payload, RECEIVED, Us("1")) == ADAPTER.normalize(payload, RECEIVED)
