"""Mentions, links and tags in our own texts. Only with facets can they be clicked; their places are UTF-8 bytes."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec
import regex

from hark.kernel.text import graphemes

Kind = Literal["mention", "link", "tag"]

_HANDLE = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_MENTION = re.compile(rf"(?<![\w@/.])@({_HANDLE})(?![\w@])")
_LINK = regex.compile(r"(?<![\w@])https?://[^\s<>\"“”]+", regex.IGNORECASE)
_TAG = regex.compile(r"(?<!\S)[#＃]([^\s#＃\u200b-\u200d\ufeff]+)")
_TAIL = regex.compile(r"\p{P}+$")
MOST_TAG = 64
"""Graphemes of a tag (lexicon app.bsky.richtext.facet)."""


class Span(msgspec.Struct, frozen=True):
    """A part of a text, in characters, and what it is: a handle, an address, or a tag without its sign."""

    kind: Kind
    start: int
    end: int
    value: str


def spans_of(text: str) -> list[Span]:
    """In the order of the text; none over another."""
    links = [*_links(text)]
    taken = [range(link.start, link.end) for link in links]
    mentions = [
        Span("mention", found.start(), found.end(), found[1].lower()) for found in _MENTION.finditer(text)
    ]
    free = [span for span in [*mentions, *_tags(text)] if not any(span.start in area for area in taken)]
    return sorted([*links, *free], key=lambda span: span.start)


def _links(text: str) -> list[Span]:
    found = []
    for match in _LINK.finditer(text):
        address = _without_tail(match.group())
        if len(address) > len("https://"):
            found.append(Span("link", match.start(), match.start() + len(address), address))
    return found


def _without_tail(address: str) -> str:
    """Punctuation after an address belongs to the sentence; a closing bracket does when none was opened in the address."""
    while address:
        last = address[-1]
        if last in ".,;:!?'*_~|" or (last == ")" and address.count("(") < address.count(")")) or last in "]}":
            address = address[:-1]
        else:
            break
    return address


def _tags(text: str) -> list[Span]:
    found = []
    for match in _TAG.finditer(text):
        tag = _TAIL.sub("", match[1])
        if tag and not tag.isdecimal() and len(graphemes(tag)) <= MOST_TAG:
            found.append(Span("tag", match.start(), match.start(1) + len(tag), tag))
    return found


def written(text: str, spans: list[Span], dids: dict[str, str]) -> list[dict[str, Any]]:
    """The spans as facets. A mention of a handle that nobody has stays plain text."""
    return [
        {"index": _place(text, span), "features": [feature]}
        for span in spans
        if (feature := _feature(span, dids)) is not None
    ]


def _place(text: str, span: Span) -> dict[str, int]:
    start = len(text[: span.start].encode())
    return {"byteStart": start, "byteEnd": start + len(text[span.start : span.end].encode())}


def _feature(span: Span, dids: dict[str, str]) -> dict[str, str] | None:
    if span.kind == "link":
        return {"$type": "app.bsky.richtext.facet#link", "uri": span.value}
    if span.kind == "tag":
        return {"$type": "app.bsky.richtext.facet#tag", "tag": span.value}
    did = dids.get(span.value)
    return {"$type": "app.bsky.richtext.facet#mention", "did": did} if did else None
