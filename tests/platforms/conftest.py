"""One platform's account on its stand-in, for tests that name the platform by `every_platform` and the like."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hark.infra.db import Database
from tests.platforms.stage import Stage, stages


@pytest.fixture
async def stage(request: pytest.FixtureRequest, db: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stages(db, tmp_path, request.param) as (opened,):
        yield opened
