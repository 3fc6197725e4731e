"""hark platforms."""

from __future__ import annotations

from hark.cli.terminal import Json, put, put_json


def list_platforms(*, json: Json = False) -> int:
    """The platforms that this Hark speaks to: its own, and those of packages beside it.

    Ends with status 1 when a package's platform could not be used.
    """
    from hark.bootstrap.adapters import describe_platforms

    found, broken = describe_platforms()
    if json:
        put_json({"platforms": found, "broken": broken})
    else:
        for each in found:
            put(f"{each.platform:<16} {each.name:<24} {each.package}")
        for lost in broken:
            put(f"{lost.platform:<16} {'not usable':<24} {lost.package}: {lost.reason}.")
    return 1 if broken else 0
