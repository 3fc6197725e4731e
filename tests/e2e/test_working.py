"""Working in the page: by keyboard alone, in German, in the dark, on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Desk, SandboxNetwork, answer_field, bubble, row, without_errors

pytestmark = pytest.mark.browser


def test_a_customer_is_answered_by_keyboard_alone(page: Page, network: SandboxNetwork) -> None:
    network.play("dm", person="mei", text="Do you have decaf?")
    expect(row(page, "Mei Tanaka")).to_be_visible()
    network.play("dm", person="jonas", text="Habt ihr heute offen?")
    expect(page.locator("[data-row]").first).to_contain_text("Jonas Weber")
    page.keyboard.press("j")
    expect(row(page, "Jonas Weber")).to_be_focused()
    page.keyboard.press("j")
    expect(row(page, "Mei Tanaka")).to_be_focused()
    page.keyboard.press("Enter")
    expect(bubble(page, "Do you have decaf?")).to_be_visible()
    page.keyboard.press("r")
    expect(answer_field(page)).to_be_focused()
    page.keyboard.type("Two kinds, both from Peru.")
    page.keyboard.press("Control+Enter")
    sent = bubble(page, "Two kinds, both from Peru.")
    expect(sent.get_by_role("img", name="Delivered")).to_be_visible()
    assert network.received("Two kinds, both from Peru.") == 1
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(row(page, "Mei Tanaka")).to_be_hidden()


@pytest.fixture
def english_again(desk: Desk) -> Iterator[None]:
    """The language belongs to the user, whom the module's tests share."""
    yield
    desk.ask("PATCH", "/api/v1/me", {"locale": "en"})


@pytest.mark.usefixtures("english_again")
def test_german_and_dark_hold_after_a_reload(page: Page) -> None:
    page.get_by_role("button", name="Language").click()
    page.get_by_role("menuitem", name="Deutsch").click()
    expect(page.get_by_role("button", name="Alle offenen")).to_be_visible()
    page.get_by_role("button", name="Farbschema").click()
    page.get_by_role("menuitem", name="Dunkel").click()
    background = "getComputedStyle(document.body).backgroundColor"
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    dark = page.evaluate(background)
    page.reload()
    expect(page.get_by_role("button", name="Alle offenen")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    assert page.evaluate(background) == dark
    assert max(int(part) for part in dark.removeprefix("rgb(").rstrip(")").split(", ")) < 80


def test_a_phone_shows_one_pane_at_a_time_and_nothing_sticks_out(desk: Desk, network: SandboxNetwork) -> None:
    network.play("dm", person="leonie", text="https://lumen.example/" + "a-very-long-address-" * 12)
    sizes = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with desk.browser(**sizes) as context, without_errors(context.new_page()) as page:
        page.goto("/")
        row(page, "Leonie").tap()
        expect(bubble(page, "a-very-long-address")).to_be_visible()
        expect(row(page, "Leonie")).to_be_hidden()
        assert overhang(page) == 0
        answer_field(page).fill("We look into it.")
        page.get_by_role("button", name="Send", exact=True).tap()
        expect(bubble(page, "We look into it.").get_by_role("img", name="Delivered")).to_be_visible()
        page.get_by_role("button", name="Back to the list").tap()
        expect(row(page, "Leonie")).to_be_visible()
        assert overhang(page) == 0
        page.goto("/settings/profile")
        expect(page.get_by_role("link", name="My profile")).to_be_in_viewport(ratio=1)
        assert overhang(page) == 0


def overhang(page: Page) -> int:
    """Pixels by which the document is wider than the screen."""
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found
