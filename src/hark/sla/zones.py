"""Time zones from the `tzdata` package, never from the machine: the same name means the same instants everywhere.

A machine's own zone files may be years old; Hark's rules need those of 2023c or later.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


@cache
def zone_names() -> frozenset[str]:
    """All IANA names that a calendar may have."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of that name; KeyError when there is none (the name never becomes a path unchecked)."""
    if name not in zone_names():
        raise KeyError(name)
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)
