"""How a reply is measured, refused and cut: tables and properties."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hark.channels.contract import Ability, AttachmentRule, ReplyWindow, SourceRules, TextLimit, Unit
from hark.channels.contract.limits import fits, measure
from hark.delivery.capability import check_reply, window_state
from hark.delivery.models import Draft, DraftAttachment
from hark.delivery.split import split, split_text
from hark.kernel.ids import new_id
from hark.kernel.text import graphemes

AT = datetime(2026, 11, 18, tzinfo=UTC)
FAMILY = "👩‍👩‍👧‍👦"

texts = st.lists(
    st.one_of(
        st.sampled_from(["https://", "example.com", "/a", ".co"]),
        st.sampled_from(" \n.!?,ab" + FAMILY + "e\u0301\u202e\u200b漢。"),
        st.characters(exclude_categories=("Cs",)),
    ),
    max_size=400,
).map("".join)
counted_as_written = [unit for unit in Unit if unit is not Unit.WEIGHTED]
limits = st.one_of(
    st.builds(TextLimit, st.integers(4, 60), st.sampled_from(counted_as_written)),
    st.builds(TextLimit, st.integers(23, 90), st.just(Unit.WEIGHTED)),
    st.builds(TextLimit, st.integers(23, 90), st.sampled_from(counted_as_written), link_length=st.just(23)),
    st.builds(TextLimit, st.integers(4, 60), st.just(Unit.GRAPHEMES), max_bytes=st.integers(30, 90)),
)


@pytest.mark.parametrize(
    ("text", "codepoints", "utf16", "octets", "seen"),
    [
        ("", 0, 0, 0, 0),
        ("abc", 3, 3, 3, 3),
        ("é", 1, 1, 2, 1),
        ("e\u0301", 2, 2, 3, 1),
        ("😀", 1, 2, 4, 1),
        (FAMILY, 7, 11, 25, 1),
        ("\ud800", 1, 1, 3, 1),
    ],
)
def test_a_text_is_measured_as_the_platform_counts(
    text: str, codepoints: int, utf16: int, octets: int, seen: int
) -> None:
    measured = [
        measure(text, TextLimit(280, unit))
        for unit in (Unit.CODEPOINTS, Unit.UTF16, Unit.BYTES, Unit.GRAPHEMES)
    ]
    assert measured == [codepoints, utf16, octets, seen]


@given(texts, limits)
@settings(max_examples=400, deadline=None)
def test_pieces_keep_the_limit_and_lose_nothing_but_white_space(text: str, limit: TextLimit) -> None:
    pieces = split_text(text, limit)
    assert all(fits(piece, limit) for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    if not fits(text, limit):
        assert all(piece.strip() for piece in pieces)
    else:
        assert pieces == [text]


@given(st.lists(st.sampled_from([FAMILY, "e\u0301", "🇩🇪", "a", "漢"]), min_size=1, max_size=80), limits)
@settings(max_examples=300, deadline=None)
def test_no_character_is_torn_where_one_fits(clusters: list[str], limit: TextLimit) -> None:
    text = "".join(clusters)
    if all(fits(cluster, limit) for cluster in graphemes(text)):
        assert [c for piece in split_text(text, limit) for c in graphemes(piece)] == graphemes(text)


@pytest.mark.parametrize(
    ("text", "maximum", "pieces"),
    [
        ("One paragraph.\n\nAnother one.", 20, ["One paragraph.", "Another one."]),
        ("A line here\nand one there", 15, ["A line here", "and one there"]),
        ("It is in stock. It costs 900.", 20, ["It is in stock.", "It costs 900."]),
        ("He said “no.” Then he left.", 18, ["He said “no.”", "Then he left."]),
        ("没有库存。下周一到货。", 6, ["没有库存。", "下周一到货。"]),
        ("just words without a stop", 12, ["just words", "without a", "stop"]),
        ("a https://example.com/very/long", 12, ["a", "https://exam", "ple.com/very", "/long"]),
        ("x" * 9, 4, ["xxxx", "xxxx", "x"]),
        ("S. " + "y" * 20, 12, ["S.", "y" * 12, "y" * 8]),
        (FAMILY * 2, 8, [FAMILY, FAMILY]),
    ],
)
def test_a_text_is_cut_where_a_reader_would_pause(text: str, maximum: int, pieces: list[str]) -> None:
    assert split_text(text, TextLimit(maximum, Unit.CODEPOINTS)) == pieces


def test_a_very_long_text_is_cut_in_time_proportional_to_its_length() -> None:
    began = time.monotonic()
    pieces = split_text(
        "Eight words that make up one short sentence. " * 4000, TextLimit(1000, Unit.GRAPHEMES)
    )
    assert len(pieces) < 200
    assert time.monotonic() - began < 5


def attachment(kind: str = "image", size: int = 1, mime: str = "image/png") -> DraftAttachment:
    return DraftAttachment(new_id(AT), kind, f"a.{kind}", mime, size, "k")


def rules(**given: object) -> SourceRules:
    values: dict[str, object] = {
        "abilities": frozenset({Ability.REPLY}),
        "text": TextLimit(10, Unit.CODEPOINTS),
        "splits": True,
        "max_attachments": 3,
        "kinds": {kind: AttachmentRule(100) for kind in ("image", "video", "audio", "file")},
    }
    return SourceRules(**{**values, **given})  # type: ignore[arg-type]


@given(
    st.text(max_size=60),
    st.lists(st.sampled_from(["image", "video", "audio", "file"]), max_size=9),
    st.integers(1, 4),
    st.one_of(st.none(), st.integers(1, 20)),
)
@settings(max_examples=300, deadline=None)
def test_every_attachment_leaves_once_in_order_within_the_calls_limits(
    content: str, kinds: list[str], most: int, caption: int | None
) -> None:
    limit = None if caption is None else TextLimit(caption, Unit.CODEPOINTS)
    given_rules = rules(max_attachments=most, caption=limit)
    draft = Draft(content, tuple(attachment(kind) for kind in kinds), quoted="q")
    pieces = split(draft, given_rules)
    assert [each for piece in pieces for each in piece.attachments] == [each.id for each in draft.attachments]
    for piece in pieces:
        assert len(piece.attachments) <= most
        if piece.attachments and piece.text:
            assert caption is not None
            assert len(piece.text) <= caption
    assert [piece.quoted for piece in pieces] == ["q", *[None] * (len(pieces) - 1)][: len(pieces)]


@pytest.mark.parametrize(("kind", "pieces"), [("audio", ["Listen", ""]), ("image", ["Listen"])])
def test_a_kind_that_takes_no_caption_leaves_after_the_text(kind: str, pieces: list[str]) -> None:
    limit = TextLimit(20, Unit.CODEPOINTS)
    given_rules = rules(caption=limit, captionless=frozenset({"audio"}))
    split_up = split(Draft("Listen", (attachment(kind),)), given_rules)
    assert [piece.text for piece in split_up] == pieces
    assert [len(piece.attachments) for piece in split_up] == [0, 1][-len(pieces) :]


def test_pictures_and_films_share_an_album_and_papers_do_not() -> None:
    draft = Draft(
        "", tuple(attachment(kind) for kind in ("image", "video", "file", "file", "audio", "image"))
    )
    assert [len(piece.attachments) for piece in split(draft, rules())] == [2, 2, 1, 1]


WINDOW = ReplyWindow(3600, 7200)


@pytest.mark.parametrize(
    ("passed", "state", "human", "robot"),
    [
        (0, "open", True, True),
        (3599, "open", True, True),
        (3600, "human", True, False),
        (7200, "closed", False, False),
    ],
)
def test_the_window_closes_to_the_second(passed: int, state: str, human: bool, robot: bool) -> None:
    shown = window_state(WINDOW, AT, AT + timedelta(seconds=passed))
    assert shown is not None
    assert shown.state == state
    for by_human, may in ((True, human), (False, robot)):
        draft = Draft("Hi", by_human=by_human)
        refusals = check_reply(rules(), draft, shown, reachable=True, account_status="connected")
        assert [refusal.code for refusal in refusals] == ([] if may else ["reply_window_closed"])


def test_a_window_that_was_never_opened_is_closed_and_none_is_none() -> None:
    never = window_state(WINDOW, None, AT)
    assert never is not None
    assert (never.state, never.closes_at) == ("closed", None)
    assert window_state(None, None, AT) is None


BOTH = TextLimit(10, Unit.CODEPOINTS, max_bytes=19)


@pytest.mark.parametrize(
    ("draft", "given", "codes"),
    [
        (Draft("x" * 11), {"splits": False}, ["text_too_long"]),
        (Draft("x" * 11), {}, []),
        (Draft("ä" * 10), {"splits": False, "text": BOTH}, ["text_too_long"]),
        (Draft("ä" * 11), {"splits": False, "text": BOTH}, ["text_too_long", "text_too_long"]),
        (Draft("hi"), {"abilities": frozenset()}, ["ability_missing"]),
        (Draft("hi", quoted="q"), {}, ["ability_missing"]),
        (Draft("hi", (attachment(),)), {"max_attachments": 0}, ["attachment_not_allowed"]),
        (Draft("hi", (attachment(size=101),)), {}, ["attachment_not_allowed"]),
        (Draft(" "), {}, ["empty"]),
        (Draft("hi", private_to="c"), {"abilities": frozenset({Ability.PRIVATE_REPLY})}, []),
        (
            Draft("x" * 11, private_to="c"),
            {"abilities": frozenset({Ability.PRIVATE_REPLY})},
            ["text_too_long"],
        ),
        (
            Draft("hi", (attachment(),), private_to="c"),
            {"abilities": frozenset({Ability.PRIVATE_REPLY})},
            ["attachment_not_allowed"],
        ),
    ],
)
def test_refusals(draft: Draft, given: dict[str, object], codes: list[str]) -> None:
    refusals = check_reply(rules(**given), draft, None, reachable=True, account_status="connected")
    assert [refusal.code for refusal in refusals] == codes


def test_somebody_who_cannot_be_reached_can_still_be_answered_in_public() -> None:
    for public, private_to, codes in (
        (True, None, []),
        (False, None, ["unreachable"]),
        (True, "c", ["unreachable"]),
    ):
        asked = rules(public=public, abilities=frozenset({Ability.REPLY, Ability.PRIVATE_REPLY}))
        refusals = check_reply(
            asked, Draft("hi", private_to=private_to), None, reachable=False, account_status="connected"
        )
        assert [refusal.code for refusal in refusals] == codes


def test_everything_that_forbids_a_reply_is_told_the_most_fundamental_first() -> None:
    shown = window_state(WINDOW, AT, AT + timedelta(days=1))
    refusals = check_reply(
        rules(splits=False), Draft("x" * 322), shown, reachable=False, account_status="paused"
    )
    assert [refusal.code for refusal in refusals] == [
        "account_not_connected",
        "unreachable",
        "reply_window_closed",
        "text_too_long",
    ]
    assert refusals[-1].detail == "The text is 312 over 10 characters."
