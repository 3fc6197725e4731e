"""Texts that a platform approved beforehand: listed per account, kept with their age, and filled in for a reply."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hark.channels.accounts import keeping
from hark.channels.accounts.loading import load_open_account
from hark.channels.contract import Account, Adapter, PlatformProblem, Template
from hark.delivery.templates import repository
from hark.delivery.templates.repository import KeptTemplates
from hark.flows.context import Hark
from hark.flows.tokens import with_fresh_token
from hark.infra.db import Connection
from hark.infra.http import CallFailed
from hark.infra.telemetry import logger
from hark.kernel.errors import Invalid, Unavailable

FRESH_FOR = timedelta(minutes=10)
"""How long a list is shown without asking again; templates change when somebody has one approved."""

log = logger(__name__)


class TemplateList(msgspec.Struct, frozen=True):
    """The templates of an account as the platform listed them at `at`. `stale`: it could not be asked just now."""

    templates: list[Template]
    at: datetime | None
    stale: bool = False


async def list_templates(
    hark: Hark, workspace_id: UUID, account_id: UUID, *, fresh: bool = False
) -> TemplateList:
    """The templates that may be sent now. `fresh` asks the platform, however young the list is. Raises NotFound, and
    Unavailable where nothing is kept and the platform does not answer."""
    async with hark.db.connection() as connection:
        row = await keeping.load_row(connection, workspace_id, account_id)
        kept = await repository.FIND.find(connection, workspace_id, account_id)
        opened = await load_open_account(connection, hark.secrets, account_id)
    adapter = hark.registry.find(row.platform)
    if adapter is None or adapter.list_templates is None:
        return TemplateList([], None)
    young = kept is not None and hark.clock() - kept.at < FRESH_FOR
    if kept is not None and ((young and not fresh) or row.status != "connected"):
        return _shown(kept, stale=not young)
    try:
        return await _asked(hark, adapter, opened.account)
    except (PlatformProblem, CallFailed, TimeoutError) as problem:
        log.info("templates could not be listed", account=str(account_id), reason=str(problem))
        if kept is None:
            words = "The platform does not list its templates at present."
            raise Unavailable(words, code="platform_unavailable") from problem
        return _shown(kept, stale=True)


async def find_template(
    connection: Connection, workspace_id: UUID, account_id: UUID, name: str, language: str
) -> Template:
    """A template of the kept list. Raises Invalid `template_unknown`."""
    kept = await repository.FIND.find(connection, workspace_id, account_id)
    for template in [] if kept is None else _shown(kept, stale=False).templates:
        if (template.name, template.language) == (name, language):
            return template
    raise Invalid(
        "The platform lists no such template. Choose another one.",
        code="template_unknown",
        fields={"template": "unknown"},
    )


async def _asked(hark: Hark, adapter: Adapter, account: Account) -> TemplateList:
    list_them = adapter.list_templates
    assert list_them is not None
    async with asyncio.timeout(hark.settings.platform_timeout):
        found = await with_fresh_token(hark, adapter, account, list_them)
    now = hark.clock()
    async with hark.db.transaction() as connection:
        values = msgspec.to_builtins(found)
        await repository.KEEP.run(connection, account.workspace_id, account.id, values, now)
    return TemplateList(sorted(found, key=lambda each: (each.name, each.language)), now)


def _shown(kept: KeptTemplates, *, stale: bool) -> TemplateList:
    templates = msgspec.convert(kept.templates, list[Template])
    return TemplateList(sorted(templates, key=lambda each: (each.name, each.language)), kept.at, stale)
