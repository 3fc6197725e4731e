"""Documentation that can fail: settings, functions, links and addresses are compared with what there is."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from hark.bootstrap.adapters import ADAPTERS
from hark.bootstrap.capabilities import capabilities_page
from hark.bootstrap.documents import settings_page
from hark.infra.settings import describe_settings
from hark.journal.facts import FactKind

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("changes/*.md")])
FUNCTION = re.compile(r"`(hark(?:\.\w+)+):(\w+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MENTIONED = re.compile(r"docs/(?:decisions/|platforms/)?[\w-]+\.md")


def names_in(page: str) -> list[tuple[str, str]]:
    return FUNCTION.findall((ROOT / "docs" / page).read_text("utf-8"))


def test_the_settings_page_is_current() -> None:
    written = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert written == settings_page(), "run `make docs`"


def test_the_capabilities_page_is_current() -> None:
    written = (ROOT / "docs" / "capabilities.md").read_text("utf-8")
    assert written == capabilities_page(ADAPTERS), "run `make docs`"


def test_every_documented_setting_is_read_somewhere() -> None:
    sources = {path: path.read_text("utf-8") for path in ROOT.glob("src/hark/**/*.py")}
    own = sources.pop(ROOT / "src/hark/infra/settings.py")
    code = "\n".join(sources.values()) + own.split("@property", 1)[1]
    unread = [
        name for name in (each.name for each in describe_settings()) if not re.search(rf"\.{name}\b", code)
    ]
    assert unread == []


@pytest.mark.parametrize("page", ["flow.md", "adding-a-platform.md", "glossary.md"])
def test_every_function_that_a_page_names_exists(page: str) -> None:
    missing = [
        f"{module}:{name}"
        for module, name in names_in(page)
        if not hasattr(importlib.import_module(module), name)
    ]
    assert missing == []


def test_the_flow_has_all_twelve_steps_and_names_a_function_in_each() -> None:
    text = (ROOT / "docs" / "flow.md").read_text("utf-8")
    steps = re.findall(
        r"^ ?(\d+)\. \*\*([\w, ]+)\*\*(.*?)(?=^ ?\d+\. |^\S|\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert [int(number) for number, _, _ in steps] == list(range(1, 13))
    assert [name for _, name, said in steps if not FUNCTION.search(said)] == ["report"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_document_that_the_code_mentions_exists() -> None:
    sources = [*ROOT.glob("src/**/*.py"), *ROOT.glob("src/**/*.sql"), *PAGES]
    mentioned = {name for path in sources for name in MENTIONED.findall(path.read_text("utf-8"))}
    assert sorted(name for name in mentioned if not (ROOT / name).exists()) == []


def test_every_fact_is_described_for_those_who_use_the_live_connection() -> None:
    text = (ROOT / "docs" / "live.md").read_text("utf-8")
    assert [kind for kind in FactKind.__args__ if f"`{kind}`" not in text] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_names_a_machine_or_a_registry(page: Path) -> None:
    text = page.read_text("utf-8")
    assert (
        re.findall(r"/(?:work|farm|root)/\S*|registry\.npmjs|pypi\.org|pythonhosted|deb\.debian", text) == []
    )
