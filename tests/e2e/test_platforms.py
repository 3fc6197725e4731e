"""Customers of Telegram and Facebook, answered in the page: the stand-ins are real servers on loopback, and their
webhooks come over plain http to the program's own address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from hark.standins.facebook import Settings as FacebookSettings
from hark.standins.facebook import create_app as create_facebook
from hark.standins.telegram import DEFAULT_TOKEN
from hark.standins.telegram import Settings as TelegramSettings
from hark.standins.telegram import create_app as create_telegram
from tests.e2e.browsing import Desk, Played, bubble, reply, row, served, until

pytestmark = pytest.mark.browser

MARA = {"id": 7001, "first_name": "Mara", "last_name": "Olsen"}


@pytest.fixture(scope="module")
def telegram() -> Iterator[Played]:
    with served(create_telegram(TelegramSettings(delay_scale=0.01))) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def facebook() -> Iterator[Played]:
    with served(create_facebook(settings=FacebookSettings(time_scale=0.01))) as stand_in:
        yield stand_in


def connect(page: Page, platform: str, values: dict[str, str]) -> None:
    """Through the dialog, as an administrator does; `values` by the labels of the fields."""
    page.goto("/settings/channels")
    page.get_by_role("button", name="Connect a channel").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=platform).click()
    if "Page access token" in values:  # it has a page of its own too
        dialog.get_by_role("button", name="Paste the values instead").click()
    for label, value in values.items():
        dialog.get_by_label(label).fill(value)
    dialog.get_by_role("button", name="Connect", exact=True).click()
    expect(dialog.get_by_text("is connected")).to_be_visible()
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_be_hidden()


@pytest.fixture(scope="module")
def connected(desk: Desk, telegram: Played, facebook: Played) -> None:
    """Both accounts, connected in the page."""
    app, owned = facebook.look("state")["app"], facebook.look("state")["pages"][0]
    with desk.browser() as context:
        page = context.new_page()
        connect(page, "Telegram", {"Bot token": DEFAULT_TOKEN, "Bot API address": telegram.url})
        connect(
            page,
            "Facebook Page",
            {
                "Page access token": owned["token"],
                "App ID": app["id"],
                "App secret": app["secret"],
                "Graph API address": facebook.url,
            },
        )
        expect(page.get_by_text("Connected", exact=True)).to_have_count(3)


@pytest.mark.usefixtures("connected")
def test_a_telegram_customer_is_answered_once(page: Page, telegram: Played) -> None:
    telegram.play("message", user=MARA, text="Do you deliver to Bergen?")
    row(page, "Mara Olsen").click()
    expect(bubble(page, "Do you deliver to Bergen?")).to_be_visible()
    sent = reply(page, "We do, on Tuesdays. 🚲")
    expect(sent.get_by_role("img", name="Sent", exact=True)).to_be_visible()

    def received() -> list[str]:
        return [message["text"] for message in telegram.look("room", chat=MARA["id"])["messages"].values()]

    assert received() == ["Do you deliver to Bergen?", "We do, on Tuesdays. 🚲"]
    assert sent.count() == 1


@pytest.mark.usefixtures("connected")
def test_a_refused_answer_says_why_and_goes_out_when_tried_again(page: Page, telegram: Played) -> None:
    person = {"id": 7002, "first_name": "Tove"}
    telegram.play("message", user=person, text="Is the shop open today?")
    row(page, "Tove").click()
    telegram.play("faults", kind="bad_request", methods="sendMessage", description="message text is empty")
    sent = reply(page, "Until six.")
    expect(sent.get_by_role("alert")).to_contain_text("Not sent: The message has no text.")
    expect(sent.get_by_role("img", name="Not sent")).to_be_visible()
    telegram.calm()
    sent.get_by_role("button", name="Try again").click()
    expect(sent.get_by_role("img", name="Sent", exact=True)).to_be_visible()
    expect(sent.get_by_role("alert")).to_be_hidden()
    messages = telegram.look("room", chat=person["id"])["messages"].values()
    assert [message["text"] for message in messages] == ["Is the shop open today?", "Until six."]


@pytest.mark.usefixtures("connected")
def test_an_answer_to_somebody_who_blocked_us_fails_with_the_reason(page: Page, telegram: Played) -> None:
    person = {"id": 7003, "first_name": "Ylva"}
    telegram.play("message", user=person, text="Never mind")
    row(page, "Ylva").click()
    telegram.play("faults", kind="blocked", methods="sendMessage", times=1)
    sent = reply(page, "Have a good day.")
    expect(sent.get_by_role("alert")).to_contain_text("Not sent: The customer has blocked the bot.")
    expect(page.locator("#composer")).to_contain_text("This customer has blocked us or left")
    telegram.calm()


@pytest.mark.usefixtures("connected")
def test_a_facebook_message_is_answered_once_and_read(page: Page, facebook: Played) -> None:
    person = facebook.play("people", first_name="Ines", last_name="Duarte")["person"]
    facebook.play("dm", person=person, text="Where is my parcel?")
    row(page, "Ines Duarte").click()
    expect(bubble(page, "Where is my parcel?")).to_be_visible()
    sent = reply(page, "On the van, with you at noon.")
    expect(sent.get_by_role("img", name="Delivered")).to_be_visible()
    facebook.play("read", person=person)
    expect(sent.get_by_role("img", name="Read")).to_be_visible()
    talk = next(each for each in facebook.look("seen")["conversations"] if each["person"] == person)
    assert [message["text"] for message in talk["messages"] if message["by_page"]] == [
        "On the van, with you at noon."
    ]
    assert sent.count() == 1


@pytest.mark.usefixtures("connected")
def test_a_facebook_comment_is_answered_in_public_and_another_one_hidden(
    page: Page, facebook: Played
) -> None:
    facebook.play("posts", message="New frames are in.")
    nina = facebook.play("people", first_name="Nina", last_name="Holm")["person"]
    asked = facebook.play("comments", person=nina, message="Which sizes?")["comment"]
    row(page, "Nina Holm").click()
    expect(page.get_by_role("radio", name="Reply publicly")).to_be_checked()
    expect(page.get_by_text("Visible to everyone")).to_be_visible()
    sent = reply(page, "From 48 to 60.")
    expect(sent.get_by_role("img", name="Sent", exact=True)).to_be_visible()
    answers = [each for each in facebook.look("seen")["comments"] if each["by_page"]]
    assert [(each["message"], each["parent"]) for each in answers] == [("From 48 to 60.", asked)]

    pest = facebook.play("people", first_name="Sid", last_name="Crane")["person"]
    spam = facebook.play("comments", person=pest, message="Win a phone at example.org")["comment"]
    # The pointer is still over the list, so nothing moves in it until one asks for what is new.
    page.get_by_role("button", name=re.compile(r"^\d+ new$")).click()
    row(page, "Sid Crane").click()
    shown = bubble(page, "Win a phone at example.org")
    shown.hover()
    shown.get_by_role("button", name="Actions for this message").click()
    page.get_by_role("menuitem", name="Hide").click()
    expect(shown.get_by_text("Hidden on the network")).to_be_visible()

    def hidden() -> list[str]:
        return [each["id"] for each in facebook.look("seen")["comments"] if each["hidden"]]

    until(hidden)
    assert hidden() == [spam]
