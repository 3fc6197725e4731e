"""A Hark with people in it, and clients that act as each of them over the whole application in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hark.flows.context import Hark
from tests.support.people import Office, open_office


@pytest.fixture
async def office(hark: Hark) -> AsyncIterator[Office]:
    opened = await open_office(hark)
    yield opened
    await opened.close()
