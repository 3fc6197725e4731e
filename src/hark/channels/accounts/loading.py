"""Accounts ready for use, kept for a few seconds: webhooks and deliveries ask for the same ones all the time.

A change in this process takes effect at once (`forget`), one in another process by the bus or after `TTL`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from uuid import UUID

from hark.channels.accounts import repository
from hark.channels.accounts.models import AccountRow, OpenAccount
from hark.channels.accounts.secrets import open_secrets
from hark.channels.contract import Account
from hark.infra.bus import Bus
from hark.infra.db import Connection, Database
from hark.infra.secrets import SecretBox
from hark.kernel.clock import utc_now
from hark.kernel.errors import NotFound

TOPIC = "accounts"
"""Bus topic; the payload is the id of an account that changed."""

TTL = 4.0
"""Seconds; a change elsewhere whose hint was lost is seen within 5 s."""

LARGEST = 10_000

_by_id: dict[UUID, tuple[float, OpenAccount]] = {}
_by_key: dict[str, tuple[float, OpenAccount | None]] = {}


async def load_account(connection: Connection, secrets: SecretBox, account_id: UUID) -> Account:
    """The account as its adapter sees it."""
    return (await load_open_account(connection, secrets, account_id)).account


async def load_open_account(connection: Connection, secrets: SecretBox, account_id: UUID) -> OpenAccount:
    """The account with its platform and status, paused and disconnected ones included."""
    kept = _by_id.get(account_id)
    if kept is not None and kept[0] > monotonic():
        return kept[1]
    row = await repository.FIND_BY_ID.find(connection, account_id)
    if row is None:
        raise NotFound("There is no such account.")
    return _keep(row, secrets)


async def find_by_webhook_key(db: Database, secrets: SecretBox, key: str) -> OpenAccount | None:
    """Whose webhook address this is. Unknown keys are remembered too, so that guessing does not load the
    database.
    """
    kept = _by_key.get(key)
    if kept is not None and kept[0] > monotonic():
        return kept[1]
    async with db.connection() as connection:
        row = await repository.FIND_BY_WEBHOOK_KEY.find(connection, key)
    if row is None or row.status == "disconnected":
        _remember_key(key, None)
        return None
    return _keep(row, secrets)


def open_row(
    row: AccountRow, secrets: SecretBox, now: datetime, webhook_url: str | None = None
) -> OpenAccount:
    account = Account(
        id=row.id,
        workspace_id=row.workspace_id,
        platform_account_id=row.platform_account_id,
        name=row.name,
        secrets=open_secrets(secrets, row.secrets, now),
        fields=row.fields,
        state=row.state,
        webhook_url=webhook_url,
    )
    return OpenAccount(row.platform, row.status, account, row.webhook_verified_at is not None)


def forget(account_id: UUID) -> None:
    """Drops what is kept of an account, in this process."""
    _by_id.pop(account_id, None)
    for key in [key for key, (_, kept) in _by_key.items() if kept is None or kept.account.id == account_id]:
        del _by_key[key]


def changed(bus: Bus, account_id: UUID) -> None:
    """To be called after the commit of a change: every process forgets the account."""
    forget(account_id)
    bus.publish(TOPIC, str(account_id))


def listen(bus: Bus) -> Callable[[], None]:
    """Lets other processes' changes take effect at once; returns the way to stop."""
    return bus.subscribe(TOPIC, lambda payload: forget(UUID(payload)))


def _keep(row: AccountRow, secrets: SecretBox) -> OpenAccount:
    opened = open_row(row, secrets, utc_now())
    if len(_by_id) >= LARGEST:
        _by_id.clear()
    _by_id[row.id] = (monotonic() + TTL, opened)
    _remember_key(row.webhook_key, opened)
    return opened


def _remember_key(key: str, opened: OpenAccount | None) -> None:
    if len(_by_key) >= LARGEST:
        _by_key.clear()
    _by_key[key] = (monotonic() + TTL, opened)
