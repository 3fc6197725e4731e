"""Telegram's protocol as somebody else has written it down: the npm package `telegram-test-api` as the server.

It knows no secret tokens and would post its webhooks without one, which the adapter refuses. So a relay stands
between (bot_api_relay.py): it takes the secret out of `setWebhook` and puts it on what the server posts. Bodies pass
through as they are, both ways.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.bot_api_relay import Relay, create_relay
from tests.e2e.browsing import Desk, bubble, reply, row, served, until
from tests.support.running import free_port

pytestmark = pytest.mark.browser

PACKAGE = "telegram-test-api@4.2.1"
TOKEN = "700100:TEST-foreign-server"
MARA = {"id": 555, "is_bot": False, "first_name": "Mara"}
CHAT = {"id": 555, "type": "private", "first_name": "Mara"}
START = """
const { TelegramServer } = require('telegram-test-api/lib/telegramServer')
process.on('unhandledRejection', (error) => console.error('webhook:', error.message))
const server = new TelegramServer({ port: Number(process.env.TG_PORT), host: '127.0.0.1', storeTimeout: 3600 })
server.start()
process.on('SIGTERM', () => server.stop().then(() => process.exit(0)))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The package's server on loopback. Skipped, with the reason, where npm cannot install it."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip(f"{PACKAGE} needs Node and npm, and they are not there")
    folder = tmp_path_factory.mktemp("bot-api")
    install(npm, folder)
    (folder / "start.cjs").write_text(START, "utf-8")
    port = free_port()
    process = subprocess.Popen([node, "start.cjs"], cwd=folder, env={**os.environ, "TG_PORT": str(port)})
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(url))
        yield url
    finally:
        process.terminate()
        process.wait(10)


def install(npm: str, folder: Path) -> None:
    words = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefer-offline", PACKAGE]
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install {PACKAGE} within a minute")
    if done.returncode:
        pytest.skip(f"npm cannot install {PACKAGE}: {done.stderr.strip()[-300:]}")


def answers(url: str) -> bool:
    try:
        return httpx.post(f"{url}/bot{TOKEN}/getMe", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_a_text_comes_in_and_the_answer_arrives_once(desk: Desk, page: Page, server: str) -> None:
    relay = Relay(server)
    with served(create_relay(relay)) as between:
        relay.address = between.url
        values = {"token": TOKEN, "base_url": between.url}
        account = desk.ask("POST", "/api/v1/accounts", {"platform": "telegram", "values": values})
        assert account["name"] == "Test First name"
        assert relay.webhook == account["webhook_url"]

        said = {
            "botToken": TOKEN,
            "date": int(time.time()),
            "text": "my order is late",
            "from": MARA,
            "chat": CHAT,
        }
        httpx.post(f"{server}/sendMessage", json=said, timeout=10, trust_env=False).raise_for_status()
        until(lambda: relay.posted == [200])
        row(page, "Mara").click()
        expect(bubble(page, "my order is late")).to_be_visible()

        sent = reply(page, "Sorry! It comes tomorrow.")
        expect(sent.get_by_role("img", name="Sent", exact=True)).to_be_visible()
        assert received(server) == ["Sorry! It comes tomorrow."]


def received(server: str) -> list[str]:
    """What the person finds on their phone. Asking again gives only what is new since."""
    asked = httpx.post(
        f"{server}/getUpdates", json={"token": TOKEN, "chatId": CHAT["id"]}, timeout=10, trust_env=False
    )
    return [update["message"]["text"] for update in asked.json()["result"]]
