"""The `fields` parameter: names, limits and nested fields, and lists in pages."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from hark.standins.facebook.errors import invalid

_TOKEN = re.compile(r"[A-Za-z0-9_]+")
DEFAULT_LIMIT, MAX_LIMIT = 25, 100

Row = dict[str, Any]


class Field(msgspec.Struct):
    name: str
    arguments: dict[str, str] = {}
    nested: list[Field] | None = None


Edge = Callable[[Mapping[str, str], "list[Field] | None"], Any]


def parse(text: str) -> list[Field]:
    """`id,messages.limit(20){id,message}` as a tree."""
    found, rest = _parse(text)
    if rest:
        raise invalid(f"Syntax error at '{rest[:20]}' in fields")
    return found


def _parse(text: str) -> tuple[list[Field], str]:
    found: list[Field] = []
    while True:
        match = _TOKEN.match(text)
        if match is None:
            raise invalid(f"Syntax error at '{text[:20]}' in fields")
        field, text = _after_name(Field(match.group(0)), text[match.end() :])
        found.append(field)
        if not text.startswith(","):
            return found, text
        text = text[1:]


def _after_name(field: Field, text: str) -> tuple[Field, str]:
    arguments: dict[str, str] = {}
    while text.startswith("."):
        name, _, rest = text[1:].partition("(")
        value, closed, text = rest.partition(")")
        if not closed:
            raise invalid("Unclosed parenthesis in fields")
        arguments[name] = value
    nested = None
    if text.startswith("{"):
        nested, text = _parse(text[1:])
        if not text.startswith("}"):
            raise invalid("Unclosed brace in fields")
        text = text[1:]
    return Field(field.name, arguments, nested), text


def select(row: Mapping[str, Any], fields: list[Field] | None, default: str = "id") -> Row:
    """The asked fields of an object. A callable value is an edge, asked with its arguments. Fields without
    a value are left out, unknown ones refused."""
    chosen: Row = {}
    wanted = fields or parse(default)
    for field in [*wanted, *([] if any(field.name == "id" for field in wanted) else [Field("id")])]:
        if field.name not in row:
            if field.name == "id":
                continue
            raise invalid(f"Tried accessing nonexisting field ({field.name})")
        value = row[field.name]
        value = value(field.arguments, field.nested) if callable(value) else value
        if value is not None:
            chosen[field.name] = value
    return chosen


def page_of(
    rows: list[Row],
    arguments: Mapping[str, Any],
    path: str,
    key: Callable[[Row], str] = lambda row: str(row["id"]),
) -> Row:
    """A list answer. Cursors stand on every page with rows; `next` only where there is more."""
    limit = min(_positive(arguments.get("limit", DEFAULT_LIMIT)), MAX_LIMIT)
    start = _position(rows, str(arguments.get("after", "")), key)
    part = rows[start : start + limit]
    if not part:
        return {"data": []}
    paging: Row = {"cursors": {"before": _cursor(key(part[0])), "after": _cursor(key(part[-1]))}}
    if start + limit < len(rows):
        after = paging["cursors"]["after"]
        paging["next"] = (
            f"https://graph.facebook.com/{path}?access_token=REDACTED&limit={limit}&after={after}"
        )
    return {"data": part, "paging": paging}


def _positive(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = 0
    if number < 1:
        raise invalid("limit must be a positive number")
    return number


def _cursor(row_id: str) -> str:
    return base64.urlsafe_b64encode(row_id.encode()).decode().replace("=", "ZD")


def _position(rows: list[Row], after: str, key: Callable[[Row], str]) -> int:
    if not after:
        return 0
    for position, row in enumerate(rows):
        if _cursor(key(row)) == after:
            return position + 1
    raise invalid("Invalid cursor")
