"""A Jetstream (version 2) over a real server's firehose, put together by the atproto SDK: there is none in the registries."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from atproto import CAR, AsyncFirehoseSubscribeReposClient, models, parse_subscribe_repos_message
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

PATH = "/xrpc/network.bsky.jetstream.subscribeEvents"
COMMIT = "network.bsky.jetstream.subscribeEvents#commit"


class Bridge:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.changed = asyncio.Event()

    async def take(self, frame: Any) -> None:
        commit = parse_subscribe_repos_message(frame)
        if not isinstance(commit, models.ComAtprotoSyncSubscribeRepos.Commit):
            return
        blocks = CAR.from_bytes(commit.blocks).blocks if commit.blocks else {}
        for op in commit.ops:
            collection, _, rkey = op.path.partition("/")
            told = {
                "$type": COMMIT,
                "seq": len(self.events) + 1,
                "did": commit.repo,
                "time": commit.time.replace("Z", "000Z"),
                "rev": commit.rev,
                "operation": op.action,
                "collection": collection,
                "rkey": rkey,
            }
            if op.cid:
                told |= {"cid": str(op.cid), "record": _jsonable(blocks[op.cid])}
            self.events.append(told)
        self.changed.set()
        self.changed = asyncio.Event()

    async def tell(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        query = parse_qs(urlsplit(connection.request.path).query)
        collections = query.get("collections", [])
        at = int(query["cursor"][0]) - 1 if "cursor" in query else len(self.events)
        gone = asyncio.create_task(connection.wait_closed())
        with contextlib.suppress(ConnectionClosed):
            while not gone.done():
                changed = asyncio.create_task(self.changed.wait())
                for event in self.events[at:]:
                    at += 1
                    if not collections or event["collection"] in collections:
                        await connection.send(json.dumps({"$type": "message", "payload": event}))
                await asyncio.wait([gone, changed], return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_jsonable(child) for child in value]
    return value if isinstance(value, str | int | float | bool | None) else {"$link": str(value)}


@asynccontextmanager
async def bridge(pds: str) -> AsyncIterator[str]:
    """The address of the Jetstream."""
    held = Bridge()
    base = pds.replace("http", "ws") + "/xrpc"
    firehose = AsyncFirehoseSubscribeReposClient(base_uri=base)
    reading = asyncio.create_task(firehose.start(held.take))
    async with serve(held.tell, "127.0.0.1", 0, subprotocols=["xrpc.v1.json"]) as server:  # type: ignore[list-item]
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}{PATH}"
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
