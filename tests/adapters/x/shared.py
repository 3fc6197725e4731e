"""Where the shared collection of X's bodies is, and what its index says."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "twitter"
_ROW = re.compile(r"^\| `([\w/]+\.json)` \| (.*?) \| (.*?) \| (.*) \|$")

only_where_shared = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the shared fixtures are not on this machine"
)


class Row(msgspec.Struct, frozen=True):
    """A row of the index: file, what it is, and what is to be extracted from it."""

    name: str
    what: str
    extract: str


def index() -> list[Row]:
    if not FOLDER.is_dir():
        return []
    rows = (_ROW.match(line) for line in (FOLDER / "INDEX.md").read_text().splitlines())
    return [Row(row.group(1), row.group(2), row.group(4)) for row in rows if row]


def read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def api(name: str) -> dict[str, Any]:
    """An answer with its request: `{"request", "status", "headers", "body"}`."""
    return msgspec.json.decode(read(f"api/{name}.json"), type=dict[str, Any])


_FIELDS = re.compile(
    r"message_id `(?P<id>[^`]+)`|customer (?:`(?P<customer>\d+)`|(?P<nobody>none))|account `(?P<account>\d+)`"
    r"|parent `(?P<parent>\d+)`|thread `(?P<thread>[^`]+)`|attachments (?P<attachments>[\w, ]+)"
    r"|time (?P<time>\d{4}-\d\d-\d\dT[\d:]+Z|none)"
)


def extracts(extract: str) -> list[dict[str, Any]]:
    """The events of an extract, in its order; an ignored one has only its kind."""
    numbered = re.split(r"<br>", extract) if "<br>" in extract else [extract]
    return [_one(re.sub(r"^\(\d+\) ", "", part)) for part in numbered]


def _one(part: str) -> dict[str, Any]:
    if part.startswith("ignored"):
        return {"kind": "ignored"}
    kind, direction, source = re.match(r"(\w+)/(\w+), source (\w+)", part).groups()  # type: ignore[union-attr]
    found: dict[str, Any] = {"kind": kind, "direction": direction, "source": source}
    for match in _FIELDS.finditer(part):
        found |= {key: value for key, value in match.groupdict().items() if value is not None}
    if found.pop("nobody", None):
        found["customer"] = None
    files = found.get("attachments")
    found["attachments"] = [] if files in {None, "none"} else files.split(", ")  # type: ignore[union-attr]
    found["text"] = _text(part)
    return found


def _text(part: str) -> str | None:
    """⏎ stands for a line break; a text that ends with … is only the beginning."""
    if "; text empty" in part or "; text none" in part:
        return None
    match = re.search(r"; text `(.*?)`(?: \(full text in the file\))?; attachments", part)
    return match.group(1).replace("⏎", "\n") if match else None
