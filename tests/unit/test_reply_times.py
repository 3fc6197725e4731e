"""When a reply may go, to the second: properties of windows, private replies and templates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hark.channels.contract import (
    Ability,
    Manifest,
    OutboundTemplate,
    ReplyWindow,
    Source,
    SourceRules,
    TextLimit,
    Unit,
)
from hark.delivery.capability import (
    check_places,
    check_reply,
    private_rules,
    private_state,
    reasons_of,
    window_state,
)
from hark.delivery.models import AnsweredComment, Draft

AT = datetime(2026, 11, 18, tzinfo=UTC)
seconds = st.integers(1, 30 * 24 * 3600)
passed = st.timedeltas(min_value=timedelta(days=-1), max_value=timedelta(days=40))
windows = st.builds(
    lambda first, more: ReplyWindow(first, None if more is None else first + more),
    seconds,
    st.none() | seconds,
)


def codes(window: ReplyWindow, passing: timedelta, *, by_human: bool, template: bool = False) -> list[str]:
    state = window_state(window, AT, AT + passing)
    return [each.code for each in check_places(state, None, by_human, template=template)]


@given(windows, passed, st.booleans())
def test_a_window_is_open_for_exactly_its_seconds(
    window: ReplyWindow, passing: timedelta, by_human: bool
) -> None:
    length = (window.human_seconds or window.seconds) if by_human else window.seconds
    assert (codes(window, passing, by_human=by_human) == []) is (passing < timedelta(seconds=length))


@given(windows, passed)
def test_what_a_program_may_a_person_may_too(window: ReplyWindow, passing: timedelta) -> None:
    if not codes(window, passing, by_human=False):
        assert not codes(window, passing, by_human=True)


@given(windows, passed, st.booleans())
def test_a_template_goes_at_any_time(window: ReplyWindow, passing: timedelta, by_human: bool) -> None:
    assert codes(window, passing, by_human=by_human, template=True) == []


def rules(window: int | None, once: bool) -> SourceRules:
    return SourceRules(
        abilities=frozenset({Ability.REPLY, Ability.PRIVATE_REPLY}),
        text=TextLimit(30, Unit.CODEPOINTS),
        public=True,
        private_window=None if window is None else ReplyWindow(window),
        private_once=once,
    )


@given(st.none() | seconds, st.booleans(), passed, st.booleans())
def test_a_private_reply_goes_in_time_and_once(
    window: int | None, once: bool, passing: timedelta, used: bool
) -> None:
    state = private_state(rules(window, once), AnsweredComment(AT, used), AT + passing)
    late = window is not None and passing >= timedelta(seconds=window)
    assert (state.state == "open") is not (late or (once and used))
    assert state.closes_at == (None if window is None else AT + timedelta(seconds=window))
    refusals = [each.code for each in check_places(None, state, True, template=False)]
    expected = ["private_reply_used"] if once and used else ["private_reply_expired"] if late else []
    assert refusals == expected


@given(seconds, st.timedeltas(min_value=timedelta(0), max_value=timedelta(seconds=59)))
def test_the_last_moment_counts_and_the_next_does_not(window: int, fraction: timedelta) -> None:
    comment = AnsweredComment(AT, used=False)
    last = AT + timedelta(seconds=window) - timedelta(microseconds=1)
    assert private_state(rules(window, True), comment, last).state == "open"
    assert private_state(rules(window, True), comment, last + timedelta(microseconds=1)).state == "expired"
    assert (
        private_state(rules(window, True), comment, last + fraction + timedelta(seconds=1)).state == "expired"
    )


def manifest(**more: object) -> Manifest:
    direct = SourceRules(frozenset({Ability.REPLY}), TextLimit(100, Unit.BYTES), splits=True)
    sources = {Source.COMMENT: rules(60, True), Source.DM: direct}
    return Manifest("p", "P", sources, (), (), "https://p.example", (), **more)  # type: ignore[arg-type]


def test_a_private_reply_is_written_as_a_direct_message_at_the_times_of_the_comment() -> None:
    found = private_rules(manifest(), rules(60, True))
    assert (found.text.maximum, found.splits) == (100, True)
    assert (found.private_window, found.private_once) == (ReplyWindow(60), True)
    assert Ability.PRIVATE_REPLY in found.abilities


def test_why_there_are_no_private_replies_where_there_are_no_direct_messages() -> None:
    why = "Direct messages are given only to approved partners."
    absent = manifest(absent={Source.DM: why})
    assert reasons_of(absent) == {Ability.PRIVATE_REPLY: why}
    own = manifest(absent={Source.DM: why}, lacking={Ability.PRIVATE_REPLY: "Not at all."})
    assert reasons_of(own) == {Ability.PRIVATE_REPLY: "Not at all."}
    nothing = SourceRules(frozenset(), TextLimit(30, Unit.CODEPOINTS), public=True)
    given = {"reachable": True, "account_status": "connected", "reasons": reasons_of(absent)}
    (refusal,) = check_reply(nothing, Draft("Hi", private_to="c"), None, **given)  # type: ignore[arg-type]
    assert (refusal.detail, refusal.extra["reason"]) == (why, why)


def test_a_template_needs_its_ability_and_no_other() -> None:
    only = SourceRules(frozenset({Ability.TEMPLATE}), TextLimit(5, Unit.CODEPOINTS))
    template = Draft("longer than the limit", template=OutboundTemplate("t", "en"))
    for found, allowed in ((only, True), (rules(None, False), False)):
        refusals = check_reply(found, template, None, reachable=True, account_status="connected")
        assert ([each.code for each in refusals] == []) is allowed
