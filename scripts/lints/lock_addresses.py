"""Lock files name versions and hashes, and no address: whoever installs decides from where."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.findings import Finding

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|^\s*(?:-i|-f|--index-url|--extra-index-url|--find-links)\b")
NPM_LOCK = "web/package-lock.json"


def check(root: Path) -> list[Finding]:
    return [*_check_requirements(root), *_check_npm(root)]


def _check_requirements(root: Path) -> Iterator[Finding]:
    for path in sorted((root / "requirements").glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if _ADDRESS.search(line):
                yield Finding(f"requirements/{path.name}", number, "a lock file must not name an address")


def _check_npm(root: Path) -> Iterator[Finding]:
    """What npm copies about donations is not fetched; `resolved` and `version` would be."""
    path = root / NPM_LOCK
    if not path.is_file():
        return
    for name, package in json.loads(path.read_text(encoding="utf-8")).get("packages", {}).items():
        for key in ("resolved", "version"):
            if _ADDRESS.search(str(package.get(key, ""))):
                yield Finding(NPM_LOCK, 0, f"{name}: {key} names an address")
