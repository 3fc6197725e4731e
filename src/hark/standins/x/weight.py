"""How long X finds a post: most scripts weigh 1, others and each emoji 2, a link 23 (twitter-text configuration v3)."""

from __future__ import annotations

import unicodedata

import regex

from hark.kernel.links import find_links
from hark.kernel.text import graphemes

MOST = 280
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_PICTURE = regex.compile(r"\p{Extended_Pictographic}|\p{RI}|\u20E3")


def weight(text: str) -> int:
    text = unicodedata.normalize("NFC", text)
    links = list(find_links(text))
    words = list(text)
    for start, end in reversed(links):
        del words[start:end]
    return 23 * len(links) + sum(map(_of_sign, graphemes("".join(words))))


def _of_sign(sign: str) -> int:
    if _PICTURE.search(sign) and not sign.isascii():
        return 2
    return sum(1 if any(low <= ord(each) <= high for low, high in _LIGHT) else 2 for each in sign)
