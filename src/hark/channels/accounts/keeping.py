"""Storing what connecting gave, and changing it. Network calls happen before and after, never in these
transactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from hark.channels.accounts import repository
from hark.channels.accounts.grants import repository as grants
from hark.channels.accounts.grants.lifetime import due_at
from hark.channels.accounts.models import AccountRow
from hark.channels.accounts.secrets import replace_secrets, rotate_secrets
from hark.channels.accounts.views import STEPS
from hark.channels.contract import Connected, Manifest
from hark.infra.db import Connection
from hark.infra.secrets import SecretBox
from hark.kernel.errors import Conflict, Invalid, NotFound
from hark.kernel.ids import new_id


class Given(msgspec.Struct, frozen=True):
    """Connection values, parted by what the manifest calls secret."""

    secrets: dict[str, str]
    fields: dict[str, str]


def check_values(manifest: Manifest, values: Mapping[str, str], *, partly: bool = False) -> Given:
    """Refuses unknown, missing and overlong values; `partly` accepts that some are not given."""
    known = {field.key: field for field in manifest.fields}
    problems = {f"values.{key}": "is not asked for" for key in values if key not in known}
    for key, field in known.items():
        if field.required and not partly and not values.get(key, field.default).strip():
            problems[f"values.{key}"] = "is needed"
        if len(values.get(key, "")) > 4000:
            problems[f"values.{key}"] = "is too long"
    if problems:
        raise Invalid(f"The values do not fit what {manifest.name} asks for.", fields=problems)
    filled = {key: values[key].strip() for key in known if key in values}
    if not partly:
        filled = {key: field.default for key, field in known.items() if field.default} | filled
    return Given(
        secrets={key: value for key, value in filled.items() if known[key].secret},
        fields={key: value for key, value in filled.items() if not known[key].secret},
    )


def sort_values(manifest: Manifest, values: Mapping[str, str]) -> Given:
    """Values that authorizing gave. Those that the manifest does not ask people for are tokens: secret."""
    shown = {field.key for field in manifest.fields if not field.secret}
    defaults = {field.key: field.default for field in manifest.fields if field.default}
    filled = defaults | {key: value for key, value in values.items() if value}
    return Given(
        secrets={key: value for key, value in filled.items() if key not in shown},
        fields={key: value for key, value in filled.items() if key in shown},
    )


async def load_row(connection: Connection, workspace_id: UUID, account_id: UUID) -> AccountRow:
    """An account that is not disconnected."""
    row = await repository.FIND.find(connection, workspace_id, account_id)
    if row is None or row.status == "disconnected":
        raise NotFound("There is no such account.")
    return row


async def keep_connected(
    connection: Connection,
    box: SecretBox,
    workspace_id: UUID,
    manifest: Manifest,
    given: Given,
    connected: Connected,
    webhook_key: str,
    now: datetime,
) -> AccountRow:
    """A new account, or the same one back that was disconnected before, with its conversations."""
    secrets = box.seal(given.secrets | {key: value.reveal() for key, value in connected.generated.items()})
    fields, state = given.fields | dict(connected.fields), {STEPS: list(connected.steps)}
    name, identity = connected.name or manifest.name, connected.platform_account_id
    before = await repository.FIND_BY_PLATFORM_ID.find(connection, workspace_id, manifest.platform, identity)
    if before is not None and before.status == "disconnected":
        row = await repository.REVIVE.find(
            connection, workspace_id, before.id, name, webhook_key, secrets, fields, before.state | state, now
        )
    else:
        row = await repository.INSERT.find(
            connection, workspace_id, new_id(now), manifest.platform, identity, name, webhook_key, secrets,
            fields,
            state, now,
        )  # fmt: skip
    if row is None:
        raise Conflict(f"{name} is connected already.", code="already_connected")
    return row


async def keep_rotated(
    connection: Connection, box: SecretBox, row: AccountRow, given: Given, connected: Connected, now: datetime
) -> AccountRow:
    """Changed values of an account; secrets from before stay valid for a while."""
    if connected.platform_account_id != row.platform_account_id:
        raise Conflict(
            "These values belong to another account. Connect it as a new one.", code="other_account"
        )
    changed = given.secrets | {key: value.reveal() for key, value in connected.generated.items()}
    secrets = rotate_secrets(box, row.secrets, changed, now)
    fields = row.fields | given.fields | dict(connected.fields)
    state = row.state | {STEPS: list(connected.steps)}
    return await repository.UPDATE.one(
        connection, row.workspace_id, row.id, row.name, "connected", None, secrets, fields, state, now
    )


async def keep_authorized(
    connection: Connection, box: SecretBox, row: AccountRow, given: Given, connected: Connected, now: datetime
) -> AccountRow:
    """New credentials by authorizing. The tokens from before end with it; secrets of webhooks stay valid for a while."""
    tokens = replace_secrets(box, row.secrets, given.secrets)
    generated = Given({}, given.fields)
    return await keep_rotated(
        connection, box, msgspec.structs.replace(row, secrets=tokens), generated, connected, now
    )


async def keep_expiry(
    connection: Connection, row: AccountRow, expires_at: datetime | None, now: datetime, *, renews: bool
) -> AccountRow:
    """When the credentials that were just given end, and when something is to be done about it."""
    due = due_at(now, expires_at, renews=renews)
    return await grants.SET_EXPIRY.one(connection, row.workspace_id, row.id, now, expires_at, due)


async def keep_changed(
    connection: Connection, row: AccountRow, *, name: str, status: str, now: datetime
) -> AccountRow:
    reason = row.status_reason if status == row.status else None
    return await repository.UPDATE.one(
        connection, row.workspace_id, row.id, name, status, reason, row.secrets, row.fields, row.state, now
    )


async def keep_disconnected(connection: Connection, row: AccountRow, now: datetime) -> AccountRow:
    """The credentials go; the account's conversations stay."""
    return await repository.UPDATE.one(
        connection, row.workspace_id, row.id, row.name, "disconnected", None, b"", row.fields, row.state, now
    )


async def lock_row(connection: Connection, workspace_id: UUID, account_id: UUID) -> AccountRow:
    row = await repository.LOCK.find(connection, workspace_id, account_id)
    if row is None or row.status == "disconnected":
        raise NotFound("There is no such account.")
    return row
