"""Building the page: with the machine's Node, with the Python package's, or with a sentence."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from hark.infra import page
from hark.infra.page import PageNotBuilt, build_page, find_npm, source_hash

NPM = """#!{python}
import os, pathlib, sys
here = pathlib.Path.cwd()
with (here / "calls").open("a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1] == "ci":
    (here / "node_modules").mkdir(exist_ok=True)
if sys.argv[1:3] == ["run", "build"]:
    if (here / "broken").exists():
        print("Could not resolve ./nowhere")
        sys.exit(3)
    static = here.parent / "static"
    static.mkdir(exist_ok=True)
    (static / "index.html").write_text("page")
"""


class Checkout:
    """Sources of a page, and a machine with an npm that notes how it is called."""

    def __init__(self, folder: Path, node: str = "v20.20.0") -> None:
        self.web = folder / "web"
        self.static = folder / "static"
        self.programs = folder / "bin"
        (self.web / "src").mkdir(parents=True)
        self.programs.mkdir()
        (self.web / "package.json").write_text("{}")
        (self.web / "package-lock.json").write_text("{}")
        (self.web / "src" / "main.tsx").write_text("page()")
        self._program("npm", NPM.format(python=sys.executable))
        self._program("node", f"#!/bin/sh\necho {node}\n")

    def _program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text)
        path.chmod(0o755)

    def build(self) -> bool:
        return build_page(self.web, self.static, lambda _: None, install_node=False)

    @property
    def calls(self) -> list[str]:
        path = self.web / "calls"
        calls = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return calls


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    made = Checkout(tmp_path)
    monkeypatch.setenv("PATH", f"{made.programs}:{os.defpath}")
    return made


def test_it_is_built_once_and_again_when_a_source_changes(checkout: Checkout) -> None:
    assert checkout.build()
    assert checkout.calls == ["ci --no-audit --no-fund", "run build"]
    assert not checkout.build()
    assert checkout.calls == []
    (checkout.web / "src" / "main.tsx").write_text("page(2)")
    assert checkout.build()
    assert checkout.calls == ["run build"]


def test_tests_and_installed_packages_are_no_sources(checkout: Checkout) -> None:
    before = source_hash(checkout.web)
    (checkout.web / "src" / "main.test.tsx").write_text("test()")
    (checkout.web / "node_modules").mkdir()
    (checkout.web / "node_modules" / "a.js").write_text("")
    assert source_hash(checkout.web) == before
    (checkout.web / "src" / "more.tsx").write_text("")
    assert source_hash(checkout.web) != before


def test_a_changed_lock_file_installs_the_packages_again(checkout: Checkout) -> None:
    checkout.build()
    assert checkout.calls
    (checkout.web / "package-lock.json").write_text('{"new": 1}')
    checkout.build()
    assert checkout.calls == ["ci --no-audit --no-fund", "run build"]


def test_a_page_that_cannot_be_built_is_one_sentence_after_npms_last_words(
    checkout: Checkout, capfd: pytest.CaptureFixture[str]
) -> None:
    (checkout.web / "broken").write_text("")
    with pytest.raises(PageNotBuilt, match=r"The page could not be built \(npm run ended with 3"):
        checkout.build()
    assert "Could not resolve ./nowhere" in capfd.readouterr().err
    assert not (checkout.static / ".source-hash").exists()


def test_without_node_it_says_how_to_get_it(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(page, "_packaged_npm", lambda: None)
    with pytest.raises(PageNotBuilt, match=r"needs Node 20\.19 or newer"):
        checkout.build()


def test_a_node_that_is_too_old_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = Checkout(tmp_path, node="v18.19.0")
    monkeypatch.setenv("PATH", f"{old.programs}:{os.defpath}")
    monkeypatch.setattr(page, "_packaged_npm", lambda: None)
    assert find_npm() is None


def test_a_published_package_has_nothing_to_build(tmp_path: Path) -> None:
    with pytest.raises(PageNotBuilt, match="a published package brings it built"):
        build_page(tmp_path / "web", tmp_path / "static", lambda _: None, install_node=False)
