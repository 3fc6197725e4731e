"""The language of what a customer wrote, or that it cannot be told. Pure but for the model, which is read at first use.

py3langid (4.5 MB with its model, about 40 µs a text) rather than lingua (96 MB), cld3 (wrong on short German and English
texts) or eld (as good, 49 MB, unmaintained since 2023).
"""

from __future__ import annotations

from functools import cache

import msgspec
import regex
from py3langid.langid import LanguageIdentifier, _load_identifier

_CODES = (
    "af ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko lt lv mk ml "
    "mn mr ms my ne nl no pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh"
)
LANGUAGES = tuple(_CODES.split())
"""What agents are asked to speak; without dialects and languages with few writers, which short texts are mistaken for."""

ENOUGH = 0.5
"""Of the probability: "Hallo, I need help with meiner Bestellung" is in no language that could be relied on."""

FEWEST_LETTERS = 6
"""Shorter texts ("ok", "hi", "nein") say nothing reliable; scripts that are a language's own say it with two."""

SETTLED_LETTERS = 60
"""With so much text nothing later is looked at any more."""

LONGEST = 1000

_NOISE = regex.compile(
    r"https?://\S+|www\.\S+|\S+@\S+\.\S+|[@#][\p{L}\p{N}_.]+|[^\p{L}\p{M}\s'’-]+", regex.IGNORECASE
)
_LETTER = regex.compile(r"\p{L}")
_OWN_SCRIPT = (
    ("ja", regex.compile(r"[\p{Hiragana}\p{Katakana}]{2}")),
    ("ko", regex.compile(r"\p{Hangul}{2}")),
    ("el", regex.compile(r"\p{Greek}{3}")),
    ("he", regex.compile(r"\p{Hebrew}{2}")),
    ("th", regex.compile(r"\p{Thai}{2}")),
    ("zh", regex.compile(r"^[\p{Han}\s]{2,}$")),
)


class Found(msgspec.Struct, frozen=True):
    """`language` None: cannot be told. `settled`: more text would not change it."""

    language: str | None
    settled: bool


def detect_language(text: str) -> Found:
    """For the text of one or several messages of a customer."""
    words = words_of(text)
    letters = letters_of(words)
    for language, script in _OWN_SCRIPT:
        if script.search(words):
            return Found(language, settled=letters >= SETTLED_LETTERS // 4)
    if letters < FEWEST_LETTERS:
        return Found(None, settled=False)
    language, probability = _identifier().classify(words)
    if float(probability) < ENOUGH:
        return Found(None, settled=False)
    return Found(str(language), settled=letters >= SETTLED_LETTERS)


def words_of(text: str) -> str:
    """Without links, addresses, names with @, tags, digits, emoji and signs."""
    return " ".join(_NOISE.sub(" ", text[:LONGEST]).split())


def letters_of(text: str) -> int:
    return len(_LETTER.findall(text))


@cache
def _identifier() -> LanguageIdentifier:
    return _load_identifier(norm_probs=True, langs=list(LANGUAGES))
