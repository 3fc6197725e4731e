"""An agent at work: a workspace on the fake platform, customers who write, replies, and what the database then says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from hark.channels.accounts import loading
from hark.flows.context import Hark
from hark.flows.inbound import ingest_pending
from hark.flows.reply import ReplyDraft, queue_reply
from hark.inbox import repository as inbox
from hark.inbox.models import Conversation, Message
from hark.inbox.snapshots import load_conversations, load_messages
from hark.infra.db import Database
from hark.journal import read_facts
from hark.kernel.clock import FixedClock
from hark.kernel.ids import new_id
from hark.workspaces.rights import Actor, user_actor
from tests.support.fake_platform import FakePlatform
from tests.support.program import Connected, compose, connect, receive
from tests.support.sandbox_events import BASE, body, dm

START = datetime.fromtimestamp(BASE / 1000, UTC) + timedelta(minutes=1)


class Desk(msgspec.Struct):
    """One workspace, one account, one agent."""

    hark: Hark
    clock: FixedClock
    fake: FakePlatform
    account: Connected
    agent: Actor
    number: int = 0

    async def hear(self, text: str = "Hello?", *, by: str = "mara") -> UUID:
        """A customer writes a direct message now; gives the conversation."""
        self.number += 1
        at = int(self.clock().timestamp() * 1000) - BASE
        await self.post(dm(self.number, text, by=by, at=at))
        return await self.conversation_of(f"p-{by}")

    async def comment(self, text: str, *, by: str = "mara", post: str = "post-1") -> UUID:
        """A customer comments now; gives the conversation."""
        self.number += 1
        at = int(self.clock().timestamp() * 1000) - BASE
        written = dm(self.number, text, by=by, at=at, thread=post, partner=None, post={"id": post})
        await self.post({**written, "kind": "comment"})
        return await self.conversation_of(post)

    async def post(self, *events: dict[str, Any]) -> None:
        account = self.account.platform_account_id
        await receive(self.hark, self.account, body(*events, account=account))
        while (await ingest_pending(self.hark)).claimed:
            pass

    async def conversation_of(self, thread: str) -> UUID:
        async with self.hark.db.connection() as connection:
            found: UUID = await connection.fetchval(
                "SELECT id FROM conversation WHERE account_id = $1 AND thread_key = $2 ORDER BY live DESC",
                self.account.account_id,
                thread,
            )
        return found

    async def say(
        self,
        conversation: UUID,
        text: str = "",
        *,
        key: str | None = None,
        agent: Actor | None = None,
        **draft: Any,
    ) -> list[Message]:
        """The agent replies."""
        self.number += 1
        async with self.hark.db.transaction() as connection:
            return await queue_reply(
                self.hark,
                connection,
                agent or self.agent,
                conversation,
                ReplyDraft(content=text, **draft),
                key or f"key-{self.number}",
            )

    async def upload(
        self, kind: str = "image", mime: str = "image/png", size: int = 10, name: str = "a.png"
    ) -> UUID:
        upload = new_id(self.clock())
        key = f"{self.account.workspace_id}/{upload}"
        await self.hark.blobs.put(key, b"x" * size, mime)
        async with self.hark.db.transaction() as connection:
            await connection.execute(
                """
                INSERT INTO attachment (workspace_id, id, kind, name, mime_type, size, state, blob_key, uploaded_by,
                                        created_at)
                VALUES ($1, $2, $3, $4, $5, $6, 'stored', $7, $8, $9)
                """,
                self.account.workspace_id,
                upload,
                kind,
                name,
                mime,
                size,
                key,
                self.agent.user_id,
                self.clock(),
            )
        return upload

    async def message(self, message: UUID) -> Message:
        async with self.hark.db.connection() as connection:
            return (await load_messages(connection, self.account.workspace_id, [message]))[0]

    async def messages(self, conversation: UUID, direction: str = "outbound") -> list[Message]:
        async with self.hark.db.connection() as connection:
            rows = await connection.fetch(
                """
                SELECT id FROM message WHERE conversation_id = $1 AND direction = $2 AND kind = 'message'
                ORDER BY "timestamp", position, id
                """,
                conversation,
                direction,
            )
            found = await load_messages(connection, self.account.workspace_id, [row[0] for row in rows])
        order = [row[0] for row in rows]
        return sorted(found, key=lambda each: order.index(each.id))

    async def conversation(self, conversation: UUID) -> Conversation:
        async with self.hark.db.connection() as connection:
            return (await load_conversations(connection, self.account.workspace_id, [conversation]))[0]

    async def statuses(self) -> dict[str, int]:
        """How many outbound messages have which status."""
        return dict(
            await self.rows(
                "SELECT delivery_status, count(*) FROM message WHERE direction = 'outbound' GROUP BY 1 ORDER BY 1"
            )
        )

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        async with self.hark.db.connection() as connection:
            return [tuple(row) for row in await connection.fetch(sql, *values)]

    async def set_account(self, status: str) -> None:
        async with self.hark.db.transaction() as connection:
            await connection.execute(
                "UPDATE channel_account SET status = $2 WHERE id = $1", self.account.account_id, status
            )
        loading.forget(self.account.account_id)

    async def set_undo(self, seconds: int) -> None:
        async with self.hark.db.transaction() as connection:
            await connection.execute("UPDATE workspace SET settings = $1", {"undo_seconds": seconds})


async def open_desk(
    db: Database,
    folder: Path,
    fake: FakePlatform,
    clock: FixedClock,
    *,
    undo: int = 0,
    fields: dict[str, str] | None = None,
    **settings: Any,
) -> Desk:
    hark = compose(db, folder, fake.adapter, clock=clock)
    hark = msgspec.structs.replace(hark, settings=msgspec.structs.replace(hark.settings, **settings))
    account = await connect(hark, fake.adapter.manifest.platform, fields=fields)
    desk = Desk(
        hark, clock, fake, account, user_actor(new_id(clock()), "Noor", "agent", account.workspace_id)
    )
    await desk.set_undo(undo)
    return desk


async def check_counters(db: Database) -> None:
    """Every conversation's figures are those of a recount from its messages."""
    columns = "message_count, unread_count, last_arrival, last_inbound_at, last_outbound_at, waiting_since, "
    columns += "first_response_at, preview, preview_by, preview_type, last_message_at"
    async with db.connection() as connection:
        before = await connection.fetch(f"SELECT id, {columns} FROM conversation ORDER BY id")
        keys = await connection.fetch("SELECT workspace_id, id FROM conversation ORDER BY id")
        transaction = connection.transaction()
        await transaction.start()
        await inbox.RECOUNT.run(connection, [key[0] for key in keys], [key[1] for key in keys], START)
        after = await connection.fetch(f"SELECT id, {columns} FROM conversation ORDER BY id")
        await transaction.rollback()
    assert [dict(row) for row in before] == [dict(row) for row in after]


