"""A module is named for its one purpose."""

from __future__ import annotations

from pathlib import Path

from scripts.lints.findings import Finding, files

NAMELESS = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "stuff", "tools"})
FOLDERS = ("src", "tests", "scripts", "web/src")
ENDINGS = (".py", ".ts", ".tsx", ".js")


def check(root: Path) -> list[Finding]:
    return [
        Finding(place, 0, f"“{name}” says nothing about what is in it")
        for folder in FOLDERS
        for place, path in files(root, folder, *ENDINGS)
        for name in (*Path(place).parts[:-1], path.name.split(".")[0])
        if name.casefold() in NAMELESS
    ]
