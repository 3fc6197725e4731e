"""Bodies with something wrong in one place: a node gone, emptied, of another type, nested where it was flat."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

STRANGE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**63,
    1e300,
    0.5,
    "",
    "x" * 3000,
    "\x00",
    "\ud800",
    "\u202e<script>",
    [],
    [None],
    {},
    {"id": None},
    [[[[]]]],
)


def nodes(value: Any, at: Path = ()) -> Iterator[Path]:
    """The place of every node below the root."""
    below: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        below = iter(value.items())
    elif isinstance(value, list):
        below = iter(enumerate(value))
    for key, child in below:
        yield (*at, key)
        yield from nodes(child, (*at, key))


def without(value: Any, at: Path) -> Any:
    changed, parent = _copied(value, at)
    del parent[at[-1]]
    return changed


def replaced(value: Any, at: Path, by: Any) -> Any:
    changed, parent = _copied(value, at)
    parent[at[-1]] = by
    return changed


def nested(value: Any, at: Path) -> Any:
    """The node inside a list of itself."""
    changed, parent = _copied(value, at)
    parent[at[-1]] = [parent[at[-1]]]
    return changed


def _copied(value: Any, at: Path) -> tuple[Any, Any]:
    changed = copy.deepcopy(value)
    parent = changed
    for key in at[:-1]:
        parent = parent[key]
    return changed, parent


def every_small_change(body: bytes) -> Iterator[bytes]:
    """Each node dropped, and each node null."""
    value = json.loads(body)
    for at in list(nodes(value)):
        yield written(without(value, at))
        yield written(replaced(value, at, None))


def written(value: Any) -> bytes:
    """JSON in which a lone surrogate is an escape, as senders write it."""
    return json.dumps(value).encode()
