"""Real servers on loopback for one test: the stand-in, and a receiver of its webhooks."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import uvicorn

from hark.standins.telegram import DEFAULT_TOKEN, Settings, World, create_app

DEADLINE = 10.0


@contextlib.asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The application's address while the context lasts."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="on")
    )
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await running


async def until(condition: Callable[[], Any], seconds: float = DEADLINE) -> None:
    """Polls until the condition holds; fails after a deadline."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - conditions of all kinds, and no event that tells of them
            await asyncio.sleep(0.005)


class StandIn:
    """A stand-in with a client: `call` as a bot, `play` as the people on the other side."""

    def __init__(self, url: str, client: httpx.AsyncClient, world: World) -> None:
        self.url = url
        self.world = world
        self.client = client

    async def call(self, method: str, token: str = DEFAULT_TOKEN, **parameters: Any) -> dict[str, Any]:
        answer = await self.client.post(f"{self.url}/bot{token}/{method}", json=parameters)
        body: dict[str, Any] = answer.json()
        assert body["ok"] == (answer.status_code == 200)
        assert body.get("error_code", 200) == answer.status_code
        return body

    async def result(self, method: str, **parameters: Any) -> Any:
        body = await self.call(method, **parameters)
        assert body["ok"], body
        return body["result"]

    async def refusal(self, method: str, **parameters: Any) -> tuple[int, str]:
        body = await self.call(method, **parameters)
        return body["error_code"], body["description"]

    async def play(self, what: str, given: Any = None, **values: Any) -> Any:
        answer = await self.client.post(
            f"{self.url}/_control/{what}", json=values if given is None else given
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def look(self, what: str, **query: Any) -> Any:
        answer = await self.client.get(f"{self.url}/_control/{what}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextlib.asynccontextmanager
async def stand_in(settings: Settings | None = None, world: World | None = None) -> AsyncIterator[StandIn]:
    app = create_app(settings or Settings(delay_scale=0.01), world)
    async with served(app) as url, httpx.AsyncClient(timeout=DEADLINE, trust_env=False) as client:
        yield StandIn(url, client, app.world)


class Receiver:
    """A webhook's address: keeps what came and answers as `behave` says (200 by default)."""

    def __init__(
        self, behave: Callable[[dict[str, Any]], Awaitable[tuple[int, dict[str, str]]]] | None = None
    ) -> None:
        self.updates: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self._behave = behave

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        update = json.loads(body)
        headers = dict(scope["headers"])
        secret = headers.get(b"x-telegram-bot-api-secret-token")
        self.secrets.append(secret.decode() if secret else None)
        status, more = await self._behave(update) if self._behave else (200, {})
        self.updates.append(update)
        fields = [(name.encode(), value.encode()) for name, value in more.items()]
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0"), *fields]}
        )
        await send({"type": "http.response.body", "body": b""})
