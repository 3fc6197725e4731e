"""Steps 4 to 8 of the path of a message (docs/flow.md): raw events become conversations on the screen.

One transaction per batch: either all of it happened or none. A batch that fails is cut in half until the one raw event
that is to blame stands alone; that one goes to quarantine with the reason, the rest goes on.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from hark.channels.accounts.polls.repository import POLL_NOW
from hark.channels.accounts.routes import ROUTES_BY_ID, TOUCH, AccountRoute
from hark.channels.accounts.status import account_fact, merge_state
from hark.channels.contract import (
    AccountNotice,
    Author,
    Deletion,
    Edit,
    Message,
    Reachability,
    Reaction,
    Receipt,
    ThreadMoved,
    Unsupported,
)
from hark.customers import repository as customers
from hark.customers.identify import identify
from hark.customers.models import Identified, Person, PersonKey
from hark.flows.aliases import settle_aliases
from hark.flows.automation import follow, follow_ingest
from hark.flows.clocks import keep_clocks
from hark.flows.context import Hark
from hark.flows.languages import read_new
from hark.flows.normalize import Normalized, normalize
from hark.flows.posts import post_facts
from hark.flows.routing import route, wake_routing
from hark.inbox import repository as inbox
from hark.inbox.arrivals import Arrival, arrive, sane_time
from hark.inbox.effects import Effect, Touched, apply_effects, release_waiting, thread_target
from hark.inbox.ingest import Ingested, Numbers, Opening, ingest_messages
from hark.inbox.posts import keep_posts
from hark.inbox.snapshots import load_conversations, load_messages
from hark.infra.bus import FACTS, MEDIA, POLL, RAW
from hark.infra.db import Connection, columns
from hark.infra.faultpoints import reach
from hark.infra.telemetry import INGESTED
from hark.intake import LIVE, ClaimedRaw
from hark.intake import repository as intake
from hark.journal import Fact, FactKind, fact_of, record
from hark.kernel.errors import Collided, HarkError
from hark.kernel.ids import new_id
from hark.kernel.text import storable
from hark.kernel.waiting import first_of

BATCH = 500
"""Raw events per transaction: large enough that the cost of a commit vanishes, small enough that others need not wait long."""

log = structlog.stdlib.get_logger(__name__)


IN_FLIGHT = 2
ATTEMPTS = 5


class Outcome(msgspec.Struct):
    """What a batch did; `claimed` 0 means that there was nothing to do."""

    claimed: int = 0
    messages: int = 0
    quarantined: int = 0
    workspaces: frozenset[UUID] = frozenset()
    media: bool = False
    asked: frozenset[UUID] = frozenset()
    """Accounts of which the platform says that there is something to fetch."""
    to_route: frozenset[UUID] = frozenset()
    """Workspaces in which a drain has to decide the rest."""


class Poisoned(Exception):
    """A batch failed for a reason that lies in its data."""


async def ingest_pending(hark: Hark, limit: int = BATCH) -> Outcome:
    """Claims and applies one batch. Call it again until `claimed` is 0."""
    try:
        outcome = await _in_transaction(hark, limit)
    except Poisoned:
        outcome = await _bisect(hark, await _pending_ids(hark, limit))
    if outcome.claimed:
        reach("ingest.after_commit")
    for workspace in outcome.workspaces:
        hark.bus.publish(FACTS, str(workspace))
    if outcome.media:
        hark.bus.publish(MEDIA)
    for account in outcome.asked:
        hark.bus.publish(POLL, str(account))
    for workspace in outcome.to_route:
        wake_routing(hark, workspace)
    INGESTED.labels("quarantined").inc(outcome.quarantined)
    INGESTED.labels("done").inc(outcome.claimed - outcome.quarantined)
    return outcome


async def ingest_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Works off raw events as they come. Two batches are in flight: one computes while the other is with the database."""
    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(_work_off(hark, stop))


async def _work_off(hark: Hark, stop: asyncio.Event) -> None:
    """Woken by the bus, and once a second in case a hint was lost."""
    wake = asyncio.Event()
    unsubscribe = hark.bus.subscribe(RAW, lambda _: wake.set())
    try:
        while not stop.is_set():
            wake.clear()
            if (await ingest_pending(hark)).claimed == 0:
                await first_of(wake, stop, timeout=1.0)
    finally:
        unsubscribe()


