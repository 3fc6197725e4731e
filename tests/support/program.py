"""The composed program on a test's own database: `hark`, and an account of the sandbox network in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from hark.adapters.sandbox import ADAPTER as SANDBOX
from hark.channels.accounts.usage import Collector
from hark.channels.contract import Adapter
from hark.channels.registry import Registry
from hark.flows.context import Hark
from hark.infra.blobs import open_blobs
from hark.infra.bus import MemoryBus
from hark.infra.db import Database
from hark.infra.http import GuardedHttp
from hark.infra.secrets import SecretBox, load_secret_box
from hark.infra.settings import Settings
from hark.intake import NewRaw
from hark.intake import repository as intake
from hark.kernel.clock import FixedClock, utc_now
from hark.kernel.ids import new_id
from hark.workspaces.founding import found_workspace


def compose(db: Database, folder: Path, *adapters: Adapter, clock: FixedClock | None = None) -> Hark:
    """A program over these adapters (the sandbox alone when none is given)."""
    settings = Settings(data=folder, allow_private_addresses=True)
    return Hark(
        settings=settings,
        db=db,
        bus=MemoryBus(),
        clock=clock or utc_now,
        blobs=open_blobs(settings),
        secrets=load_secret_box(settings),
        http=GuardedHttp(allow_private=True),
        registry=Registry(adapters or (SANDBOX,)),
        usage=Collector(clock or utc_now),
    )


@pytest.fixture
async def hark(db: Database, tmp_path: Path) -> AsyncIterator[Hark]:
    program = compose(db, tmp_path)
    yield program
    await program.http.aclose()


class Connected(msgspec.Struct, frozen=True):
    """A workspace with one connected account."""

    workspace_id: UUID
    account_id: UUID
    platform: str
    platform_account_id: str
    webhook_key: str


async def connect(
    hark: Hark,
    platform: str = "sandbox",
    platform_account_id: str = "shop",
    secrets: dict[str, str] | None = None,
    fields: dict[str, str] | None = None,
    workspace_id: UUID | None = None,
    account_id: UUID | None = None,
) -> Connected:
    """An account as connecting would leave it, without asking the platform."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        workspace = workspace_id or (await found_workspace(connection, "Lantern Bikes", now)).id
        account = account_id or new_id(now)
        key = account.hex
        await connection.execute(
            """
            INSERT INTO channel_account (workspace_id, id, platform, platform_account_id, name, status, webhook_key,
                                         secrets, fields, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $4, 'connected', $5, $6, $7, $8, $8)
            """,
            workspace,
            account,
            platform,
            platform_account_id,
            key,
            sealed(hark.secrets, secrets or {"webhook_secret": "sandbox-secret"}),
            fields or {},
            now,
        )
    return Connected(workspace, account, platform, platform_account_id, key)


def sealed(box: SecretBox, secrets: dict[str, str]) -> bytes:
    return box.seal(secrets)


async def receive(
    hark: Hark, account: Connected, body: bytes, *, origin: str = "webhook", at: datetime | None = None
) -> int:
    """Records a signed body's items as the receiver would; gives how many were new."""
    adapter = hark.registry.load(account.platform)
    rows = [
        NewRaw(
            workspace_id=account.workspace_id,
            account_id=account.account_id,
            dedup_key=item.dedup_key,
            payload=item.payload,
            received_at=at or hark.clock(),
            origin=origin,  # type: ignore[arg-type]
        )
        for item in adapter.split(body)
    ]
    async with hark.db.transaction() as connection:
        return await intake.insert(connection, rows)
