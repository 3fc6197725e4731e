"""What the browser tests share: Chromium, a signed-in program, and the networks beside it."""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.support.running import RunningHark

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PASSWORD = "correct horse battery"
PATIENCE = 8_000
"""Milliseconds that the page gets for anything: it shares two cores with the program and the networks."""


def find_chromium() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def welcome_link(hark: RunningHark) -> str:
    found = re.search(r"sign in +(\S+)", hark.said)
    assert found, hark.said
    return found[1]


class Desk:
    """The running program with its administrator signed in: `api` for a test's preparations, `open` for a page."""

    def __init__(self, hark: RunningHark, browser: Browser) -> None:
        self.hark = hark
        self.url = hark.url
        self._browser = browser
        self.api = httpx.Client(base_url=hark.url, timeout=15, trust_env=False)
        token = parse_qs(urlsplit(welcome_link(hark)).query)["token"][0]
        given = {"token": token, "password": PASSWORD, "name": "Robin Falk"}
        session = self.ask("POST", "/api/v1/session/token", given)
        self.api.headers["X-CSRF-Token"] = session["csrf_token"]
        self.user_id: str = session["user"]["id"]

    def ask(self, method: str, path: str, given: Any = None) -> Any:
        answer = self.api.request(method, path, json=given)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def send_at_once(self) -> None:
        """Replies leave without the seconds in which they can be taken back."""
        self.ask("PATCH", "/api/v1/workspace", {"settings": {"undo_seconds": 0}})

    @contextlib.contextmanager
    def browser(self, **options: Any) -> Iterator[BrowserContext]:
        context = new_context(self._browser, base_url=self.url, **options)
        cookies = [{"name": each.name, "value": each.value, "url": self.url} for each in self.api.cookies.jar]
        context.add_cookies(cookies)  # type: ignore[arg-type]
        with contextlib.closing(context):
            yield context

    def close(self) -> None:
        self.api.close()


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    given = {
        "viewport": {"width": 1440, "height": 900},
        "locale": "en-US",
        "color_scheme": "light",
        **options,
    }
    context = browser.new_context(**given)
    context.set_default_timeout(PATIENCE)
    return context


@contextlib.contextmanager
def without_errors(page: Page) -> Iterator[Page]:
    """Fails when the page's scripts threw, or when the browser refused something (a policy, a broken file).
    Answers of the API that are no success are the test's own affair."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield page
    assert [text for text in wrong if not text.startswith("Failed to load resource")] == []


class SandboxNetwork:
    """The sandbox network at `address`: `play` as its people, `received` for what they have from the business."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=10, trust_env=False)

    def play(self, path: str, **given: Any) -> Any:
        return self._ask("POST", f"/play/{path}", given)

    def try_to_play(self, path: str, **given: Any) -> str | None:
        """The code of the network's refusal; None where it was taken."""
        answer = self._client.post(f"/play/{path}", json=given)
        return None if answer.status_code < 300 else str(answer.json()["error"]["code"])

    def received(self, text: str) -> int:
        """How many times the people got this from the business."""
        return sum(item["text"] == text for item in self._ask("GET", "/control/accepted"))

    def _ask(self, method: str, path: str, given: Any = None) -> Any:
        answer = self._client.request(method, path, json=given)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


class Played:
    """A platform's stand-in on loopback: people and faults through its control API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=f"{url}/_control", timeout=10, trust_env=False)

    def play(self, path: str, **given: Any) -> Any:
        answer = self._client.post(path, json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, path: str, **query: Any) -> Any:
        answer = self._client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def calm(self) -> None:
        assert self._client.delete("faults").status_code == 200


@contextlib.contextmanager
def served(app: Any) -> Iterator[Played]:
    """The stand-in in a thread of its own while the context lasts."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="on")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield Played(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


def until(condition: Callable[[], Any], within: float = 15.0) -> Any:
    """Polls until the condition holds and gives its value; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {within:g} s"
        time.sleep(0.02)
    return found


def row(page: Page, name: str) -> Locator:
    """A customer's row in the list."""
    return page.locator("[data-row]").filter(has_text=name)


def bubble(page: Page, text: str) -> Locator:
    return page.get_by_role("article").filter(has_text=text)


def answer_field(page: Page) -> Locator:
    return page.locator("#composer textarea")


def reply(page: Page, text: str) -> Locator:
    """Types and sends as agents do; gives the bubble."""
    answer_field(page).fill(text)
    answer_field(page).press("Control+Enter")
    return bubble(page, text)
