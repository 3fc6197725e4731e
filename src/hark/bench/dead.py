"""How much one dead platform slows the others: answers of a living account, alone and beside one that never answers."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import cast
from uuid import UUID

import msgspec

from hark.api.hooks import create_hooks
from hark.bench.report import Figure, at_most, noted
from hark.bench.standing import served, standing
from hark.channels.registry import Registry
from hark.flows.connect import connect_account
from hark.flows.context import Hark
from hark.flows.deliver import deliver_loop
from hark.flows.inbound import ingest_pending
from hark.flows.reply import ReplyDraft, queue_reply
from hark.infra.bus import DELIVERY
from hark.standins.kit import Fault, StandIn
from hark.standins.sandbox import SandboxApp
from hark.workspaces.founding import found_workspace
from hark.workspaces.rights import Actor, system_actor

LIVING, DEAD = "sandbox", "telegram"
ROUNDS = 5
CONVERSATIONS = 40
HANG = 60.0
"""Seconds; longer than any call may take, so every call to the dead one runs into its limit."""
UNLIMITED = 1_000_000

_WAITING = "SELECT count(*) FROM delivery WHERE account_id = $1 AND state IN ('queued', 'sending')"
_CONVERSATIONS = "SELECT id FROM conversation WHERE account_id = $1 ORDER BY id"
_FORGET = "DELETE FROM delivery WHERE account_id = $1"


class Place(msgspec.Struct, frozen=True):
    """A connected account, its stand-in and its conversations."""

    account_id: UUID
    standin: StandIn
    conversations: list[UUID]


async def bench(hark: Hark, answers: int) -> list[Figure]:
    """The same answers by turns alone and beside the dead platform; the middle of each."""
    alone: list[float] = []
    beside: list[float] = []
    async with _places(hark) as (bare, actor, living, dead):
        await _timed(bare, actor, living, answers, "warm")
        for number in range(ROUNDS):
            alone.append(await _timed(bare, actor, living, answers, f"alone-{number}"))
            dead.standin.faults.rules = [Fault("hang", seconds=HANG)]
            await _queue(bare, actor, dead, answers, f"dead-{number}")
            beside.append(await _timed(bare, actor, living, answers, f"beside-{number}"))
            dead.standin.faults.rules = []
            await hark.db.pool.execute(_FORGET, dead.account_id)
    slower = statistics.median(beside) / statistics.median(alone) - 1
    return [
        noted("answers, alone", f"{answers / statistics.median(alone):,.0f}/s"),
        noted(
            "answers, beside a platform that never answers", f"{answers / statistics.median(beside):,.0f}/s"
        ),
        at_most("slower by", max(0.0, slower) * 100, 10, " %"),
    ]


async def _timed(hark: Hark, actor: Actor, place: Place, answers: int, name: str) -> float:
    """Seconds from the first queued answer to the last that was sent."""
    stop = asyncio.Event()
    delivering = asyncio.create_task(deliver_loop(hark, stop))
    start = perf_counter()
    await _queue(hark, actor, place, answers, name)
    while await hark.db.pool.fetchval(_WAITING, place.account_id):
        await asyncio.sleep(0.005)
    took = perf_counter() - start
    stop.set()
    await delivering
    return took


async def _queue(hark: Hark, actor: Actor, place: Place, answers: int, name: str) -> None:
    for number in range(answers):
        conversation = place.conversations[number % len(place.conversations)]
        async with hark.db.transaction() as connection:
            draft = ReplyDraft(content=f"{name} {number}")
            await queue_reply(hark, connection, actor, conversation, draft, f"{name}-{number}")
        hark.bus.publish(DELIVERY)


@asynccontextmanager
async def _places(hark: Hark) -> AsyncIterator[tuple[Hark, Actor, Place, Place]]:
    """Both accounts connected by the real steps; the living one without a rate limit, which would hide what is measured."""
    unlimited = [
        msgspec.structs.replace(each, manifest=msgspec.structs.replace(each.manifest, rates=()))
        for each in hark.registry
    ]
    hark = msgspec.structs.replace(hark, registry=Registry(unlimited))
    async with (
        served(create_hooks(hark)) as webhooks,
        standing(LIVING) as (living, at),
        standing(DEAD) as (dead, dead_at),
    ):
        cast("SandboxApp", living).settings.calls_per_second = UNLIMITED
        settings = msgspec.structs.replace(hark.settings, public_url=webhooks, stop_seconds=0.1)
        hark = msgspec.structs.replace(hark, settings=settings)
        actor = await _workspace(hark)
        places = [
            await _place(hark, actor, platform, standin, address)
            for platform, standin, address in ((LIVING, living, at), (DEAD, dead, dead_at))
        ]
        yield hark, actor, places[0], places[1]


async def _workspace(hark: Hark) -> Actor:
    async with hark.db.transaction() as connection:
        workspace = await found_workspace(connection, "Dead platform", hark.clock())
    return system_actor(workspace.id)


async def _place(hark: Hark, actor: Actor, platform: str, standin: StandIn, address: str) -> Place:
    """The account, when its people have written and their conversations are there."""
    account = await connect_account(hark, actor, platform, standin.values(address))
    source = "comment" if platform == LIVING else "dm"
    for number in range(CONVERSATIONS):
        await standin.say(f"Hello {number}", person=str(number), source=source)
    conversations: list[UUID] = []
    while len(conversations) < CONVERSATIONS:
        await ingest_pending(hark)
        conversations = [row["id"] for row in await hark.db.pool.fetch(_CONVERSATIONS, account.id)]
        await asyncio.sleep(0.05)
    return Place(account.id, standin, conversations)
