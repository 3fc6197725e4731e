"""From the printed link to an answered customer, as a newcomer goes that way."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browsing import (
    PASSWORD,
    SandboxNetwork,
    bubble,
    new_context,
    reply,
    row,
    welcome_link,
    without_errors,
)
from tests.support.running import RunningHark

pytestmark = pytest.mark.browser

ANSWER = "Yes, until Sunday. See you!"


def test_a_newcomer_signs_in_by_the_link_and_answers_a_customer_once(
    program: RunningHark, chromium: Browser, network: SandboxNetwork
) -> None:
    context = new_context(chromium)
    with without_errors(context.new_page()) as page:
        page.goto(welcome_link(program))
        page.get_by_label("Your name").fill("Robin Falk")
        page.get_by_label(re.compile("^New password")).fill(PASSWORD)
        page.get_by_role("button", name="Begin").click()
        expect(page.get_by_text("All caught up")).to_be_visible()
        expect(page.get_by_role("img", name="Connected")).to_be_visible()

        network.play("dm", person="ana", text="Is the autumn roast still there?")
        expect(row(page, "Ana Ruiz")).to_contain_text("Is the autumn roast still there?")
        row(page, "Ana Ruiz").click()
        expect(bubble(page, "Is the autumn roast still there?")).to_be_visible()

        sent = reply(page, ANSWER)
        expect(sent.get_by_role("img", name="Delivered")).to_be_visible()
        assert network.received(ANSWER) == 1

        network.play("people/ana/read")
        expect(sent.get_by_role("img", name="Read")).to_be_visible()
        assert sent.count() == 1
        assert network.received(ANSWER) == 1
    context.close()


def test_the_link_is_used_up_and_the_password_opens_the_door(program: RunningHark, chromium: Browser) -> None:
    context = new_context(chromium)
    page = context.new_page()
    page.goto(welcome_link(program))
    expect(page.get_by_text("This link is not valid any more")).to_be_visible()
    page.get_by_role("link", name="To the sign-in").click()
    page.get_by_label("E-mail").fill("admin@example.com")
    page.get_by_label(re.compile("^Password")).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("E-mail or password is wrong.")).to_be_visible()
    page.get_by_label(re.compile("^Password")).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/inbox/**")
    expect(row(page, "Ana Ruiz")).to_be_visible()
    context.close()
