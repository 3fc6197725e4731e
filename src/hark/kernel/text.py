"""Text as PostgreSQL and the networks can hold it."""

from __future__ import annotations

import unicodedata

import regex

_GRAPHEME = regex.compile(r"\X")


def storable(text: str) -> str:
    """The text with what a UTF-8 database cannot hold made visible: NUL and lone surrogates become U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "�")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def searchable(text: str) -> str:
    """The form that the search index sees: NFC, so that composed and decomposed letters find one another."""
    return unicodedata.normalize("NFC", text)


def graphemes(text: str) -> list[str]:
    """User-perceived characters (UAX 29): a family emoji is one."""
    return _GRAPHEME.findall(text)
