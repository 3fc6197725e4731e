"""JSON as strangers write it: a byte order mark, lone surrogates and NUL are borne, and no text stays unstorable."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

from hark.kernel.text import storable

_ODD = (b"\\u0000", b"\\ud", b"\\uD")


def read_loosely(body: bytes) -> Any:
    """The body as plain values. Raises ValueError for what is no JSON, and for numbers that JSON does not have (NaN, 1e999).

    The fast decoder refuses lone surrogates, which people do produce; those bodies take the slow way."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _storable(_slowly(body))
    return _storable(value) if any(mark in body for mark in _ODD) else value


def _slowly(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refused, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("the body is nested too deeply") from error


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(str(key)): _storable(item) for key, item in value.items()}
    return value
