"""A live client that comes back after every kill and resumes where it was, as the page does."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

import websockets

from hark.infra.db import Database
from hark.journal import last_seq
from tests.support.people import Person
from tests.support.waiting import until


class Watcher:
    """`messages` and `conversations` are what the facts made of an empty page; `gaps` are numbers that did not follow."""

    def __init__(self, address: str, person: Person, workspace_id: UUID) -> None:
        self.seq = 0
        self.connections = 0
        self.gaps: list[tuple[int, int]] = []
        self.reloads = 0
        self.messages: dict[str, dict[str, Any]] = {}
        self.conversations: dict[str, dict[str, Any]] = {}
        self._address = address
        self._person = person
        self._workspace_id = workspace_id
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep_watching())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def until_level(self, db: Database, within: float) -> None:
        """Waits until the client has heard of everything."""
        if self._task is None:
            return

        async def level() -> bool:
            assert self._task is not None
            assert not self._task.done(), self._task.exception()
            async with db.connection() as connection:
                return self.seq == await last_seq(connection, self._workspace_id)

        try:
            await until(level, within=within, every=0.1)
        except AssertionError:
            async with db.connection() as connection:
                last = await last_seq(connection, self._workspace_id)
            raise AssertionError(f"the live client is at {self.seq} of {last}; gaps: {self.gaps}") from None

    async def _keep_watching(self) -> None:
        headers = {"cookie": f"hark_session={self._person.token}"}
        origin = websockets.Origin(self._address.replace("127.0.0.1", "http://localhost"))
        while True:
            try:
                async with websockets.connect(
                    f"ws://{self._address}/api/v1/live",
                    additional_headers=headers,
                    origin=origin,
                    max_queue=4096,
                    max_size=None,
                    open_timeout=5,
                ) as socket:
                    self.connections += 1
                    await socket.send(json.dumps({"type": "resume", "seq": self.seq}))
                    async for data in socket:
                        self._hear(json.loads(data))
            except websockets.InvalidStatus as refusal:
                if refusal.response.status_code != 503:
                    raise
            except (OSError, EOFError, websockets.WebSocketException, TimeoutError):
                pass
            await asyncio.sleep(0.1)

    def _hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "reload":
            self.reloads += 1
        if "seq" not in frame or frame["type"] in {"hello", "reload"}:
            return
        if frame["seq"] != self.seq + 1:
            self.gaps.append((self.seq, frame["seq"]))
        self.seq = frame["seq"]
        state, kind = frame.get("data"), frame["type"]
        if kind in {"message.added", "message.changed"}:
            self.messages[state["id"]] = state
        elif kind == "message.removed":
            self.messages.pop(state["id"], None)
        elif kind == "conversation.changed":
            self.conversations[state["id"]] = state
