"""Which platform it is, is nobody's business but its adapter's: no platform's name as a string literal elsewhere.

The names come from the adapters' manifests. `bootstrap` names what it composes, the bench what it fills tables with.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.findings import Finding, modules, texts

AT_HOME = ("src/hark/adapters/", "src/hark/standins/", "src/hark/bootstrap/", "src/hark/bench/")

ALLOWED = {
    ("src/hark/api/examples.py", "sandbox"): "an example in the API's description",
    ("src/hark/cli/app.py", "sandbox"): "the command that runs the stand-ins is called so",
    ("src/hark/infra/settings.py", "sandbox"): "the setting of that name",
}

ORDINARY = frozenset({"webhook", "x"})
"""Names that are ordinary words or letters too, so that a literal says nothing about a platform."""


def check(root: Path) -> list[Finding]:
    names = names_of_platforms(root)
    return [
        Finding(
            place, text.lineno, f"“{text.value}” names a platform; ask its manifest what it can do instead"
        )
        for place, tree in modules(root)
        if not place.startswith(AT_HOME)
        for text in texts(tree)
        if _normal(text.value) in names - ORDINARY and (place, _normal(text.value)) not in ALLOWED
    ]


def names_of_platforms(root: Path) -> frozenset[str]:
    """`platform` and `name` of every manifest, in lower case."""
    return frozenset(
        _normal(value)
        for path in (root / "src/hark/adapters").glob("*/manifest.py")
        for value in _named_in(ast.parse(path.read_text(encoding="utf-8")))
    )


def _named_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Manifest":
            for keyword in node.keywords:
                if keyword.arg in {"platform", "name"} and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)


def _normal(text: object) -> str:
    return str(text).strip().casefold()
