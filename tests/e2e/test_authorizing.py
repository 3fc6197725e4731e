"""Connecting by the network's own page, in the browser: there, back, connected; lost, and back in place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from hark.standins.kit import Controlled
from hark.standins.x import XStandIn, create_standin
from tests.e2e.browsing import Desk, Played, served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def far() -> XStandIn:
    return create_standin()


@pytest.fixture(scope="module")
def network(far: XStandIn) -> Iterator[Played]:
    with served(Controlled(far)) as stand_in:
        yield stand_in


def dialog_of(page: Page) -> Locator:
    return page.get_by_role("dialog")


def go(page: Page, far: XStandIn, network: Played) -> None:
    """To the network's page, which sends back at once: its person has agreed before."""
    page.goto("/settings/channels")
    page.get_by_role("button", name="Connect a channel").first.click()
    dialog = dialog_of(page)
    dialog.locator("b").get_by_text("X", exact=True).click()
    expect(dialog.get_by_text("Read posts that mention, answer or quote the account.")).to_be_visible()
    dialog.get_by_label("OAuth 2 client ID").fill(far.keys.client_id)
    dialog.get_by_label("OAuth 2 client secret").fill(far.keys.client_secret)
    dialog.get_by_label("X API address").fill(network.url)
    dialog.get_by_role("button", name="Connect with X").click()


def test_an_account_is_connected_and_after_its_access_was_withdrawn_connected_again(
    page: Page, desk: Desk, far: XStandIn, network: Played
) -> None:
    go(page, far, network)
    dialog = dialog_of(page)
    expect(dialog.get_by_text("is connected")).to_be_visible()
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_be_hidden()
    assert page.url.endswith("/settings/channels")
    account = next(each for each in desk.ask("GET", "/api/v1/accounts")["items"] if each["platform"] == "x")
    card = page.get_by_role("article").filter(has_text=account["name"])
    expect(card.get_by_text("Renewed by Hark")).to_be_visible()

    far.keys.revoked = True
    desk.ask("POST", f"/api/v1/accounts/{account['id']}/check")
    expect(card.get_by_text("Access lost")).to_be_visible()

    far.keys.revoked = False
    card.get_by_role("button", name="Connect again").click()
    dialog.get_by_role("button", name="Connect with X").click()
    expect(dialog.get_by_text("is connected")).to_be_visible()
    dialog.get_by_role("button", name="Done").click()
    expect(card.get_by_text("Connected", exact=True)).to_be_visible()
    again = [each for each in desk.ask("GET", "/api/v1/accounts")["items"] if each["platform"] == "x"]
    assert [(each["id"], each["status"]) for each in again] == [(account["id"], "connected")]


def test_a_way_back_that_nobody_began_connects_nothing(page: Page) -> None:
    page.goto("/authorize/callback?state=made-up&code=whatever")
    expect(dialog_of(page).get_by_text("belongs to nobody who is signed in here")).to_be_visible()
    dialog_of(page).get_by_role("button", name="Close").click()
    expect(dialog_of(page)).to_be_hidden()
    assert page.url.endswith("/settings/channels")
