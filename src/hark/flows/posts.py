"""What comments and mentions stand under: text, picture, link and author of the post, asked for once per post beside the
messages that it belongs to.

A thread never waits for its post, and a post that cannot be had costs nothing but itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hark import journal
from hark.channels.accounts.loading import load_open_account
from hark.channels.contract import PlatformProblem, Post, TryAgain
from hark.flows.context import Hark
from hark.flows.tokens import with_fresh_token
from hark.inbox.posts import repository
from hark.inbox.posts.keep import post_values
from hark.inbox.posts.repository import DuePost
from hark.infra.bus import FACTS, MEDIA
from hark.infra.db import Connection
from hark.infra.http import CallFailed
from hark.infra.telemetry import logger
from hark.journal import Fact, fact_of
from hark.kernel.errors import HarkError, Unavailable
from hark.kernel.ids import new_id
from hark.kernel.text import storable
from hark.kernel.waiting import first_of

BATCH = 20
EVERY = 3.0
"""Seconds between two looks: a post may come a moment later than the comment."""
TRIES = 4
WAITS = (10.0, 60.0, 600.0)
"""Seconds before the second, third and fourth try."""
LEASE = timedelta(seconds=120)
"""Longer than one call and writing its answer."""

log = logger(__name__)

Told = Post | str | TryAgain
"""The post, why it is not to be had ("gone", or the reason of a failure), or that asking did not work this time."""


async def posts_loop(hark: Hark, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            asked = await fetch_posts(hark)
        except Unavailable:
            asked = 0
        if asked < BATCH:
            await first_of(stop, timeout=EVERY)


async def fetch_posts(hark: Hark) -> int:
    """Asks for one batch of due posts; gives how many there were."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        due = await repository.CLAIM.all(connection, now, now + LEASE, BATCH)
    answers = await asyncio.gather(*(_ask(hark, each) for each in due))
    pictures = [await _keep(hark, post, told) for post, told in zip(due, answers, strict=True)]
    if any(pictures):
        hark.bus.publish(MEDIA)
    return len(due)


async def _ask(hark: Hark, post: DuePost) -> Told | None:
    """None where the platform cannot be asked: what the events told is all there is."""
    try:
        async with hark.db.connection() as connection:
            opened = await load_open_account(connection, hark.secrets, post.account_id)
        adapter = hark.registry.load(opened.platform)
        fetch_post = adapter.fetch_post
        if fetch_post is None:
            return None
        async with asyncio.timeout(hark.settings.platform_timeout):
            found = await with_fresh_token(
                hark,
                adapter,
                opened.account,
                lambda account, http: fetch_post(post.platform_post_id, account, http),
            )
    except TryAgain as problem:
        return problem
    except PlatformProblem as problem:
        return problem.code
    except (CallFailed, HarkError, TimeoutError) as problem:
        return TryAgain("not_reached", str(problem) or type(problem).__name__)
    except Exception:
        log.exception("an adapter failed while fetching a post", post=str(post.id))
        return "internal"
    return "gone" if found is None else found


async def _keep(hark: Hark, post: DuePost, told: Told | None) -> bool:
    """Writes and tells it; says whether a picture is to be fetched."""
    now = hark.clock()
    if isinstance(told, TryAgain) and post.attempts < TRIES:
        wait = max(told.retry_after or 0.0, WAITS[min(post.attempts, len(WAITS)) - 1])
        async with hark.db.transaction() as connection:
            again_at = now + timedelta(seconds=wait)
            await repository.TRY_AGAIN.run(
                connection, post.workspace_id, post.id, again_at, storable(told.code)
            )
        return False
    async with hark.db.transaction() as connection:
        await _write(connection, post, told, now)
        picture = await repository.WANT_PICTURE.find(connection, post.workspace_id, post.id, new_id(now), now)
        facts = await post_facts(connection, post.workspace_id, [post.id], now)
        await journal.record(connection, post.workspace_id, facts)
    hark.bus.publish(FACTS, str(post.workspace_id))
    return picture is not None


async def _write(connection: Connection, post: DuePost, told: Told | None, now: datetime) -> None:
    if told is None:
        values: tuple[str | datetime | None, ...] = (None,) * 6
        await repository.FILL.run(connection, post.workspace_id, post.id, *values, post.asked_at, now)
    elif isinstance(told, Post):
        await repository.FILL.run(connection, post.workspace_id, post.id, *post_values(told), now, now)
    else:
        reason = told.code if isinstance(told, TryAgain) else told
        state = "gone" if reason == "gone" else "failed"
        await repository.CLOSE.run(connection, post.workspace_id, post.id, state, storable(reason), now)


async def post_facts(
    connection: Connection, workspace_id: UUID, ids: Sequence[UUID], now: datetime
) -> list[Fact]:
    """The posts as they are now."""
    shown = await repository.LOAD.all(connection, workspace_id, list(ids))
    return [fact_of("post.changed", now, post) for post in shown]
