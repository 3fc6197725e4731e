"""A message that arrives goes to an agent who is online, and everybody can read why."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.browsing import Desk, SandboxNetwork


def test_an_arriving_message_goes_to_who_is_online_with_the_reason(
    page: Page, desk: Desk, network: SandboxNetwork
) -> None:
    expect(page.get_by_role("button", name="My status: Online")).to_be_visible()
    away = desk.ask(
        "POST", "/api/v1/members", {"email": "anna@x.example", "name": "Anna Berg", "role": "agent"}
    )
    desk.ask("PATCH", f"/api/v1/agents/{away['member']['user_id']}", {"capacity": 5})
    desk.ask("PATCH", f"/api/v1/agents/{desk.user_id}", {"languages": [{"language": "de", "level": 3}]})
    policy = {"name": "Everything", "strategy": "load_balanced", "language_level": 2}
    desk.ask("POST", "/api/v1/routing/policies", policy)

    network.play("dm", person="ana", text="Wo bleibt mein Paket? Ich warte schon seit einer Woche darauf")
    page.get_by_role("link", name="Ana Ruiz").click()
    why = "Assigned to Robin Falk: the only one who could take it with German at level 2 or more; 1 offline"
    expect(page.get_by_role("log").get_by_text(why)).to_be_visible()


def test_what_nobody_can_take_waits_in_sight_with_the_reason(
    page: Page, desk: Desk, network: SandboxNetwork
) -> None:
    page.get_by_role("button", name="My status").click()
    page.get_by_role("menuitem", name="Away").click()
    expect(page.get_by_role("button", name="My status: Away")).to_be_visible()
    network.play("dm", person="kwame", text="Is the blue lantern back in stock?")
    page.get_by_role("navigation", name="Main navigation").get_by_role("link", name="Live").click()
    waiting = page.get_by_role("region", name="Waiting")
    expect(waiting.get_by_role("link", name="Kwame Mensah")).to_be_visible()
    expect(waiting.get_by_text("Nobody can take it: 1 away, 1 offline")).to_be_visible()
    desk.ask("PATCH", f"/api/v1/agents/{desk.user_id}", {"languages": []})
    page.get_by_role("button", name="My status").click()
    page.get_by_role("menuitem", name="Online").click()
    expect(waiting.get_by_text("Nothing waits")).to_be_visible()
