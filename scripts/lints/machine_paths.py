"""No file knows on which machine it was written."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.lints.findings import Finding, files

FOLDERS = ("src", "tests", "scripts", "web/src", "web/tests", "docs", "bench")
ENDINGS = (".py", ".sql", ".ts", ".tsx", ".js", ".css", ".sh", ".md", ".yaml", ".yml", ".toml", ".json")

_OURS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+|tmp/w)/")


def check(root: Path) -> list[Finding]:
    return [
        Finding(place, number, "the path of a machine")
        for folder in FOLDERS
        for place, path in files(root, folder, *ENDINGS)
        if not place.startswith("scripts/lints/")
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if _OURS.search(line)
    ]
