"""Where links are in a text, as the networks find them that count a link apart from its letters.

The grammar is that of the open twitter-text configuration (https://github.com/twitter/twitter-text), which Mastodon counts
by too: a domain ends in a known top-level domain; a path has Latin and Cyrillic letters only, so that a link may stand in
the middle of Japanese. Without a scheme only domains of Latin letters are links, and not behind a letter, @, # or $.

Every step reads the text once from left to right: the pattern that twitter-text publishes takes minutes for ten thousand
letters with a dot behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_LATIN = r"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F\u0253-\u025B\u0263\u0268\u026F\u0272\u0289\u028B\u02BB\u1E00-\u1EFF"
_CYRILLIC = r"\u0400-\u04FF"
_UNICODE_LABEL = (
    r"[^\s!-,./:-@\[-^`{-~\u00A0-\u00BF\u2000-\u206F\u3000-\u303F\uFE00-\uFE0F\uFEFF\uFF00-\uFF0F\uFFFF]"
)

_PATH_CHARACTER = rf"[a-z0-9{_CYRILLIC}{_LATIN}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_BRACKETS = rf"\((?:{_PATH_CHARACTER}|\({_PATH_CHARACTER}*\))*\)"

_SCHEMED = rf"(?<![A-Za-z0-9@＠$#＃])https?://({_UNICODE_LABEL}+(?:\.{_UNICODE_LABEL}+)+)"
_BARE = rf"(?<![A-Za-z0-9_{_LATIN}\-/@＠$#＃])(?<![\x00-\x7F]\.)[A-Za-z0-9{_LATIN}\-]+(?:\.[A-Za-z0-9{_LATIN}\-]+)+"
_CANDIDATE = re.compile(rf"{_SCHEMED}|{_BARE}", re.IGNORECASE)
_NO_DOMAIN_BEFORE = re.compile(r"[0-9A-Za-z@+\-]")

_PORT = re.compile(r":[0-9]+")
_PATH = re.compile(rf"/(?:{_PATH_CHARACTER}|{_BRACKETS})*", re.IGNORECASE)
_PATH_END = re.compile(rf"[a-z0-9{_CYRILLIC}{_LATIN}=_#/+\-)]", re.IGNORECASE)
_QUERY = re.compile(r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*", re.IGNORECASE)
_QUERY_END = re.compile(r"[a-z0-9\-_&=#/]", re.IGNORECASE)

_DOMAIN_LENGTH = 253


@cache
def _known() -> frozenset[str]:
    return frozenset(files("hark.kernel").joinpath("tlds.txt").read_text("utf-8").split())


def find_links(text: str, *, bare: bool = True) -> Iterator[tuple[int, int]]:
    """Start and end of every link, in code points. `bare`: domains without a scheme are links too."""
    if "." not in text:
        return
    at = 0
    while found := _CANDIDATE.search(text, at):
        host = found.group(1)
        domain = _domain(host[:_DOMAIN_LENGTH]) if host else _bare_domain(found.group()[:_DOMAIN_LENGTH])
        at = found.end()
        if domain and (host or bare):
            end = (found.start(1) if host else found.start()) + domain
            if end == len(text) or not _NO_DOMAIN_BEFORE.match(text, end):
                at = _end(text, end) if host else _bare_end(text, end)
                yield found.start(), at


def _domain(host: str) -> int:
    """How much of a dotted name is a domain: up to the last label that is, or begins with, a top-level domain that
    letters of another alphabet follow; 0: none of it."""
    labels = host.split(".")
    for count in range(len(labels), 1, -1):
        last = labels[count - 1].lower()
        latin = re.match(r"[a-z]*(?![\x00-\x7F])", last)
        for top in (last, latin.group() if latin else ""):
            if _top_level(top) and "_" not in labels[count - 2]:
                return len(".".join(labels[: count - 1])) + 1 + len(top)
    return 0


def _bare_domain(name: str) -> int:
    labels = name.split(".")
    for count in range(len(labels), 1, -1):
        if _top_level(labels[count - 1].lower()):
            return len(".".join(labels[:count]))
    return 0


def _top_level(label: str) -> bool:
    return label in _known() or (label.startswith("xn--") and len(label) > len("xn--"))


def _end(text: str, at: int) -> int:
    """Where the link ends whose domain ends at `at`: punctuation behind it does not belong to it."""
    if port := _PORT.match(text, at):
        at = port.end()
    if path := _PATH.match(text, at):
        at = _trimmed(text, at + 1, path.end(), _PATH_END)
    if query := _QUERY.match(text, at):
        end = _trimmed(text, at + 1, query.end(), _QUERY_END)
        at = end if end > at + 1 else at
    return at


def _bare_end(text: str, at: int) -> int:
    """Behind a domain without a scheme, a port or query belongs to the link only together with a path."""
    port = _PORT.match(text, at)
    return _end(text, at) if _PATH.match(text, port.end() if port else at) else at


def _trimmed(text: str, start: int, end: int, allowed: re.Pattern[str]) -> int:
    """`end`, brought back to behind the last character that a link may end with, but not before `start`."""
    while end > start and not allowed.match(text, end - 1):
        end -= 1
    return end