async def replay(
    hark: Hark,
    workspace_id: UUID,
    ids: Sequence[int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Sends quarantined raw events through steps 4 to 8 again; gives how many. Without ids, all in the range of receipt."""
    async with hark.db.transaction() as connection:
        given = None if ids is None else list(ids)
        count = await intake.REPLAY.run(connection, workspace_id, given, since, until)
        left: int = await intake.COUNT_QUARANTINED.value(connection, workspace_id)
        if count:
            await record(
                connection, workspace_id, [fact_of("quarantine.changed", hark.clock(), {"count": left})]
            )
    if count:
        hark.bus.publish(RAW)
        hark.bus.publish(FACTS, str(workspace_id))
    return count


async def _pending_ids(hark: Hark, limit: int) -> list[int]:
    async with hark.db.transaction() as connection:
        return [raw.id for raw in await intake.CLAIM.all(connection, limit)]


async def _bisect(hark: Hark, ids: Sequence[int]) -> Outcome:
    """The halves one after the other, in order; a lone offender is quarantined."""
    if not ids:
        return Outcome()
    try:
        return await _in_transaction(hark, len(ids), ids)
    except Poisoned as error:
        if len(ids) == 1:
            return await _quarantine(hark, ids[0], error)
    middle = len(ids) // 2
    return _sum(await _bisect(hark, ids[:middle]), await _bisect(hark, ids[middle:]))


def _sum(first: Outcome, second: Outcome) -> Outcome:
    return Outcome(
        claimed=first.claimed + second.claimed,
        messages=first.messages + second.messages,
        quarantined=first.quarantined + second.quarantined,
        workspaces=first.workspaces | second.workspaces,
        media=first.media or second.media,
        asked=first.asked | second.asked,
        to_route=first.to_route | second.to_route,
    )


async def _quarantine(hark: Hark, raw_id: int, error: Poisoned) -> Outcome:
    detail = storable(f"{type(error.__cause__).__name__}: {error.__cause__}")[:500]
    log.warning("raw event quarantined", raw_event=raw_id, detail=detail)
    async with hark.db.transaction() as connection:
        await intake.QUARANTINE.run(connection, raw_id, "not_storable", detail, hark.clock())
    return Outcome(claimed=1, quarantined=1)


async def _in_transaction(hark: Hark, limit: int, ids: Sequence[int] | None = None) -> Outcome:
    """Two batches that collide are told apart by PostgreSQL; the one that gives way comes back with the accounts to itself."""
    for attempt in range(ATTEMPTS):
        try:
            async with hark.db.transaction(timeout=30) as connection:
                claimed = await _claim(connection, limit, ids)
                return (
                    await apply_batch(hark, connection, claimed, alone=attempt > 0) if claimed else Outcome()
                )
        except Collided:
            log.debug("batch collided with another one", attempt=attempt)
        except HarkError:
            raise  # the database is away; that says nothing about the batch
        except Exception as error:
            raise Poisoned from error
    return Outcome()


async def _claim(connection: Connection, limit: int, ids: Sequence[int] | None) -> list[ClaimedRaw]:
    if ids is None:
        return await intake.CLAIM.all(connection, limit)
    return await intake.CLAIM_THESE.all(connection, list(ids))


async def apply_batch(
    hark: Hark, connection: Connection, claimed: Sequence[ClaimedRaw], *, alone: bool = False
) -> Outcome:
    """Steps 4 to 8 for claimed raw events, in the caller's transaction; `alone` keeps other batches off its accounts."""
    reach("ingest.claimed")
    now = hark.clock()
    routes = await _load_routes(connection, claimed)
    batch = [normalize(raw, routes.get(raw.account_id), hark.registry) for raw in claimed]  # 4
    await settle_aliases(connection, batch, now)
    arrivals = list(_arrivals(batch))
    people = await identify(connection, _people(batch, arrivals), now, new_id)  # 5
    for account_id in sorted({raw.account_id for raw in claimed}, key=lambda each: each.int):
        await (inbox.TAKE_ACCOUNT if alone else inbox.SHARE_ACCOUNT).run(connection, account_id)
    ingested = await ingest_messages(connection, arrivals, people, Opening(now, new_id, _numbers(hark)))
    reach("ingest.messages_written")
    await _apply_effects(connection, batch, ingested, now)
    await _reach_writers(connection, arrivals, people)
    await read_new(connection, sorted(ingested.new_conversations, key=str))
    routed = await route(connection, ingested.new_conversations, ingested.reopened, now)  # 6
    ingested.touched.conversations |= routed.conversations
    await _recount(connection, ingested.touched, ingested.new_conversations, now)  # 7
    clocks = await keep_clocks(connection, hark, ingested.touched.conversations, now)
    facts = await _facts(connection, ingested, await _account_facts(hark, connection, batch, now), now)
    for workspace, told in clocks.facts.items():
        facts[workspace] += told
    await follow_ingest(
        connection, ingested.new_messages, ingested.new_conversations, ingested.opened_again, now
    )
    for changes in (routed.facts, clocks.facts):
        for workspace, told in changes.items():
            await follow(connection, workspace, told, now)
    await _keep_posts(connection, arrivals, facts, now)
    await _finish(connection, batch, now)
    await _quarantine_facts(connection, batch, facts, now)
    await TOUCH.run(connection, *columns(_last_events(claimed), 3))
    asked = _asked(batch)
    if asked:
        await POLL_NOW.run(connection, sorted(asked), now)
    for workspace, told in routed.facts.items():
        facts[workspace] += told
    for workspace in sorted(facts, key=lambda each: each.int):  # 8
        await record(connection, workspace, facts[workspace])
    reach("ingest.before_commit")
    return Outcome(
        claimed=len(claimed),
        messages=len(ingested.new_messages),
        quarantined=sum(1 for each in batch if each.reason is not None),
        workspaces=frozenset(facts),
        media=any(arrival.event.attachments for arrival in arrivals),
        asked=asked,
        to_route=frozenset(routed.later),
    )


def _numbers(hark: Hark) -> Numbers:
    """Case numbers from a transaction of their own, so that batches which open cases need not wait for one another. A batch
    that fails leaves a gap in the numbers, which harms nobody."""

    async def allot(workspace_id: UUID, count: int) -> int:
        async with hark.db.transaction() as connection:
            last: int = await inbox.NUMBERS.value(connection, workspace_id, count)
        return last - count + 1

    return allot


async def _load_routes(connection: Connection, claimed: Sequence[ClaimedRaw]) -> dict[UUID, AccountRoute]:
    routes = await ROUTES_BY_ID.all(connection, list({raw.account_id for raw in claimed}))
    return {route.id: route for route in routes}


def _scope(each: Normalized) -> str:
    assert each.adapter is not None
    assert each.route is not None
    return each.route.platform_account_id if each.adapter.manifest.identity_per_account else ""


def _arrivals(batch: Iterable[Normalized]) -> Iterable[Arrival]:
    for each in batch:
        if each.route is None or each.adapter is None:
            continue
        scope = _scope(each)
        for number, event in enumerate(each.events):
            if isinstance(event, Unsupported):
                event = _as_message(event, each.raw, number)
            if isinstance(event, Message):
                yield arrive(
                    event,
                    workspace_id=each.raw.workspace_id,
                    account_id=each.raw.account_id,
                    platform=each.route.platform,
                    scope=scope,
                    received_at=each.raw.received_at,
                    historic=each.raw.origin == "history" or event.historic,
                    repaired=each.raw.origin == "repair",
                )


def _as_message(event: Unsupported, raw: ClaimedRaw, number: int) -> Message:
    """What has no message form still shows in its thread, with its payload."""
    author = event.thread.customer or Author(id=f"unknown:{event.thread.key}")
    return Message(
        id=f"event:{hashlib.blake2b(raw.payload, digest_size=12).hexdigest()}:{number}",
        thread=event.thread,
        author=author,
        at=event.at,
        unsupported=event.what,
        opens_window=False,
        metadata={"payload": event.payload},
    )


def _people(batch: Iterable[Normalized], arrivals: Iterable[Arrival]) -> Iterable[Person]:
    for arrival in arrivals:
        for author in (arrival.customer, arrival.event.author):
            if author is not None and not author.us:
                yield _person(arrival.workspace_id, arrival.platform, arrival.scope, author, arrival.at)
    for each in batch:
        for event in each.events:
            if isinstance(event, Reachability) and each.route is not None:
                yield _person(
                    each.raw.workspace_id, each.route.platform, _scope(each), event.author, event.at
                )


def _person(workspace_id: UUID, platform: str, scope: str, author: Author, at: datetime) -> Person:
    return Person(
        workspace_id=workspace_id,
        platform=platform,
        scope=scope,
        platform_user_id=storable(author.id),
        name=storable(author.name) if author.name else None,
        handle=storable(author.handle) if author.handle else None,
        avatar_url=storable(author.avatar_url) if author.avatar_url else None,
        language=storable(author.language) if author.language else None,
        seen_at=at,
    )


async def _apply_effects(
    connection: Connection, batch: Sequence[Normalized], ingested: Ingested, now: datetime
) -> None:
    """Edits, deletions, reactions and receipts; first those that had waited for what has just arrived."""
    erases = {each.raw.account_id: each.adapter.manifest.erases_deleted for each in batch if each.adapter}
    arrived = [(ws, account, erases[account], target) for ws, account, target in ingested.arrived]
    new = {key[1] for key in ingested.new_conversations}
    arrived += [
        (thread[0], thread[1], erases[thread[1]], thread_target(thread[2], thread[3]))
        for thread, conversation in ingested.threads.items()
        if conversation[1] in new
    ]
    await release_waiting(connection, arrived, now, ingested.touched)
    effects = [
        Effect(
            each.raw.workspace_id, each.raw.account_id, erases[each.raw.account_id], _sane(event, each.raw)
        )
        for each in batch
        for event in each.events
        if isinstance(event, Edit | Deletion | Reaction | Receipt)
    ]
    if effects:
        await apply_effects(connection, effects, now, ingested.touched)
    await _move_and_reach(connection, batch, ingested.touched, now)


def _sane(
    event: Edit | Deletion | Reaction | Receipt, raw: ClaimedRaw
) -> Edit | Deletion | Reaction | Receipt:
    at = sane_time(event.at, raw.received_at)
    return event if at == event.at else msgspec.structs.replace(event, at=at)


async def _move_and_reach(
    connection: Connection, batch: Sequence[Normalized], touched: Touched, now: datetime
) -> None:
    reached: list[tuple[UUID, str, str, str, bool, datetime]] = []
    for each in batch:
        for event in each.events:
            if isinstance(event, ThreadMoved):
                workspace, account = each.raw.workspace_id, each.raw.account_id
                moved = await inbox.MOVE_THREADS.all(
                    connection, workspace, account, storable(event.old), storable(event.new), now
                )
                touched.conversations.update((workspace, row[0]) for row in moved)
            elif isinstance(event, Reachability) and each.route is not None:
                person = (each.raw.workspace_id, each.route.platform, _scope(each), storable(event.author.id))
                reached.append((*person, event.reachable, event.at))
    if reached:
        await _reach(connection, reached, touched)


async def _reach_writers(
    connection: Connection, arrivals: Sequence[Arrival], people: Mapping[PersonKey, Identified]
) -> None:
    """The conversations that they wrote in are shown anew anyway."""
    wrote: dict[tuple[UUID, UUID], datetime] = {}
    for arrival in arrivals:
        author = arrival.event.author
        key = (arrival.workspace_id, arrival.platform, arrival.scope, storable(author.id))
        writer = None if author.us else people.get(key)
        if writer is not None and not writer.reachable:
            place = (arrival.workspace_id, writer.id)
            wrote[place] = max(arrival.at, wrote.get(place, arrival.at))
    if wrote:
        await customers.WROTE_AGAIN.run(connection, *columns([(*key, at) for key, at in wrote.items()], 3))


async def _reach(
    connection: Connection, reached: Sequence[tuple[UUID, str, str, str, bool, datetime]], touched: Touched
) -> None:
    latest = {row[:4]: row for row in sorted(reached, key=lambda row: (row[5], row[4]))}
    changed = await customers.SET_REACHABLE.all(connection, *columns(list(latest.values()), 6))
    for workspace in {row[0] for row in latest.values()}:
        rows = await inbox.LIVE_OF_IDENTITIES.all(connection, workspace, [row[0] for row in changed])
        touched.conversations.update((row[0], row[1]) for row in rows)


async def _recount(
    connection: Connection, touched: Touched, new: set[tuple[UUID, UUID]], now: datetime
) -> None:
    """Figures of conversations in which something else than the newest message changed."""
    if touched.recount:
        keys = columns(sorted(touched.recount, key=str), 2)
        await inbox.RECOUNT.run(connection, *keys, now)
        await inbox.FOLLOW_TAGS.run(connection, *keys)
        touched.conversations |= touched.recount
    touched.conversations |= new


async def _account_facts(
    hark: Hark, connection: Connection, batch: Sequence[Normalized], now: datetime
) -> dict[UUID, list[Fact]]:
    """What the platform says about a connection itself."""
    facts: dict[UUID, list[Fact]] = defaultdict(list)
    for each in batch:
        for event in each.events:
            if isinstance(event, AccountNotice):
                state = dict(event.state)
                if event.alert is not None:
                    state["alert"] = {"code": event.code, "at": event.at, "sentence": event.alert}
                workspace = each.raw.workspace_id
                row = await merge_state(connection, workspace, each.raw.account_id, state, now)
                if row is not None:
                    facts[workspace].append(account_fact(row, hark.registry, hark.settings.address, now))
    return facts


def _asked(batch: Sequence[Normalized]) -> frozenset[UUID]:
    """A notification that only says that there is something asks for a look."""
    return frozenset(
        each.raw.account_id
        for each in batch
        for event in each.events
        if isinstance(event, AccountNotice) and event.fetch
    )


async def _facts(
    connection: Connection, ingested: Ingested, facts: dict[UUID, list[Fact]], now: datetime
) -> dict[UUID, list[Fact]]:
    """Messages first, then the conversations as they are after all of them."""
    messages: dict[UUID, set[UUID]] = defaultdict(set)
    conversations: dict[UUID, set[UUID]] = defaultdict(set)
    for workspace, message in ingested.touched.messages | ingested.new_messages:
        messages[workspace].add(message)
    for workspace, conversation in ingested.touched.conversations:
        conversations[workspace].add(conversation)
    for workspace in messages.keys() | conversations.keys():
        for shown in await load_messages(connection, workspace, messages[workspace]):
            added = (workspace, shown.id) in ingested.new_messages
            kind: FactKind = "message.added" if added else "message.changed"
            facts[workspace].append(fact_of(kind, now, shown, conversation_id=shown.conversation_id))
        for case in await load_conversations(connection, workspace, conversations[workspace]):
            facts[workspace].append(fact_of("conversation.changed", now, case, conversation_id=case.id))
    return facts


async def _keep_posts(
    connection: Connection, arrivals: Sequence[Arrival], facts: dict[UUID, list[Fact]], now: datetime
) -> None:
    """What comments stand under, as far as they tell."""
    changed = await keep_posts(connection, arrivals, now)
    for workspace in {row[0] for row in changed}:
        ids = [post for owner, post in changed if owner == workspace]
        facts[workspace] += await post_facts(connection, workspace, ids, now)


async def _quarantine_facts(
    connection: Connection, batch: Sequence[Normalized], facts: dict[UUID, list[Fact]], now: datetime
) -> None:
    for workspace in {each.raw.workspace_id for each in batch if each.reason is not None}:
        count: int = await intake.COUNT_QUARANTINED.value(connection, workspace)
        facts[workspace].append(fact_of("quarantine.changed", now, {"count": count}))


async def _finish(connection: Connection, batch: Sequence[Normalized], now: datetime) -> None:
    rows = [
        (
            each.raw.id,
            "quarantined" if each.reason is not None else "ignored" if each.ignored is not None else "done",
            each.reason or each.ignored,
            each.detail,
        )
        for each in batch
    ]
    await intake.FINISH.run(connection, *columns(rows, 4), now)


def _last_events(claimed: Sequence[ClaimedRaw]) -> list[tuple[UUID, UUID, datetime]]:
    latest: dict[tuple[UUID, UUID], datetime] = {}
    for raw in claimed:
        if raw.origin in LIVE:
            key = (raw.workspace_id, raw.account_id)
            latest[key] = max(raw.received_at, latest.get(key, raw.received_at))
    return [(*key, at) for key, at in latest.items()]
