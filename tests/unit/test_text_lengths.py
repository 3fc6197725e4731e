"""How long a text is for a platform: the table that the page's counter is held to as well, and what may not take long."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hark.channels.contract import TextLimit, Unit
from hark.channels.contract.limits import measure, units
from hark.channels.testing.texts import of_length
from hark.kernel.links import find_links


class Example(msgspec.Struct, frozen=True):
    text: str
    unit: Unit
    link_length: int | None
    length: int


TABLE = msgspec.json.decode(Path(__file__).with_name("text_lengths.json").read_bytes(), type=list[Example])


@pytest.mark.parametrize("example", TABLE, ids=lambda each: json.dumps(each.text)[:40])
def test_a_text_has_the_length_that_the_platform_gives_it(example: Example) -> None:
    limit = TextLimit(280, example.unit, link_length=example.link_length)
    assert measure(example.text, limit) == example.length


@given(st.text(max_size=60), st.sampled_from(Unit), st.sampled_from([None, 23]))
@settings(max_examples=300, deadline=None)
def test_the_units_of_a_text_are_the_text_and_add_up_to_its_length(
    text: str, unit: Unit, link_length: int | None
) -> None:
    limit = TextLimit(280, unit, link_length=link_length)
    found = list(units(text, limit))
    assert "".join(piece for piece, _ in found) == text
    assert sum(width for _, width in found) == measure(text, limit)


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("over", [0, 1])
def test_texts_for_the_contract_suite_are_as_long_as_asked(unit: Unit, over: int) -> None:
    limit = TextLimit(281, unit)
    assert measure(of_length(limit, over), limit) == 281 + over


@pytest.mark.parametrize(
    "text",
    [
        "a" * 20_000 + ".",
        "http://" + "a" * 20_000 + ".",
        "a." * 20_000,
        "http://a.com/" + "(a" * 20_000,
        "http://a.com/((((" * 2_000,
        "日本語の文章、" * 4_000 + ".",
    ],
    ids=["letters", "schemed", "labels", "brackets", "nested", "japanese"],
)
def test_hostile_texts_are_searched_for_links_in_no_time(text: str) -> None:
    began = time.monotonic()
    list(find_links(text))
    assert time.monotonic() - began < 1
