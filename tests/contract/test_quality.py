"""Every adapter's quality.yaml is honest: a rule that is done names tests that exist."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest

from hark.channels.testing import RULES, Quality, load_quality
from hark.channels.testing.quality import Standing, faults_of

ROOT = Path(__file__).parents[2]
ADAPTERS = sorted(path.parent for path in (ROOT / "src/hark/adapters").glob("[!_]*/manifest.py"))


def known_tests() -> frozenset[str]:
    """Names of all test functions, the suite's own included."""
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "src/hark/channels/testing").glob("*.py")]
    return frozenset(
        node.name
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


@pytest.mark.parametrize("adapter", ADAPTERS, ids=[path.name for path in ADAPTERS])
def test_adapter_says_honestly_how_far_it_is(adapter: Path) -> None:
    quality = load_quality(adapter / "quality.yaml")
    assert quality.platform == adapter.name
    assert quality.reference
    assert faults_of(quality, known_tests()) == []


def test_there_are_adapters_to_look_at() -> None:
    assert {"facebook", "sandbox", "telegram"} <= {path.name for path in ADAPTERS}


def honest() -> dict[str, Standing]:
    return {rule: Standing("done", ("test_there",)) for rule in RULES}


def faults(**changes: Standing) -> list[str]:
    return faults_in({**honest(), **changes})


def faults_in(rules: dict[str, Standing], own: dict[str, Standing] | None = None) -> list[str]:
    return faults_of(Quality("x", "a book", rules, own or {}), frozenset({"test_there"}))


def test_honest_list_has_no_faults() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("standing", "fault"),
    [
        (Standing("done", ("test_dreamt_of",)), "echo: there is no test test_dreamt_of"),
        (Standing("done"), "echo: done, but no test is named"),
        (Standing("todo"), "echo: todo without a reason"),
        (Standing("exempt", reason="  "), "echo: exempt without a reason"),
    ],
)
def test_dishonest_standing_is_named(standing: Standing, fault: str) -> None:
    assert faults(echo=standing) == [fault]


def test_missing_and_invented_rules_are_named() -> None:
    rules = honest()
    del rules["echo"]
    found = faults_in({**rules, "beauty": Standing("todo", reason="x")})
    assert found == ["echo: not mentioned", "beauty: there is no such rule"]


def test_own_rules_are_held_to_the_same() -> None:
    assert faults_in(honest(), {"albums": Standing("todo")}) == ["albums: todo without a reason"]


def test_misspelt_status_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "quality.yaml"
    path.write_text("rules: {echo: {status: finished}}")
    with pytest.raises(msgspec.ValidationError):
        load_quality(path)
