"""The pictures of the documentation, taken of the running program: `python -m tests.e2e.pictures [folder]`.

Writes inbox.png (1440 by 900 pixels) and, beside it in a folder of one's own choice, the same inbox dark, in German
and on a phone.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from hark.infra.postgres import EmbeddedPostgres
from hark.kernel.clock import utc_now
from hark.standins.sandbox import create_network
from tests.e2e.browsing import (
    ARGUMENTS,
    PATIENCE,
    Desk,
    SandboxNetwork,
    bubble,
    find_chromium,
    row,
    served,
    until,
)
from tests.support.running import RunningHark, free_port

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


class Shifted:
    """The network's clock, set back: what is told of the morning has happened in the morning."""

    ago = timedelta()

    def __call__(self) -> datetime:
        return utc_now() - self.ago

    def set_back(self, minutes: float) -> None:
        self.ago = timedelta(minutes=minutes)


def conversation_of(desk: Desk, name: str, source: str = "dm") -> dict[str, Any]:
    def find() -> dict[str, Any] | None:
        items = desk.ask("GET", "/api/v1/conversations?limit=50")["items"]
        fitting = (each for each in items if (each["customer_name"], each["source"]) == (name, source))
        return next(fitting, None)

    found: dict[str, Any] = until(find)
    return found


def answer(desk: Desk, conversation: dict[str, Any], text: str) -> None:
    key = {"Idempotency-Key": f"{conversation['id']}-{len(text)}"}
    sent = desk.api.post(
        f"/api/v1/conversations/{conversation['id']}/messages", json={"content": text}, headers=key
    )
    assert sent.status_code == 201, sent.text


def add_note(desk: Desk, conversation: dict[str, Any], text: str) -> None:
    key = {"Idempotency-Key": f"{conversation['id']}-note"}
    noted = desk.api.post(
        f"/api/v1/conversations/{conversation['id']}/notes", json={"content": text}, headers=key
    )
    assert noted.status_code == 201, noted.text


def tell_a_morning(desk: Desk, network: SandboxNetwork, clock: Shifted) -> None:
    """What a coffee roaster's inbox looks like on a weekday: every source, several languages, work in all states."""
    for name, color in (("delivery", "orange"), ("wholesale", "violet"), ("praise", "green")):
        desk.api.post("/api/v1/tags", json={"name": name, "color": color}, headers={"Idempotency-Key": name})
    told: list[tuple[float, str, dict[str, Any]]] = [
        (
            230,
            "review",
            {"person": "mei", "text": "Best flat white in town, and they know my name.", "rating": 5},
        ),
        (184, "comment", {"person": "omar", "post": "post-autumn", "text": "هل تشحنون القهوة إلى الخارج؟"}),
        (
            97,
            "mention",
            {"person": "leonie", "text": "Endlich wieder Pflaume im Espresso, danke @lumencoffee!"},
        ),
        (52, "dm", {"person": "jonas", "text": "Meine Bestellung 4471 ist noch nicht da. Wo steckt sie?"}),
        (
            31,
            "comment",
            {"person": "mei", "post": "post-workshop", "text": "Two of us want to come. Is it full?"},
        ),
        (
            12,
            "dm",
            {"person": "kwame", "text": "We open a second café in May. Could you supply 20 kg a week?"},
        ),
        (8, "dm", {"person": "ana", "text": "Hi! My grinder arrived with a cracked lid."}),
        (
            7,
            "dm",
            {"person": "ana", "text": "Order 4502. Can you send just the lid, or does all of it go back?"},
        ),
    ]
    for minutes, place, given in told:
        clock.set_back(minutes)
        network.play(place, **given)
    clock.set_back(0)
    kwame, jonas = conversation_of(desk, "Kwame Mensah"), conversation_of(desk, "Jonas Weber")
    change(desk, kwame, assigned_to=desk.user_id, tags=["wholesale"])
    change(desk, jonas, priority="high", tags=["delivery"])
    change(desk, conversation_of(desk, "Mei Tanaka", "review"), tags=["praise"])
    talk_to_ana(desk, network)


