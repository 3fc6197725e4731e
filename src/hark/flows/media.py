"""Files of messages: fetched after ingest by their own queue, looked at, stored, shown; removed when
withdrawn.

A message never waits for its files, and a file that cannot be had costs nothing but itself.
"""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from datetime import datetime, timedelta
from random import random
from uuid import UUID

import msgspec

from hark import journal
from hark.channels.accounts.loading import load_open_account
from hark.channels.contract import MediaRequest, PlatformProblem, TryAgain
from hark.delivery.backoff import usable
from hark.flows.context import Hark
from hark.flows.conversations import message_facts
from hark.flows.tokens import with_fresh_token
from hark.inbox.files.sniff import Sniffed, make_thumbnail, sniff
from hark.inbox.media import repository
from hark.inbox.media.repository import Pending
from hark.inbox.posts import repository as posts
from hark.infra.bus import FACTS, MEDIA
from hark.infra.db import Connection, Statement
from hark.infra.http import AddressRefused, Answer, AnswerTooLarge, CallFailed, GuardedHttp
from hark.infra.telemetry import MEDIA_FILES, logger
from hark.journal import fact_of
from hark.kernel.errors import Invalid, Unavailable
from hark.kernel.waiting import first_of

AT_ONCE = 4
"""Files on the way at the same time; each is held in memory once."""
PER_ACCOUNT = 2
"""Of them, so that one dead store of files leaves places for others."""
TRIES = 3
"""Reliability row P8."""
WAITS = (5.0, 60.0)
"""Seconds before the second and the third try."""
FETCH_CAP = 60.0
"""Seconds for one file."""
LEASE = timedelta(seconds=150)
"""Longer than fetching, looking and storing together."""
IDLE = 30.0

_GONE = frozenset({403, 404, 410})
_PICTURED = frozenset({"image", "video", "audio", "sticker"})

log = logger(__name__)


