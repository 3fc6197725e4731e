"""A connected account as a row, as the API shows it, and as adapters get it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from hark.channels.contract import Account

AccountStatus = Literal["connected", "reconnect", "paused", "disconnected"]


class History(msgspec.Struct, frozen=True):
    """How far the import of earlier conversations is: none, queued, running, done, failed; items so far, of how many where
    the platform says so, and back to when. `waits_until` is set while the platform's limit holds it up."""

    state: str
    count: int
    total: int | None = None
    oldest_at: datetime | None = None
    waits_until: datetime | None = None


class ChannelAccount(msgspec.Struct, frozen=True):
    """What the API and `account.changed` facts show. `fields` are the values that are no secrets; `steps`
    are sentences
    for what is still to be done by hand on the platform. `webhook_url` is None where the platform is asked
    instead. `token_expires_at` is when the credentials end (None: not known, or never); `renews` says that Hark renews
    them before; `token_ends_soon` that a person has to authorize again soon."""

    id: UUID
    platform: str
    name: str
    platform_account_id: str
    status: AccountStatus
    status_reason: str | None
    webhook_url: str | None
    webhook_verified_at: datetime | None
    last_event_at: datetime | None
    last_polled_at: datetime | None
    last_reconciled_at: datetime | None
    forged_count: int
    history: History
    fields: dict[str, str]
    steps: list[str]
    token_expires_at: datetime | None
    renews: bool
    token_ends_soon: bool
    created_at: datetime
    updated_at: datetime


class AccountRow(msgspec.Struct, frozen=True):
    """All of an account as stored; `secrets` sealed."""

    workspace_id: UUID
    id: UUID
    platform: str
    platform_account_id: str
    name: str
    status: AccountStatus
    status_reason: str | None
    webhook_key: str
    secrets: bytes
    fields: dict[str, str]
    state: dict[str, Any]
    webhook_verified_at: datetime | None
    last_event_at: datetime | None
    forged_count: int
    history_state: str
    history_count: int
    history_total: int | None
    history_oldest_at: datetime | None
    history_due_at: datetime | None
    polled_at: datetime | None
    reconciled_at: datetime | None
    token_given_at: datetime | None
    token_expires_at: datetime | None
    token_due_at: datetime | None
    token_failures: int
    token_warned_at: datetime | None
    created_at: datetime
    updated_at: datetime


class OpenAccount(msgspec.Struct, frozen=True):
    """An account ready for use: `account` is what its adapter gets, with its secrets opened."""

    platform: str
    status: AccountStatus
    account: Account
    webhook_verified: bool
