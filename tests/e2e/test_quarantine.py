"""What the program could not understand: shown with its reason, and sent through again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from hark.standins.telegram import DEFAULT_TOKEN, Settings, create_app
from tests.e2e.browsing import Desk, Played, served

pytestmark = pytest.mark.browser


@pytest.fixture
def telegram(desk: Desk) -> Iterator[Played]:
    with served(create_app(Settings(delay_scale=0.01))) as stand_in:
        values = {"token": DEFAULT_TOKEN, "base_url": stand_in.url}
        desk.ask("POST", "/api/v1/accounts", {"platform": "telegram", "values": values})
        yield stand_in


def test_an_unknown_event_is_shown_with_its_reason_and_tried_again(page: Page, telegram: Played) -> None:
    page.goto("/settings/quarantine")
    expect(page.get_by_text("Quarantine is empty")).to_be_visible()
    telegram.play("update", update={"story_poll": {"question": "Tea or coffee?"}})

    line = page.get_by_role("row").filter(has_text="story_poll")
    expect(line).to_contain_text("update kind 'story_poll'")
    line.get_by_role("button", name="Show data").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Tea or coffee?")
    dialog.get_by_role("button", name="Close").click()

    with page.expect_response("**/api/v1/quarantine/*/replay") as replayed:
        line.get_by_role("button", name="Try again").click()
    assert replayed.value.ok
    expect(page.get_by_text("Being tried again")).to_be_visible()
    expect(line).to_have_count(1)
