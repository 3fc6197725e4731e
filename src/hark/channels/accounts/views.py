"""Rows of accounts as the API and facts show them."""

from __future__ import annotations

from hark.channels.accounts.models import AccountRow, ChannelAccount, History
from hark.channels.registry import Registry

STEPS = "setup_steps"
"""Where the remaining manual steps are kept in an account's state."""


VERIFY_TOKEN = "verify_token"  # noqa: S105 - the name of a secret, not one
"""The secret that is typed in at the platform, where the webhook is set by hand."""


def webhook_address(public_address: str, platform: str, key: str) -> str:
    return f"{public_address}/webhooks/{platform}/{key}"


def account_view(row: AccountRow, registry: Registry, public_address: str) -> ChannelAccount:
    """Without secrets. Fields that the manifest does not list (or lists as secret) are left out."""
    adapter = registry.find(row.platform)
    shown = {field.key for field in adapter.manifest.fields if not field.secret} if adapter else set()
    return ChannelAccount(
        id=row.id,
        platform=row.platform,
        name=row.name,
        platform_account_id=row.platform_account_id,
        status=row.status,
        status_reason=row.status_reason,
        webhook_url=webhook_address(public_address, row.platform, row.webhook_key),
        webhook_verified_at=row.webhook_verified_at,
        last_event_at=row.last_event_at,
        last_polled_at=row.polled_at,
        last_reconciled_at=row.reconciled_at,
        forged_count=row.forged_count,
        history=History(
            row.history_state, row.history_count, row.history_total, row.history_oldest_at, row.history_due_at
        ),
        fields={key: value for key, value in row.fields.items() if key in shown},
        steps=list(row.state.get(STEPS, ())),
        token_expires_at=row.token_expires_at,
        renews=adapter is not None and adapter.refresh is not None and row.token_warned_at is None,
        token_ends_soon=row.token_warned_at is not None,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
