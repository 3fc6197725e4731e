"""Mentions, links and tags in our own texts: found as people mean them, placed in bytes."""

from __future__ import annotations

import pytest
from atproto import client_utils

from hark.adapters.bluesky.facets import spans_of, written

CASES = {
    "hello": [],
    "@ada.test hi": [("mention", "ada.test")],
    "hi (@Ada.Test)": [("mention", "ada.test")],
    "mail me@ada.test or a@b.c": [],
    "@ada is no handle": [],
    "see https://example.com/a.": [("link", "https://example.com/a")],
    "(see https://en.example.com/wiki/Tea_(drink))": [("link", "https://en.example.com/wiki/Tea_(drink)")],
    "https://example.com/p/ä?id=7#x 😤": [("link", "https://example.com/p/ä?id=7#x")],
    "<https://example.com>": [("link", "https://example.com")],
    "https://example.com/@ada.test": [("link", "https://example.com/@ada.test")],
    "https:// is none": [],
    "#påse, #tea-time! #1 #２ a#b": [("tag", "påse"), ("tag", "tea-time")],
    "#" + "a" * 65: [],
    "☕️🇸🇪 @ada.test #té": [("mention", "ada.test"), ("tag", "té")],
}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_spans_are_found_as_people_mean_them(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(span.kind, span.value) for span in spans_of(text)] == expected


def test_places_are_those_of_another_program() -> None:
    """The atproto SDK builds the same text piece by piece."""
    built = client_utils.TextBuilder().text("☕️🇸🇪 Hej ").mention("@ada.test", "did:plc:ada").text("! Se ")
    built.link("https://example.com/ä", "https://example.com/ä").text(" ").tag("#påse", "påse").text(" 😤")
    text = built.build_text()
    ours = written(text, spans_of(text), {"ada.test": "did:plc:ada"})
    theirs = [facet.model_dump(by_alias=True, exclude_none=True) for facet in built.build_facets()]
    assert [(each["index"]["byteStart"], each["index"]["byteEnd"]) for each in ours] == [
        (each["index"]["byteStart"], each["index"]["byteEnd"]) for each in theirs
    ]
    assert [each["features"] for each in ours] == [each["features"] for each in theirs]


def test_a_handle_that_nobody_has_stays_plain_text() -> None:
    text = "@nobody.test and @ada.test"
    assert [
        each["features"][0]["did"] for each in written(text, spans_of(text), {"ada.test": "did:plc:ada"})
    ] == ["did:plc:ada"]
