"""Names and pictures of people whom an event showed only by id; asked for once, after their message is on the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hark.channels.accounts.loading import load_open_account
from hark.channels.contract import Author, PlatformProblem
from hark.customers import repository
from hark.customers.models import Nameless
from hark.flows.context import Hark
from hark.flows.tokens import with_fresh_token
from hark.inbox import repository as inbox
from hark.inbox.snapshots import load_conversations
from hark.infra.bus import FACTS
from hark.infra.db import columns
from hark.infra.http import CallFailed
from hark.infra.telemetry import logger
from hark.journal import fact_of, record
from hark.kernel.errors import HarkError
from hark.kernel.text import storable
from hark.kernel.waiting import first_of

BATCH = 20
EVERY = 2.0
"""Seconds between two looks: names may come a moment later than the message."""

log = logger(__name__)


async def profiles_loop(hark: Hark, stop: asyncio.Event) -> None:
    while not stop.is_set():
        if await fetch_profiles(hark) < BATCH:
            await first_of(stop, timeout=EVERY)


async def fetch_profiles(hark: Hark) -> int:
    """Asks for one batch; gives how many were asked for."""
    platforms = [each.manifest.platform for each in hark.registry if each.fetch_profile is not None]
    async with hark.db.transaction() as connection:
        due = await repository.CLAIM_NAMELESS.all(connection, platforms, hark.clock(), BATCH)
    found = await asyncio.gather(*(_ask(hark, person) for person in due))
    named = [(person, author) for person, author in zip(due, found, strict=True) if author is not None]
    if named:
        await _keep(hark, named)
    return len(due)


async def _ask(hark: Hark, person: Nameless) -> Author | None:
    """None where the platform does not tell (privacy, no consent): the customer keeps the placeholder name."""
    try:
        async with hark.db.connection() as connection:
            opened = await load_open_account(connection, hark.secrets, person.account_id)
        adapter = hark.registry.load(opened.platform)
        fetch_profile, user_id = adapter.fetch_profile, person.platform_user_id
        assert fetch_profile is not None
        async with asyncio.timeout(hark.settings.platform_timeout):
            profile = await with_fresh_token(
                hark, adapter, opened.account, lambda account, http: fetch_profile(user_id, account, http)
            )
    except (PlatformProblem, CallFailed, HarkError, TimeoutError) as problem:
        log.info("no profile", identity=str(person.id), reason=str(problem) or type(problem).__name__)
        return None
    return None if profile is None else profile.author


async def _keep(hark: Hark, named: Sequence[tuple[Nameless, Author]]) -> None:
    now = hark.clock()
    for workspace in sorted({person.workspace_id for person, _ in named}, key=lambda each: each.int):
        mine = [(person, author) for person, author in named if person.workspace_id == workspace]
        rows = [
            (workspace, person.id, _text(author.name), _text(author.handle), _text(author.avatar_url), now)
            for person, author in sorted(mine, key=lambda each: each[0].id.int)
        ]
        async with hark.db.transaction() as connection:
            await repository.REFRESH.run(connection, *columns(rows, 6), now)
            live = await inbox.LIVE_OF_IDENTITIES.all(connection, workspace, [row[1] for row in rows])
            shown = await load_conversations(connection, workspace, [row[1] for row in live])
            facts = [fact_of("conversation.changed", now, case, conversation_id=case.id) for case in shown]
            await record(connection, workspace, facts)
        hark.bus.publish(FACTS, str(workspace))


def _text(value: str | None) -> str | None:
    return storable(value) if value else None
