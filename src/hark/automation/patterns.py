"""Users' regular expressions, on an engine that is linear in the text whatever the pattern (RE2): nothing hangs.

What RE2 cannot do in linear time (look-around, back references) or in little memory (nested counted repetition) is
refused when it is saved.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

LONGEST = 500
"""Characters of a pattern."""
MOST_TEXT = 20_000
"""Characters of a text that are looked at: longer than any platform's message."""
MEMORY = 1 << 20
"""Bytes that a compiled pattern may take."""


class BadPattern(Exception):
    """The pattern is refused; the message says why."""


@lru_cache(maxsize=2_000)
def compile_pattern(pattern: str) -> Any:
    """Case does not matter. Raises BadPattern."""
    if not pattern or len(pattern) > LONGEST:
        raise BadPattern(f"a pattern has 1 to {LONGEST} characters")
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise BadPattern(_reason(error)) from error


def _reason(error: Exception) -> str:
    first = error.args[0] if error.args else ""
    said = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
    if "too large" in said or "repetition" in said:
        return f"takes too long to check against texts ({said})"
    return said or "is no pattern"


def found(pattern: str, text: str) -> bool:
    """Whether the pattern is anywhere in the text."""
    return compile_pattern(pattern).search(text[:MOST_TEXT]) is not None


@lru_cache(maxsize=2_000)
def words_pattern(words: tuple[str, ...]) -> Any:
    """Any of the words standing alone. RE2's own idea of a word knows only ASCII letters, hence this one."""
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = 8 << 20
    options.log_errors = False
    listed = "|".join(re2.escape(word) for word in words)
    return re2.compile(rf"(?:^|[^\pL\pN_])(?:{listed})(?:$|[^\pL\pN_])", options)


def has_word(words: tuple[str, ...], text: str) -> bool:
    return words_pattern(words).search(text[:MOST_TEXT]) is not None
