"""A file has one purpose; at 600 lines it has more than one."""

from __future__ import annotations

from pathlib import Path

from scripts.lints.findings import Finding, files

LONGEST = 600
FOLDERS = ("src", "tests", "scripts", "web/src", "web/tests")
ENDINGS = (".py", ".sql", ".ts", ".tsx", ".js", ".mjs", ".css", ".sh")
GENERATED = ("web/src/api/schema.d.ts",)


def check(root: Path) -> list[Finding]:
    return [
        Finding(place, 0, f"{lines} lines; {LONGEST} are the most")
        for folder in FOLDERS
        for place, path in files(root, folder, *ENDINGS)
        if place not in GENERATED and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    ]
