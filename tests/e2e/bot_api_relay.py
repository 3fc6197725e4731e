"""Between the program and a Bot API server that knows no secret tokens: calls pass through unchanged, except that
`setWebhook` names the relay's own address; what the server then posts there goes on to the program with the
secret that it gave.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
from litestar import Litestar, Request, Response, post
from litestar.params import FromPath


class Relay:
    """`server` is the Bot API server's address; `address` the relay's own, known once it is served."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.address = ""
        self.webhook = ""
        self.secret = ""
        self.posted: list[int] = []
        self._client = httpx.AsyncClient(timeout=10, trust_env=False)

    async def call(self, token: str, method: str, given: dict[str, Any]) -> httpx.Response:
        if method == "setWebhook":
            self.webhook, self.secret = given["url"], given["secret_token"]
            given = {"url": f"{self.address}/webhook"}
        return await self._client.post(f"{self.server}/bot{token}/{method}", json=given)

    async def hand_on(self, body: bytes) -> None:
        headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": self.secret}
        answer = await self._client.post(self.webhook, content=body, headers=headers)
        self.posted.append(answer.status_code)


def create_relay(relay: Relay) -> Litestar:
    @post("/webhook", status_code=200)
    async def webhook(request: Request[Any, Any, Any]) -> None:
        await relay.hand_on(await request.body())

    @post("/{bot:str}/{method:str}")
    async def call(
        bot: FromPath[str], method: FromPath[str], request: Request[Any, Any, Any]
    ) -> Response[bytes]:
        given = json.loads(await request.body() or b"{}")
        answer = await relay.call(bot.removeprefix("bot"), method, given)
        return Response(answer.content, status_code=answer.status_code, media_type="application/json")

    return Litestar([webhook, call], openapi_config=None, logging_config=None)
