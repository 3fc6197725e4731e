"""Fixtures of the browser tests. A module shares one Chromium and one running program; every test has its own page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hark.infra.postgres import EmbeddedPostgres
from tests.e2e.browsing import (
    ARGUMENTS,
    PATIENCE,
    Desk,
    SandboxNetwork,
    find_chromium,
    without_errors,
)
from tests.support.running import RunningHark, call, free_port

INDEX = Path(__file__).parents[2] / "src" / "hark" / "ui" / "static" / "index.html"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = find_chromium()
    if found is None:
        pytest.skip("there is no Chromium on this machine (scripts/chromium.sh installs one)")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def built_page() -> None:
    """The page as `hark serve` serves it."""
    if not INDEX.is_file():
        built = call("ui", "build", timeout=300)
        assert built.returncode == 0, built.stderr


@pytest.fixture(scope="module")
def program(built_page: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHark]:
    """`hark serve` at its first start. Its public address is the loopback one, where the stand-ins reach it."""
    data, port = tmp_path_factory.mktemp("hark") / "data", free_port()
    address = f"http://127.0.0.1:{port}"
    hark = RunningHark(data, port=port, HARK_PUBLIC_URL=address, HARK_ALLOW_PRIVATE_ADDRESSES="true")
    try:
        yield hark.wait_ready()
        assert hark.stop() == 0
    finally:
        if hark.process.poll() is None:
            hark.kill()
        EmbeddedPostgres(data / "postgres").stop()


@pytest.fixture(scope="module")
def desk(program: RunningHark, chromium: Browser) -> Iterator[Desk]:
    desk = Desk(program, chromium)
    desk.send_at_once()
    yield desk
    desk.close()


@pytest.fixture
def page(desk: Desk) -> Iterator[Page]:
    """A signed-in page at the inbox, 1440 by 900 pixels, English and light."""
    with desk.browser() as context, without_errors(context.new_page()) as page:
        page.goto("/")
        expect(page.get_by_role("img", name="Connected")).to_be_visible()
        yield page


@pytest.fixture(scope="module")
def network(program: RunningHark) -> SandboxNetwork:
    return SandboxNetwork(f"{program.url}/sandbox")
