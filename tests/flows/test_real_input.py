"""Every recorded webhook body, posted signed to the real receiver and ingested, is in the inbox as its adapter's expectation says
(that the expectations are those of the collection's index is shown in tests/adapters); repeats and any order change nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
import pytest

from hark.api.hooks import create_hooks
from hark.bootstrap.adapters import ADAPTERS
from hark.channels.accounts.loading import forget
from hark.channels.contract import (
    Adapter,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    RawItem,
    Reaction,
    Receipt,
    Unrecognized,
    Unsupported,
    Us,
)
from hark.flows.context import Hark
from hark.flows.inbound import ingest_pending
from hark.inbox.arrivals import sane_time
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.support.program import Connected, compose, connect
from tests.support.state import stored_state

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[3] / "shared")) / "fixtures"
OWN = Path(__file__).parents[1] / "adapters"
SECRET = "fixture-app-secret"
RECEIVED = datetime(2026, 11, 24, 12, tzinfo=UTC)
FOLDERS = {"x": "twitter"}
"""Where the collection names a platform otherwise."""


def _hub(body: bytes) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


def _token(body: bytes) -> dict[str, str]:
    return {"x-telegram-bot-api-secret-token": SECRET}


def _crc(body: bytes) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    return {"x-twitter-webhooks-signature": "sha256=" + base64.b64encode(digest).decode()}


def _prefixed(body: bytes) -> dict[str, str]:
    return {"x-li-signature": hmac.new(SECRET.encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()}


SIGNED: dict[str, Callable[[bytes], dict[str, str]]] = {
    "telegram": _token,
    "facebook": _hub,
    "instagram": _hub,
    "whatsapp": _hub,
    "x": _crc,
    "linkedin": _prefixed,
}
"""How each platform of the collection proves itself; the others are polled."""
PLATFORMS = {
    adapter.manifest.platform: adapter for adapter in ADAPTERS if adapter.manifest.platform in SIGNED
}


def bodies(platform: str, *, own: bool = True) -> dict[str, bytes]:
    """The shared collection where it is on this machine, and the repository's own fixtures."""
    shared = SHARED / FOLDERS.get(platform, platform)
    found = {}
    for folder in [OWN / platform / "fixtures", shared] if own else [shared]:
        for path in sorted(folder.glob("*.json")):
            if not path.name.startswith("crypto__"):
                found[f"{folder.parent.name}/{path.name}"] = path.read_bytes()
    return found


async def accounts(hark: Hark, adapter: Adapter, contents: Iterable[bytes]) -> list[Connected]:
    """One account for every id that the bodies name, in one workspace."""
    ids = {"7012345678"} if adapter.manifest.platform == "telegram" else set()
    for content in contents:
        ids |= {item.platform_account_id for item in adapter.split(content) if item.platform_account_id}
    keys = ("webhook_secret", "app_secret", "consumer_secret", "client_secret", "verify_token")
    platform = adapter.manifest.platform
    connected: list[Connected] = []
    for each in sorted(
        ids
    ):  # the same ids of ours in every run: they break ties between messages of one instant
        workspace = connected[0].workspace_id if connected else None
        ours = uuid5(NAMESPACE_URL, each)
        forget(ours)
        connected.append(
            await connect(
                hark, platform, each, dict.fromkeys(keys, SECRET), workspace_id=workspace, account_id=ours
            )
        )
    return connected


async def empty(db: Database) -> None:
    await db.pool.execute(
        """
        TRUNCATE workspace, fact, raw_event, waiting_event, customer, identity, conversation, message, message_version,
                 reaction, attachment CASCADE
        """
    )


async def post_all(hark: Hark, platform: str, account: Connected, contents: Iterable[bytes]) -> None:
    transport = httpx.ASGITransport(create_hooks(hark))
    async with httpx.AsyncClient(transport=transport, base_url="http://hark.test") as http:
        for content in contents:
            given = SIGNED[platform](content) | {"content-type": "application/json"}
            url = f"/webhooks/{platform}/{account.webhook_key}"
            answer = await http.post(url, content=content, headers=given)
            assert answer.status_code == 200, answer.text
            if random.random() < 0.3:
                await ingest_pending(hark, random.choice([1, 5, 500]))
    while (await ingest_pending(hark)).claimed:
        pass


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_every_recorded_body_is_in_the_inbox(db: Database, tmp_path: Path, platform: str) -> None:
    adapter = PLATFORMS[platform]
    hark = compose(db, tmp_path, adapter, clock=FixedClock(RECEIVED))
    contents = bodies(platform)
    whole = set(without_collisions(adapter, contents.values()))
    contents = {name: content for name, content in contents.items() if content in whole}
    assert len(contents) > 15
    connected = await accounts(hark, adapter, contents.values())
    await post_all(hark, platform, connected[0], contents.values())
    by_id = {each.platform_account_id: each for each in connected}
    for name, content in contents.items():
        for item in adapter.split(content):
            owner = by_id[item.platform_account_id] if item.platform_account_id else connected[0]
            try:
                events = read(adapter, item, owner)
            except Unrecognized:
                await check_quarantined(db, item, name)
                continue
            for event in events:
                await check(db, owner, event, name)
    pending = await db.pool.fetchval("SELECT count(*) FROM raw_event WHERE state = 'pending'")
    assert pending == 0


