"""Keeping order under public posts, and answering in private, in the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import SandboxNetwork, answer_field, bubble, row

pytestmark = pytest.mark.browser


def act(page: Page, text: str, name: str) -> None:
    """Chooses something of a message's menu, by keyboard alone."""
    bubble(page, text).get_by_role("button", name="Actions for this message").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name=name).focus()
    page.keyboard.press("Enter")


def test_a_comment_is_hidden_its_author_banned_and_both_taken_back(
    page: Page, network: SandboxNetwork
) -> None:
    network.play("comment", person="kwame", text="Buy cheap watches here", post="post-autumn")
    row(page, "Kwame").click()
    expect(bubble(page, "Buy cheap watches here")).to_be_visible()
    act(page, "Buy cheap watches here", "Hide")
    expect(bubble(page, "Buy cheap watches here")).to_contain_text("Hidden on the network")
    expect(page.get_by_text("Robin Falk hid a message on the network")).to_be_visible()
    act(page, "Buy cheap watches here", "Ban Kwame Mensah")
    page.get_by_role("dialog").get_by_role("button", name="Ban Kwame Mensah").click()
    expect(bubble(page, "Buy cheap watches here")).to_contain_text("Banned")
    expect(page.get_by_text("Robin Falk banned Kwame Mensah")).to_be_visible()
    refused = network.try_to_play("comment", person="kwame", text="And more", post="post-autumn")
    assert refused == "banned"
    page.get_by_role("button", name="Lift the ban").click()
    page.get_by_role("button", name="3 changes").click()
    expect(page.get_by_text("lifted the ban on Kwame Mensah")).to_be_visible()
    network.play("comment", person="kwame", text="Sorry about that", post="post-autumn")


def test_a_comment_is_answered_privately_once_and_both_sides_lead_to_one_another(
    page: Page, network: SandboxNetwork
) -> None:
    network.play("comment", person="leonie", text="My order 41 never came", post="post-workshop")
    row(page, "My order 41").click()
    expect(page.get_by_label("Post", exact=True)).to_contain_text("Saturday workshop")
    page.get_by_role("radio", name="Reply privately").click()
    expect(page.get_by_text("one per comment")).to_be_visible()
    answer_field(page).fill("Could you write us your address?")
    page.keyboard.press("Control+Enter")
    expect(bubble(page, "Could you write us your address?")).to_contain_text("Private reply")
    expect(page.get_by_text("has its one private reply already")).to_be_visible()
    network.play("dm", person="leonie", text="Elm Street 5")
    page.get_by_role("link", name="Answered privately").click()
    expect(bubble(page, "Elm Street 5")).to_be_visible()
    expect(page.get_by_role("link", name="Began with a comment")).to_be_visible()
    page.get_by_role("link", name="Began with a comment").click()
    expect(bubble(page, "My order 41 never came")).to_be_visible()
    assert network.received("Could you write us your address?") == 1


def test_a_template_is_filled_in_looked_at_and_sent(page: Page, network: SandboxNetwork) -> None:
    network.play("dm", person="jonas", text="Where is my parcel?")
    row(page, "Where is my parcel?").click()
    page.get_by_role("button", name="Choose a template").click()
    page.get_by_role("button", name="order_update").first.click()
    page.get_by_label("Value for 1").fill("Samira")
    send = page.get_by_role("button", name="Send template")
    expect(send).to_be_disabled()
    page.get_by_label("Value for 2").fill("4711")
    expect(page.get_by_text("4711")).to_be_visible()
    send.click()
    said = page.locator("article").filter(has_text="4711")
    expect(said).to_contain_text("Template “order_update”")
    expect(said.get_by_role("img", name="Delivered")).to_be_visible()


def test_a_picture_is_described(page: Page, network: SandboxNetwork) -> None:
    network.play("dm", person="ana", text="How does the shop look?")
    row(page, "How does the shop look?").click()
    expect(answer_field(page)).to_be_visible()
    page.locator("#composer input[type=file]").set_input_files(
        {"name": "shop.png", "mimeType": "image/png", "buffer": PNG}
    )
    page.get_by_label("Description of shop.png").fill("A small shop with a green door")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("button", name="A small shop with a green door")).to_be_visible()


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763606060000000040001f61738550000000049454e44ae426082"
)
