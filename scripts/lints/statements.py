"""Every module with a `Statement` is one that the prepare-all test imports: no statement escapes it."""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.lints.findings import Finding, modules

TEST = "tests/migrations/test_statements.py"
_DEFINITION = "src/hark/infra/db.py"


def check(root: Path) -> list[Finding]:
    test = root / TEST
    if not test.is_file():
        return [Finding(TEST, 0, "the test that prepares all statements is gone")]
    prepared = imported_names(ast.parse(test.read_text(encoding="utf-8")))
    return [
        Finding(
            place, line, f"a Statement in a module that {TEST} does not import; put it into a repository.py"
        )
        for place, tree in modules(root)
        if place != _DEFINITION and Path(place).stem not in prepared
        for line in _statements(tree)
    ]


def imported_names(tree: ast.Module) -> frozenset[str]:
    """The names of modules in the sets that the test chooses by."""
    return frozenset(
        str(element.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Set)
        for element in node.elts
        if isinstance(element, ast.Constant)
    )


def _statements(tree: ast.Module) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Statement"
    ]
