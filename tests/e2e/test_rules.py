"""A supervisor makes a rule in the page; a message comes in; the rule does what it says and the log says why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Desk, SandboxNetwork, row

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("HARK_TEST_PICTURES")
"""A folder for pictures of the screens, to be looked at."""


def take(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=False)


def add_condition(page: Page, words: str) -> None:
    """The field and the operator keep what they begin with: the text contains."""
    page.get_by_role("button", name="Condition", exact=True).click()
    page.get_by_placeholder("Words, each ended by Enter").last.focus()
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def test_a_rule_is_made_tried_and_runs_on_what_comes_in(page: Page, network: SandboxNetwork) -> None:
    network.play("dm", person="ana", text="My lamp is broken, I want a refund")
    expect(row(page, "I want a refund")).to_be_visible()
    page.goto(page.url.split("/inbox")[0] + "/settings/rules")
    expect(page.get_by_text("No rules yet")).to_be_visible()
    take(page, "empty")
    page.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Refunds are urgent")
    add_condition(page, "refund")
    dialog.get_by_label("What is done").select_option("set_priority")
    dialog.get_by_label("Value").last.select_option("urgent")
    case = dialog.locator("option", has_text="I want a refund").get_attribute("value")
    dialog.get_by_label("Conversation", exact=True).select_option(case)
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog.get_by_text("It would run", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Run dry").click()
    expect(dialog.get_by_text("It would have run once")).to_be_visible()
    take(page, "builder")
    dialog.get_by_role("button", name="Save").click()
    expect(
        page.get_by_text("When a message comes in, if text contains “refund”: set the priority to urgent.")
    ).to_be_visible()
    network.play("dm", person="jonas", text="Refund, please!")
    expect(page.get_by_text("Ran once in the last 7 days")).to_be_visible()
    page.get_by_role("button", name="Log of Refunds are urgent").click()
    log = page.get_by_role("dialog")
    log.locator("summary").first.click()
    expect(log.get_by_text("found: “Refund, please!”")).to_be_visible()
    take(page, "log")


def test_a_rule_gives_a_conversation_its_sla_policy_and_the_conversation_says_so(
    page: Page, desk: Desk, network: SandboxNetwork
) -> None:
    urgent = {"field": "priority", "operator": "is", "values": ["urgent"]}
    policy = {"name": "Strict", "targets": [{"first_response": 5}], "conditions": [urgent]}
    desk.ask("POST", "/api/v1/sla-policies", policy)
    page.goto(page.url.split("/inbox")[0] + "/settings/rules")
    page.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Legal first")
    add_condition(page, "lawyer")
    dialog.get_by_label("What is done").select_option("set_sla_policy")
    dialog.get_by_label("Value").last.select_option(label="Strict")
    take(page, "policy")
    dialog.get_by_role("button", name="Save").click()
    expect(
        page.get_by_text("if text contains “lawyer”: set the SLA policy Strict.", exact=False)
    ).to_be_visible()
    network.play("dm", person="kwame", text="My lawyer will write to you.")
    page.goto(page.url.split("/settings")[0] + "/inbox/open")
    page.get_by_role("link", name="Kwame Mensah").click()
    expect(
        page.get_by_role("log").get_by_text("Legal first gave this the SLA policy “Strict”")
    ).to_be_visible()
    expect(page.get_by_text("Policy “Strict”: a rule gave it to this conversation.")).to_be_visible()


def test_a_pattern_that_is_refused_is_told_at_its_condition(page: Page) -> None:
    page.goto(page.url.split("/inbox")[0] + "/settings/rules")
    page.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("A pattern")
    dialog.get_by_role("button", name="Condition", exact=True).click()
    dialog.get_by_label("How it is compared").select_option("matches")
    dialog.get_by_placeholder("Pattern (RE2)").fill("(a+)+\\1")
    dialog.get_by_role("button", name="Save").click()
    told = dialog.get_by_text("is refused as a pattern: invalid escape sequence", exact=False)
    expect(told.first).to_be_visible()


def test_a_ready_rule_asks_for_what_only_the_workspace_knows(page: Page) -> None:
    page.goto(page.url.split("/inbox")[0] + "/settings/rules")
    page.get_by_role("button", name="Ready rules").click()
    take(page, "gallery")
    page.get_by_role("dialog").get_by_role("button", name="Hide profanity").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_have_value("Hide profanity")
    dialog.get_by_role("button", name="Save").click()
    rule = page.get_by_role("listitem").filter(has_text="Hide profanity")
    expect(rule.get_by_role("switch")).not_to_be_checked()
    rule.get_by_role("switch").focus()
    page.keyboard.press("Space")
    expect(rule.get_by_role("switch")).to_be_checked()
    rule.get_by_role("button", name="Move Hide profanity up").click()
    expect(page.get_by_role("listitem").filter(has_text="Hide profanity")).to_contain_text("hide the message")
    take(page, "list")
    page.emulate_media(color_scheme="dark")
    take(page, "list-dark")
    page.set_viewport_size({"width": 390, "height": 844})
    take(page, "list-phone")
    page.get_by_role("button", name="Change Hide profanity").click()
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_visible()
    take(page, "builder-phone-dark")
