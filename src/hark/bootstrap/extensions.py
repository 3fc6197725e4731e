"""Platforms of other people's packages, found by entry points of the group `hark.platforms`.

A package that cannot be used is named with its reason and left out; it never keeps Hark from starting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

import msgspec

from hark.channels.contract import Adapter

GROUP = "hark.platforms"
_KEY = re.compile(r"[a-z][a-z0-9_]{1,31}", re.ASCII)


class Added(msgspec.Struct, frozen=True):
    """A platform that a package brings."""

    adapter: Adapter
    package: str


class Broken(msgspec.Struct, frozen=True):
    """An entry point that gives no usable platform, and why: a sentence for whoever installed it."""

    platform: str
    package: str
    reason: str


class Unusable(Exception):
    """An entry point's object is no adapter that could be added."""


def installed(known: Iterable[Adapter]) -> tuple[list[Added], list[Broken]]:
    """What packages in this environment bring besides `known`, in the order of their keys."""
    taken = {adapter.manifest.platform: "Hark itself" for adapter in known}
    added: list[Added] = []
    broken: list[Broken] = []
    for point in sorted(entry_points(group=GROUP), key=lambda each: (each.name, package_of(each))):
        package = package_of(point)
        try:
            adapter = _load(point)
            _check(point, adapter, taken)
        except Unusable as problem:
            broken.append(Broken(point.name, package, str(problem)))
        else:
            taken[adapter.manifest.platform] = package
            added.append(Added(adapter, package))
    return added, broken


def package_of(point: EntryPoint) -> str:
    """Name and version of the distribution that an entry point comes from."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unnamed package"


def _load(point: EntryPoint) -> Adapter:
    """Whatever goes wrong while a stranger's module is imported is its own failure."""
    try:
        found = point.load()
    except (Exception, SystemExit) as error:
        raise Unusable(f"it cannot be imported ({type(error).__name__}: {error})") from error
    if not isinstance(found, Adapter):
        raise Unusable(f"{point.value} is {type(found).__name__}, not an Adapter")
    return found


def _check(point: EntryPoint, adapter: Adapter, taken: dict[str, str]) -> None:
    key = adapter.manifest.platform
    if key != point.name:
        raise Unusable(f"the entry point is called {point.name}, its platform {key}")
    if _KEY.fullmatch(key) is None:
        raise Unusable("a platform's key has 2 to 32 small letters, digits and _, and begins with a letter")
    if key in taken:
        raise Unusable(f"there is a platform {key} already, from {taken[key]}")
