"""Every page can be used by everybody: axe-core finds nothing wrong in light and dark, in English and German, wide and on a
phone; nothing sticks out sideways."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Desk, SandboxNetwork, without_errors

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SECTIONS = (
    "channels", "quarantine", "deliveries", "agents", "teams", "routing", "rules", "hours", "sla", "tags", "members", "keys",
    "workspace", "profile",
)  # fmt: skip
PAGES = ("/inbox/open", "/customers", "/live", *(f"/settings/{each}" for each in SECTIONS))
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
VIEWS: dict[str, dict[str, Any]] = {
    "wide, dark, German": {"viewport": WIDE, "color_scheme": "dark", "locale": "de-DE"},
    "phone, light, English": {"viewport": PHONE, "locale": "en-US"},
}
NEW = re.compile("^(New|Neu)")
WAYS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@pytest.fixture(scope="module")
def filled(desk: Desk, network: SandboxNetwork) -> Desk:
    """A workspace in which every page has something to show."""
    office = {"zone": "Europe/Berlin", "openings": [{"day": "mon", "open": "09:00", "close": "17:00"}]}
    calendar = desk.ask("POST", "/api/v1/calendars", {"name": "Office", "spec": office})
    targets = [{"first_response": 60, "resolution": 480}, {"priority": "urgent", "first_response": 15}]
    desk.ask(
        "POST", "/api/v1/sla-policies", {"name": "All", "targets": targets, "calendar_id": calendar["id"]}
    )
    desk.ask("POST", "/api/v1/teams", {"name": "Returns"})
    desk.ask("POST", "/api/v1/skills", {"name": "Warranty"})
    desk.ask("POST", "/api/v1/routing/policies", {"name": "Everything", "strategy": "load_balanced"})
    desk.ask("POST", "/api/v1/tags", {"name": "vip"})
    desk.ask("POST", "/api/v1/api-keys", {"name": "Report", "scopes": ["conversations:read"]})
    words = {"type": "condition", "field": "text", "operator": "has_word", "value": ["refund"]}
    rule = {
        "name": "Refunds first",
        "event": "message_received",
        "conditions": {"match": "all", "items": [words]},
    }
    desk.ask("POST", "/api/v1/rules", rule | {"actions": [{"type": "set_priority", "priority": "urgent"}]})
    desk.ask("POST", "/api/v1/members", {"email": "anna@x.example", "name": "Anna Berg", "role": "agent"})
    network.play("dm", person="ana", text="I want a refund, please.")
    return desk


def found_wrong(page: Page) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    result = page.evaluate(f"axe.run(document, {json.dumps({'runOnly': list(WAYS)})})")
    return [
        f"{each['id']}: {each['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for each in result["violations"]
        for node in each["nodes"]
    ]


def sticking_out(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


def settled(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-skeleton], .mantine-Skeleton-root")).to_have_count(0)


@contextlib.contextmanager
def seen(desk: Desk, view: str) -> Iterator[Page]:
    """A page in this view. Its language is the person's own, whatever the browser prefers."""
    options = VIEWS[view]
    language = options["locale"][:2]
    desk.ask("PATCH", "/api/v1/me", {"locale": language})
    with desk.browser(**options) as context, without_errors(context.new_page()) as page:
        page.goto("/")
        expect(page.locator("html")).to_have_attribute("lang", language)
        yield page


@pytest.mark.parametrize("view", VIEWS)
def test_no_page_has_anything_that_axe_finds_wrong(filled: Desk, view: str) -> None:
    wrong = {}
    with seen(filled, view) as page:
        for path in PAGES:
            settled(page, path)
            if found := found_wrong(page):
                wrong[path] = found
            if sticking_out(page) > 0:
                wrong[f"{path} sideways"] = [str(sticking_out(page))]
    assert not wrong, json.dumps(wrong, indent=1)


@pytest.mark.parametrize("view", VIEWS)
def test_neither_has_a_conversation_nor_a_form_in_it(filled: Desk, view: str) -> None:
    """The thread with its panel, and the largest dialogs."""
    wrong = {}
    with seen(filled, view) as page:
        settled(page, "/inbox/open")
        page.get_by_role("link", name="Ana Ruiz").click()
        expect(page.get_by_role("article").first).to_be_visible()
        wrong["conversation"] = found_wrong(page)
        for section in ("rules", "sla", "hours", "routing", "teams"):
            settled(page, f"/settings/{section}")
            page.locator("main").get_by_role("button").filter(has_text=NEW).first.click()
            expect(page.get_by_role("textbox").first).to_be_visible()
            wrong[section] = found_wrong(page)
    assert not any(wrong.values()), json.dumps(wrong, indent=1)
