"""A Hark with people in it, served on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hark.flows.context import Hark
from tests.support.live import serving
from tests.support.people import Office, open_office


@pytest.fixture
async def office(hark: Hark) -> AsyncIterator[Office]:
    opened = await open_office(hark)
    yield opened
    await opened.close()


@pytest.fixture
async def address(office: Office) -> AsyncIterator[str]:
    async with serving(office.app) as where:
        yield where