def read(adapter: Adapter, item: RawItem, owner: Connected) -> list[InboundEvent]:
    """As the account that received it."""
    if adapter.normalize_for is None:
        return adapter.normalize(item.payload, RECEIVED)
    return adapter.normalize_for(item.payload, RECEIVED, Us(owner.platform_account_id))


async def check_quarantined(db: Database, item: RawItem, name: str) -> None:
    """Only what was made up to be unknown; nothing that a platform really sends."""
    assert not name.startswith("fixtures/") or "unknown" in name, name
    row = await db.pool.fetchrow("SELECT state, reason FROM raw_event WHERE dedup_key = $1", item.dedup_key)
    assert (row["state"], row["reason"]) == ("quarantined", "unrecognized"), name


async def check(db: Database, owner: Connected, event: Any, name: str) -> None:
    if isinstance(event, Message):
        await check_message(db, owner, event, name)
    elif isinstance(event, Edit | Deletion | Reaction | Receipt):
        await check_effect(db, owner, event, name)
    elif isinstance(event, Ignored):
        reasons = await db.pool.fetch("SELECT DISTINCT reason FROM raw_event WHERE state = 'ignored'")
        assert event.reason in {row["reason"] for row in reasons}, name
    elif isinstance(event, Unsupported):
        shown = await db.pool.fetch("SELECT metadata FROM message WHERE content_type = 'unsupported'")
        assert event.payload in [row["metadata"].get("payload") for row in shown], name


async def check_message(db: Database, owner: Connected, event: Message, name: str) -> None:
    row = await db.pool.fetchrow(
        """
        SELECT m.*, c.source, c.thread_key,
               (SELECT count(*) FROM attachment a WHERE a.message_id = m.id AND a.state <> 'withdrawn') AS files
        FROM message m JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
        WHERE m.account_id = $1 AND m.platform_message_id = $2
        """,
        owner.account_id,
        event.group or event.id,
    )
    assert row is not None, f"{name}: {event.id} is missing"
    assert row["source"] == event.thread.source.value, name
    assert row["direction"] == ("outbound" if event.author.us else "inbound"), name
    if event.group is None:
        assert row["timestamp"] == sane_time(event.at, RECEIVED), name
    if row["deleted_at"] is None and row["edited_at"] is None:
        assert (event.text or "") in row["content"], name
        if event.group is None:
            assert row["files"] == len(event.attachments), name


async def check_effect(db: Database, owner: Connected, event: Any, name: str) -> None:
    """Applied where its message is, kept for it where it is not."""
    target = event.target
    if target is None:
        return
    found = await db.pool.fetchrow(
        "SELECT * FROM message WHERE account_id = $1 AND platform_message_id = $2", owner.account_id, target
    )
    waiting = await db.pool.fetchval(
        "SELECT count(*) FROM waiting_event WHERE account_id = $1 AND target = $2", owner.account_id, target
    )
    assert (found is None) == (waiting > 0), f"{name}: {target}"
    if found is not None and isinstance(event, Deletion):
        assert found["deleted_at"] is not None, name
    if found is not None and isinstance(event, Edit) and event.text is not None:
        assert found["edited_at"] is not None or found["deleted_at"] is not None, name


def without_collisions(adapter: Adapter, contents: Iterable[bytes]) -> list[bytes]:
    """Recorded bodies that carry one id with different contents, which no platform does, say nothing about order."""
    seen: dict[tuple[str | None, str], bytes] = {}
    kept = []
    for content in contents:
        items = adapter.split(content)
        if all(
            seen.get((each.platform_account_id, each.dedup_key), each.payload) == each.payload
            for each in items
        ):
            seen |= {(each.platform_account_id, each.dedup_key): each.payload for each in items}
            kept.append(content)
    return kept


@pytest.mark.skipif(not SHARED.is_dir(), reason="our own fixtures stand alone: many share ids and instants")
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_repeats_and_any_order_end_in_the_same_state(
    db: Database, tmp_path: Path, platform: str
) -> None:
    adapter = PLATFORMS[platform]
    hark = compose(db, tmp_path, adapter, clock=FixedClock(RECEIVED))
    contents = without_collisions(adapter, bodies(platform, own=False).values())
    states = []
    for seed in range(4):
        random.seed(seed)
        order = [content for content in contents for _ in range(1 if seed == 0 else random.randint(1, 3))]
        if seed:
            random.shuffle(order)
        await empty(db)
        connected = await accounts(hark, adapter, contents)
        await post_all(hark, platform, connected[0], order)
        async with db.connection() as connection:
            states.append(await stored_state(connection, connected[0].workspace_id))
    for state in states[1:]:
        for table, rows in state.items():
            names = [(row.get("thread_key"), row.get("platform_message_id")) for row in rows]
            assert names == [
                (row.get("thread_key"), row.get("platform_message_id")) for row in states[0][table]
            ]
            for row, first in zip(rows, states[0][table], strict=True):
                assert row == first, row.get("platform_message_id")