async def check_facts(desk: Desk) -> None:
    """A client that applied every fact has what a fresh load gives, for all messages and conversations."""
    workspace = desk.account.workspace_id
    async with desk.hark.db.connection() as connection:
        facts = await read_facts(connection, workspace, 0, 100_000)
        messages: dict[str, Any] = {}
        conversations: dict[str, Any] = {}
        for fact in facts:
            state = msgspec.json.decode(fact.body)
            if fact.kind in {"message.added", "message.changed"}:
                messages[state["id"]] = state
            elif fact.kind == "message.removed":
                messages.pop(state["id"], None)
            elif fact.kind == "conversation.changed":
                conversations[state["id"]] = state
        ids = [row[0] for row in await connection.fetch("SELECT id FROM message")]
        fresh = await load_messages(connection, workspace, ids)
        cases = [row[0] for row in await connection.fetch("SELECT id FROM conversation")]
        loaded = await load_conversations(connection, workspace, cases)
    assert [fact.seq for fact in facts] == list(range(1, len(facts) + 1))
    assert messages == _by_id(fresh)
    assert conversations == _by_id(loaded)


def _by_id(states: Sequence[Message | Conversation]) -> dict[str, Any]:
    return {str(state.id): msgspec.json.decode(msgspec.json.encode(state)) for state in states}
