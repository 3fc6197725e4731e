"""Deadlines in the page: hours and a policy are set there, a message counts down, warns and is overdue, and says why."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Desk, SandboxNetwork, row, until

pytestmark = pytest.mark.browser

A_MINUTE = 75_000
"""Milliseconds: the shortest target is a minute."""


def test_hours_policy_countdown_warning_and_breach(page: Page, desk: Desk, network: SandboxNetwork) -> None:
    network.play("dm", person="jonas", text="Seit gestern warte ich.")
    expect(row(page, "Jonas Weber")).to_be_visible()
    set_hours(page)
    set_policy(page)
    until(lambda: (desk.ask("GET", "/api/v1/sla-policies/progress") or {}).get("finished_at"))
    page.goto("/inbox/all")
    network.play("dm", person="mei", text="Is it open today?")
    chip = row(page, "Mei Tanaka").locator("[data-answer-by]")
    expect(chip).to_have_attribute("title", re.compile("First response due .+ policy “Fast lane”"))
    expect(chip).to_have_attribute("data-state", "ok")
    page.get_by_role("button", name="Newest", exact=True).click()
    page.get_by_role("option", name="Answer by").click()
    expect(page).to_have_url(re.compile("sort=answer_by"))
    row(page, "Mei Tanaka").click()
    clocks = page.get_by_role("region", name="SLA")
    expect(clocks).to_contain_text("Policy “Fast lane”: the first whose conditions hold.")
    expect(clocks).to_contain_text("Target 1 min")
    expect(chip).to_have_attribute("data-state", "soon", timeout=A_MINUTE)
    expect(page.get_by_text(re.compile("First response is due soon: .+ “Fast lane”"))).to_be_visible()
    expect(chip).to_have_attribute("data-state", "breached", timeout=A_MINUTE)
    expect(chip).to_have_attribute("title", re.compile("First response overdue since .+ policy “Fast lane”"))
    expect(page.get_by_text(re.compile("First response is overdue since .+ “Fast lane”"))).to_be_visible()


def set_hours(page: Page) -> None:
    """Open all day, every day: copied from Monday."""
    page.goto("/settings/hours")
    page.get_by_role("button", name="New calendar").first.click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Always")
    zone = page.get_by_label("Time zone")
    zone.fill("Europe/Berlin")
    page.get_by_label("Opens, Monday").fill("22:00")
    page.get_by_label("Closes, Monday").fill("06:00")
    expect(page.get_by_role("group", name="Monday")).to_contain_text("next day")
    page.get_by_label("Opens, Monday").fill("00:00")
    page.get_by_label("Closes, Monday").fill("00:00")
    page.get_by_role("button", name="Copy Monday to other days").click()
    page.get_by_role("menuitem", name="All days").click()
    weeks = page.get_by_role("region", name="The next two weeks")
    expect(weeks.get_by_text("Open now")).to_be_visible()
    expect(weeks.get_by_role("listitem").nth(13)).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Always")).to_be_visible()


def set_policy(page: Page) -> None:
    """A minute for direct messages; the preview speaks of the one that waits already."""
    page.goto("/settings/sla")
    page.get_by_role("button", name="New policy").first.click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Fast lane")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_role("button", name=re.compile("Values")).click()
    page.get_by_role("listbox", name="Values").get_by_role("option", name="Message").click()
    page.keyboard.press("Escape")
    page.get_by_label("Unit of First response").select_option("minutes")
    page.get_by_label("First response", exact=True).fill("1")
    page.get_by_label("Business hours").select_option(label="Always")
    page.get_by_label("Warn ahead").select_option("50")
    preview = page.get_by_role("region", name="What saving changes")
    expect(preview).to_contain_text("Changes 1 of 1 open conversations.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Applies when Source is")).to_be_visible()