class Lost(Exception):
    """The file cannot be had. `code` is stored; `final` ones are not tried again; `skipped` was our
    choice."""

    def __init__(
        self, code: str, *, final: bool = False, skipped: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.final = final
        self.skipped = skipped
        self.retry_after = retry_after


class _Shift(msgspec.Struct):
    tasks: set[asyncio.Task[None]] = msgspec.field(default_factory=set)
    accounts: Counter[UUID] = msgspec.field(default_factory=Counter)


async def media_loop(hark: Hark, stop: asyncio.Event) -> None:
    """Fetches what waits until `stop`: woken by hints, by files that are done, and by the next due time."""
    wake = asyncio.Event()
    unsubscribe = hark.bus.subscribe(MEDIA, lambda _: wake.set())
    shift = _Shift()
    try:
        while not stop.is_set():
            wake.clear()
            try:
                await remove_withdrawn(hark)
                pause = await _start_due(hark, shift, wake)
            except Unavailable:
                pause = 1.0
            await first_of(wake, stop, timeout=pause)
    finally:
        unsubscribe()
        for task in shift.tasks:
            task.cancel()
        await asyncio.gather(*shift.tasks, return_exceptions=True)


async def fetch_due(hark: Hark) -> int:
    """Fetches everything that is due at the clock's present moment; gives the number of tries. For tests
    and tools."""
    shift, wake, tries = _Shift(), asyncio.Event(), 0
    await remove_withdrawn(hark)
    while True:
        await _start_due(hark, shift, wake)
        if not shift.tasks:
            return tries
        tries += len(shift.tasks)
        await asyncio.gather(*shift.tasks)


async def remove_withdrawn(hark: Hark) -> int:
    """Removes the bytes of withdrawn messages. The file goes first: a kill in between leaves a row to try
    again."""
    async with hark.db.connection() as connection:
        rows = await repository.WITHDRAWN.all(connection, 100)
    for row in rows:
        for key in (row.blob_key, row.thumbnail_key):
            if key is not None:
                await hark.blobs.delete(key)
        async with hark.db.transaction() as connection:
            await repository.FORGET.run(connection, row.workspace_id, row.id)
    return len(rows)


async def _start_due(hark: Hark, shift: _Shift, wake: asyncio.Event) -> float:
    """Starts what may start; gives the seconds until something more may."""
    now = hark.clock()
    async with hark.db.transaction() as connection:
        claimed = await _claim(connection, shift, now)
        due_at: datetime | None = await repository.NEXT_DUE.value(connection, now)
    for pending in claimed:
        _start(hark, shift, wake, pending)
    return IDLE if due_at is None else max(0.01, min(IDLE, (due_at - now).total_seconds()))


async def _claim(connection: Connection, shift: _Shift, now: datetime) -> list[Pending]:
    """One after the other, so that an account keeps within its places however many of its files are due."""
    claimed: list[Pending] = []
    busy = shift.accounts.copy()
    while len(shift.tasks) + len(claimed) < AT_ONCE:
        full = [account for account, count in busy.items() if count >= PER_ACCOUNT]
        pending = await repository.CLAIM.find(connection, now, now + LEASE, full)
        if pending is None:
            break
        claimed.append(pending)
        busy[pending.account_id] += 1
    return claimed


def _start(hark: Hark, shift: _Shift, wake: asyncio.Event, pending: Pending) -> None:
    task = asyncio.create_task(_fetch(hark, pending))
    shift.tasks.add(task)
    shift.accounts[pending.account_id] += 1

    def ended(_: asyncio.Task[None]) -> None:
        shift.tasks.discard(task)
        shift.accounts[pending.account_id] -= 1
        wake.set()

    task.add_done_callback(ended)


async def _fetch(hark: Hark, pending: Pending) -> None:
    """One file from its address to its place. A failure of our own leaves the lease to run out."""
    try:
        try:
            if pending.attempts > TRIES:
                raise Lost("interrupted", final=True)  # every worker that tried it was cut off
            content = await _download(hark, pending)
            await _store(hark, pending, content)
            MEDIA_FILES.labels("stored").inc()
        except Lost as lost:
            await _give_up_or_wait(hark, pending, lost)
            MEDIA_FILES.labels(lost.code).inc()
    except Exception:
        log.exception("a file was left to be taken up again", attachment=str(pending.id))


async def _download(hark: Hark, pending: Pending) -> bytes:
    most = hark.settings.media_max_mb * 1024 * 1024
    if pending.size is not None and pending.size > most:
        raise Lost("too_large", final=True, skipped=True)
    if pending.source_url is not None and pending.source_url.startswith("data:"):
        return _inside(pending.source_url, most)
    try:
        async with asyncio.timeout(FETCH_CAP):
            request, http = await _locate(hark, pending)
            answer = await http.call(
                "GET",
                request.url,
                headers=request.headers,
                timeout=FETCH_CAP,
                max_bytes=min(most, request.max_bytes),
            )
    except AnswerTooLarge as error:
        raise Lost("too_large", final=True, skipped=True) from error
    except AddressRefused as error:
        raise Lost("address_refused", final=True) from error
    except (CallFailed, TimeoutError) as error:
        raise Lost("not_reached") from error
    return _checked(pending, answer)


def _inside(address: str, most: int) -> bytes:
    """The content of a `data:` address: a file that came inside its message."""
    kind, _, text = address.partition(",")
    try:
        content = base64.b64decode(text, validate=True) if kind.endswith(";base64") else b""
    except ValueError:
        content = b""
    if not content:
        raise Lost("empty", final=True)
    if len(content) > most:
        raise Lost("too_large", final=True, skipped=True)
    return content


async def _locate(hark: Hark, pending: Pending) -> tuple[MediaRequest, GuardedHttp]:
    """Where the file is now; addresses that platforms give out on demand are asked for anew at every try."""
    async with hark.db.connection() as connection:
        opened = await load_open_account(connection, hark.secrets, pending.account_id)
    adapter = hark.registry.load(opened.platform)
    further = tuple(host.strip() for host in hark.settings.media_hosts.split(",") if host.strip())
    base_url = opened.account.base_url(adapter.manifest.base_url)
    http = hark.http.allowing((*adapter.manifest.hosts, *further), base_url, *opened.account.addresses)
    locate_media, file_id = adapter.locate_media, pending.file_id
    if file_id is None or locate_media is None:
        if pending.source_url is None:
            raise Lost("no_address", final=True)
        return MediaRequest(url=pending.source_url), http
    try:
        located = await with_fresh_token(
            hark, adapter, opened.account, lambda account, _: locate_media(file_id, account, http)
        )
    except TryAgain as problem:
        raise Lost(problem.code, retry_after=usable(problem.retry_after)) from problem
    except PlatformProblem as problem:
        raise Lost(problem.code, final=True) from problem
    return located, http


def _checked(pending: Pending, answer: Answer) -> bytes:
    if answer.status in _GONE:
        raise Lost("expired", final=pending.file_id is None)
    if answer.status != 200:
        raise Lost(f"status_{answer.status}", retry_after=_seconds(answer.headers.get("retry-after")))
    if not answer.body:
        raise Lost("empty")
    if pending.kind in _PICTURED and _is_page(answer.body):
        raise Lost("not_a_file")
    return answer.body


def _seconds(header: str | None) -> float | None:
    try:
        return usable(float(header)) if header else None
    except ValueError:
        return None


def _is_page(content: bytes) -> bool:
    """A store of files that answers 200 with its error page."""
    return content[:256].lstrip().lower().startswith((b"<!doctype html", b"<html"))


async def _store(hark: Hark, pending: Pending, content: bytes) -> None:
    sniffed, small = await _look(content)
    key = f"{pending.workspace_id}/{pending.id}"
    small_key = None if small is None else f"{key}-thumbnail"
    await hark.blobs.put(key, content, sniffed.mime_type)
    if small is not None and small_key is not None:
        await hark.blobs.put(small_key, small, "image/webp")
    values = (key, small_key, sniffed.mime_type, len(content), sniffed.width, sniffed.height)
    if await _settle(hark, pending, repository.STORE, *values):
        return
    for each in (key, small_key):  # withdrawn while it was on the way
        if each is not None:
            await hark.blobs.delete(each)


async def _settle(hark: Hark, pending: Pending, statement: Statement[None], *values: object) -> bool:
    """Ends the fetching of a file, and tells it with its message. False when it no longer was to be
    fetched."""
    if pending.message_id is None:
        return await _settle_picture(hark, pending, statement, *values)
    now, message = hark.clock(), (pending.workspace_id, pending.message_id)
    async with hark.db.transaction() as connection:
        await repository.LOCK_MESSAGE.find(connection, *message)
        if not await statement.run(connection, pending.workspace_id, pending.id, *values):
            return False
        await repository.TOUCH_MESSAGE.run(connection, *message, now)
        facts = await message_facts(connection, pending.workspace_id, [pending.message_id], now)
        await journal.record(connection, pending.workspace_id, facts)
    hark.bus.publish(FACTS, str(pending.workspace_id))
    return True


async def _settle_picture(hark: Hark, pending: Pending, statement: Statement[None], *values: object) -> bool:
    """The picture of a post is told with the post."""
    now, post = hark.clock(), (pending.workspace_id, pending.post_id)
    async with hark.db.transaction() as connection:
        await posts.TOUCH.run(connection, *post, now)
        if not await statement.run(connection, pending.workspace_id, pending.id, *values):
            return False
        shown = await posts.LOAD.all(connection, pending.workspace_id, [pending.post_id])
        facts = [fact_of("post.changed", now, each) for each in shown]
        await journal.record(connection, pending.workspace_id, facts)
    hark.bus.publish(FACTS, str(pending.workspace_id))
    return True


async def _look(content: bytes) -> tuple[Sniffed, bytes | None]:
    """What the bytes are, and a small picture of them. A picture that would take too much memory is
    refused."""
    try:
        sniffed = await sniff(content)
    except Invalid as error:
        raise Lost(error.code, final=True, skipped=True) from error
    small = await make_thumbnail(content) if sniffed.kind == "image" else None
    return sniffed, small


async def _give_up_or_wait(hark: Hark, pending: Pending, lost: Lost) -> None:
    if lost.final or pending.attempts >= TRIES:
        await _settle(hark, pending, repository.CLOSE, "skipped" if lost.skipped else "failed", lost.code)
        return
    wait = lost.retry_after if lost.retry_after is not None else WAITS[pending.attempts - 1]
    again_at = hark.clock() + timedelta(seconds=wait * (1 + random() / 4))  # noqa: S311 - jitter, no secret
    async with hark.db.transaction() as connection:
        await repository.TRY_AGAIN.run(connection, pending.workspace_id, pending.id, again_at)
