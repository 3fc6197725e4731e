"""What a rule found, and how it reads Python files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SKIPPED = frozenset(
    {"node_modules", "__pycache__", ".venv", "static", "dist", ".git", "test-results", "var", "data"}
)


class Finding(NamedTuple):
    """`place` is relative to the root; `line` counts from 1, 0 for the file as a whole."""

    place: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.place}:{self.line}: {self.message}" if self.line else f"{self.place}: {self.message}"


def files(root: Path, folder: str, *endings: str) -> Iterator[tuple[str, Path]]:
    """Files below `root/folder` with one of the endings, as (place, path), in a fixed order."""
    for path in sorted((root / folder).rglob("*")):
        inner = path.relative_to(root)
        if path.is_file() and path.suffix in endings and not SKIPPED.intersection(inner.parts):
            yield inner.as_posix(), path


def modules(root: Path, folder: str = "src/hark") -> Iterator[tuple[str, ast.Module]]:
    for place, path in files(root, folder, ".py"):
        yield place, ast.parse(path.read_text(encoding="utf-8"), place)


def texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """All string literals, parts of f-strings included, without docstrings and the texts that document a name."""
    documenting = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documenting:
            yield node
