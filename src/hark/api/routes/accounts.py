"""Platforms and connected accounts."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from hark.api.parameters import After, Limit, Short
from hark.channels.accounts import keeping
from hark.channels.accounts import repository as accounts
from hark.channels.accounts.models import ChannelAccount
from hark.channels.accounts.views import VERIFY_TOKEN, account_view, webhook_address
from hark.channels.contract import Adapter, Field, Scope, SourceRules
from hark.flows import connect
from hark.flows.authorize import redirect_uri
from hark.flows.connect import AccountCheck
from hark.flows.context import Hark
from hark.infra.settings import Settings, is_public_address
from hark.kernel.errors import Invalid
from hark.kernel.pages import Page, bounded, decode_cursor, encode_cursor
from hark.workspaces.rights import Actor

Values = Annotated[dict[str, str], Meta(max_length=50)]


class Authorizing(msgspec.Struct, frozen=True):
    """Connecting by OAuth. `needs` and `optional` are keys of the platform's fields; `redirect_uri` is what has to be
    allowed at the platform as the address to return to."""

    needs: list[str]
    optional: list[str]
    redirect_uri: str


class Platform(msgspec.Struct, frozen=True):
    """A network, what it asks for when connecting, and what it allows in each of its sources. `scopes` are shown before
    `authorization` is begun. `reachable` says whether its webhooks can come in at this Hark's address; where they cannot,
    events come every `poll_seconds`, or not at all (None)."""

    platform: str
    name: str
    fields: list[Field]
    webhook_setup: str
    needs_public_url: bool
    reachable: bool
    poll_seconds: float | None
    scopes: list[Scope]
    authorization: Authorizing | None
    sources: dict[str, SourceRules]
    receipts: list[str]
    imports_history: bool
    absent: dict[str, str]
    """Sources that its API does not give, each with the reason."""
    lacking: dict[str, str]
    """Abilities that people may miss, each with the reason."""


class WebhookSetup(msgspec.Struct, frozen=True):
    """`verify_token` is None where the platform asks for none."""

    url: str
    verify_token: str | None


class NewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`values` has the platform's `fields` by key."""

    platform: Short
    values: Values


class AccountPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`values` are new credentials: those from before stay valid for 24 hours."""

    name: Short | UnsetType = UNSET
    values: Values | UnsetType = UNSET
    status: Literal["connected", "paused"] | UnsetType = UNSET


@get("/api/v1/platforms", right="accounts:read", tags=["accounts"], operation_id="listPlatforms")
async def list_platforms(hark: NamedDependency[Hark]) -> list[Platform]:
    """Every platform that this Hark can connect."""
    return [_platform(adapter, hark.settings) for adapter in hark.registry]


@get("/api/v1/accounts", right="accounts:read", tags=["accounts"], operation_id="listAccounts")
async def list_accounts(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], limit: Limit = None, after: After = None
) -> Page[ChannelAccount]:
    """Connected accounts in the order in which they were connected."""
    size, last = bounded(limit), decode_cursor(after, tuple[UUID])[0] if after else UUID(int=0)
    async with hark.db.connection() as connection:
        rows = await accounts.LIST.all(connection, actor.workspace_id, last, size + 1)
    views = [account_view(row, hark.registry, hark.settings.address) for row in rows[:size]]
    return Page(views, encode_cursor(views[-1].id) if len(rows) > size else None)


@post("/api/v1/accounts", right="accounts:write", tags=["accounts"], operation_id="connectAccount")
async def connect_account(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[NewAccount]
) -> ChannelAccount:
    """Tries the credentials, stores them encrypted, sets the webhook where the platform allows it.

    A repeated request finds the account connected already (409 `already_connected`), whatever its `Idempotency-Key`.
    """
    return await connect.connect_account(hark, actor, data.platform, data.values)


@get(
    "/api/v1/accounts/{account_id:uuid}", right="accounts:read", tags=["accounts"], operation_id="getAccount"
)
async def get_account(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], account_id: FromPath[UUID]
) -> ChannelAccount:
    """One account."""
    async with hark.db.connection() as connection:
        row = await keeping.load_row(connection, actor.workspace_id, account_id)
    return account_view(row, hark.registry, hark.settings.address)


@patch(
    "/api/v1/accounts/{account_id:uuid}",
    right="accounts:write",
    tags=["accounts"],
    operation_id="updateAccount",
)
async def update_account(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    account_id: FromPath[UUID],
    data: JSONBody[AccountPatch],
) -> ChannelAccount:
    """Renames, pauses, resumes, or gives new credentials, which are tried first."""
    view = None
    if data.values is not UNSET:
        view = await connect.rotate_account(hark, actor, account_id, data.values)
    if data.name is not UNSET or data.status is not UNSET:
        view = await connect.change_account(hark, actor, account_id, data.name or None, data.status or None)
    if view is None:
        raise Invalid("Nothing to change was given.")
    return view


@delete(
    "/api/v1/accounts/{account_id:uuid}",
    right="accounts:write",
    tags=["accounts"],
    operation_id="disconnectAccount",
)
async def disconnect_account(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], account_id: FromPath[UUID]
) -> None:
    """Forgets the credentials. Conversations stay."""
    await connect.disconnect_account(hark, actor, account_id)


@get(
    "/api/v1/accounts/{account_id:uuid}/webhook",
    right="accounts:write",
    tags=["accounts"],
    operation_id="getWebhook",
)
async def get_webhook(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], account_id: FromPath[UUID]
) -> WebhookSetup:
    """What has to be entered at the platform, where the webhook is set by hand."""
    async with hark.db.connection() as connection:
        row = await keeping.load_row(connection, actor.workspace_id, account_id)
    token = hark.secrets.open(row.secrets).get(VERIFY_TOKEN)
    url = webhook_address(hark.settings.address, row.platform, row.webhook_key)
    return WebhookSetup(url, None if token is None else token.reveal())


@post(
    "/api/v1/accounts/{account_id:uuid}/check",
    right="accounts:write",
    tags=["accounts"],
    operation_id="checkAccount",
    status_code=200,
)
async def check_account(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], account_id: FromPath[UUID]
) -> AccountCheck:
    """Asks the platform whether the connection works; a failed check is an answer, not an error."""
    return await connect.check_account(hark, actor.workspace_id, account_id)


def _platform(adapter: Adapter, settings: Settings) -> Platform:
    manifest = adapter.manifest
    return Platform(
        platform=manifest.platform,
        name=manifest.name,
        fields=list(manifest.fields),
        webhook_setup=manifest.webhook_setup,
        needs_public_url=manifest.needs_public_url,
        reachable=not manifest.needs_public_url or is_public_address(settings.address),
        poll_seconds=manifest.poll_seconds,
        scopes=list(manifest.scopes),
        authorization=_authorizing(adapter, settings),
        sources={source.value: rules for source, rules in manifest.sources.items()},
        receipts=list(manifest.receipts),
        imports_history=manifest.imports_history,
        absent={source.value: reason for source, reason in manifest.absent.items()},
        lacking={ability.value: reason for ability, reason in manifest.lacking.items()},
    )


def _authorizing(adapter: Adapter, settings: Settings) -> Authorizing | None:
    oauth = adapter.authorization
    if oauth is None:
        return None
    return Authorizing(list(oauth.needs), list(oauth.optional), redirect_uri(settings))


HANDLERS: list[Any] = [
    list_platforms,
    list_accounts,
    connect_account,
    get_account,
    update_account,
    disconnect_account,
    get_webhook,
    check_account,
]
