"""Clock and ids are passed in: only `kernel/clock.py` reads the clock, only `kernel/ids.py` makes ids.

`time.monotonic` measures durations and stays allowed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.findings import Finding, modules

SOURCES = ("src/hark/kernel/clock.py", "src/hark/kernel/ids.py")

FORBIDDEN = {
    "datetime.datetime.now": "the clock",
    "datetime.datetime.utcnow": "the clock",
    "datetime.datetime.today": "the clock",
    "datetime.date.today": "the clock",
    "time.time": "the clock",
    "time.time_ns": "the clock",
    "uuid.uuid1": "chance",
    "uuid.uuid4": "chance",
}


def check(root: Path) -> list[Finding]:
    return [
        Finding(place, line, f"{name}() asks {FORBIDDEN[name]}; take a Clock, or new_id(at)")
        for place, tree in modules(root)
        if place not in SOURCES
        for line, name in _uses(tree)
    ]


def _uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every mention of a forbidden function, called or handed on, under whatever name it was imported."""
    known = dict(_imported(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
            name = _resolved(node, known)
            if name in FORBIDDEN:
                yield node.lineno, name


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _resolved(node: ast.expr, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        base = _resolved(node.value, known)
        return f"{base}.{node.attr}" if base else None
    return None