def talk_to_ana(desk: Desk, network: SandboxNetwork) -> None:
    """The thread that stands open: a question, a note, an answer that was read, and one more question."""
    ana = conversation_of(desk, "Ana Ruiz")
    change(desk, ana, assigned_to=desk.user_id)
    add_note(desk, ana, "Spare lids are on the second shelf, left of the door.")
    reply = (
        "Sorry about that, Ana! Keep the grinder: a new lid leaves today and should be with you on Thursday."
    )
    answer(desk, ana, reply)
    until(lambda: network.received(reply))
    network.play("people/ana/read")
    network.play("dm", person="ana", text="That is kind, thank you! Do I send the broken one back?")


def change(desk: Desk, conversation: dict[str, Any], **what: Any) -> None:
    desk.ask("PATCH", f"/api/v1/conversations/{conversation['id']}", what)


def show(page: Page, path: str = "/") -> Page:
    page.goto(path)
    expect(page.get_by_role("img", name="Verbunden" if german(page) else "Connected")).to_be_visible()
    return page


def german(page: Page) -> bool:
    return page.evaluate("document.documentElement.lang") == "de"


def open_ana(page: Page) -> None:
    row(page, "Ana Ruiz").click()
    expect(bubble(page, "Do I send the broken one back?")).to_be_visible()
    page.mouse.move(900, 5)
    page.wait_for_load_state("networkidle")


def take(desk: Desk, folder: Path) -> None:
    with desk.browser() as context:
        page = show(context.new_page())
        open_ana(page)
        page.screenshot(path=IMAGES / "inbox.png")
    with desk.browser(color_scheme="dark") as context:
        page = show(context.new_page())
        open_ana(page)
        page.screenshot(path=folder / "inbox-dark.png")
        page.goto("/settings/channels")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / "channels-dark.png")
    with desk.browser(**PHONE) as context:
        page = show(context.new_page())
        expect(row(page, "Ana Ruiz")).to_be_visible()
        page.screenshot(path=folder / "phone-list.png")
        open_ana(page)
        page.screenshot(path=folder / "phone-thread.png")
    desk.ask("PATCH", "/api/v1/me", {"locale": "de"})
    with desk.browser(locale="de-DE") as context:
        page = context.new_page()
        page.goto("/")
        open_ana(page)
        page.screenshot(path=folder / "inbox-german.png")
    with desk.browser(locale="de-DE", **PHONE) as context:
        page = context.new_page()
        page.goto("/")
        open_ana(page)
        page.screenshot(path=folder / "phone-german.png")


def run(browser: Browser, folder: Path) -> None:
    """A first start without the sandbox, and the sandbox network beside it, because its clock is ours there."""
    data, port, clock = Path(tempfile.mkdtemp(prefix="hark-pictures-")) / "data", free_port(), Shifted()
    settings = {
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ALLOW_PRIVATE_ADDRESSES": "true",
        "SANDBOX": "false",
    }
    given = {f"HARK_{name}": value for name, value in settings.items()}
    hark = RunningHark(data, port=port, **given, HARK_WORKSPACE_NAME="Lumen Coffee")
    app = create_network(access_token="pictures", clock=clock)
    try:
        hark.wait_ready()
        with served(app) as beside:
            desk = Desk(hark, browser)
            desk.send_at_once()
            values = {"base_url": beside.url, "access_token": "pictures"}
            desk.ask("POST", "/api/v1/accounts", {"platform": "sandbox", "values": values})
            tell_a_morning(desk, SandboxNetwork(beside.url), clock)
            take(desk, folder)
            desk.close()
    finally:
        hark.stop()
        EmbeddedPostgres(data / "postgres").stop()


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="hark-pictures-"))
    IMAGES.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        run(browser, folder)
        browser.close()
    sys.stdout.write(f"{IMAGES / 'inbox.png'}\nthe others: {folder}\n")


if __name__ == "__main__":
    main()
