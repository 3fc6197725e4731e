"""The server: `/bot<token>/<method>`, `/file/bot<token>/<path>` and `/_control/…`, as an ASGI application for loopback."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from hark.standins.telegram.control import Control
from hark.standins.telegram.delivery import Delivery
from hark.standins.telegram.errors import ApiError, bad
from hark.standins.telegram.faults import Faults, Rule
from hark.standins.telegram.limits import Limits
from hark.standins.telegram.methods import METHODS
from hark.standins.telegram.requests import MAX_BODY, Parameters, read_parameters
from hark.standins.telegram.subscriptions import DESCRIPTIONS, LOOPBACK, SUBSCRIPTIONS
from hark.standins.telegram.world import Bot, Settings, World

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BAD_GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    b"<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
)
TOO_LARGE = BAD_GATEWAY.replace(b"502 Bad Gateway", b"413 Request Entity Too Large")


class _Silent(Exception):
    """No answer: the connection is closed."""


class _Page(Exception):
    """An HTML page of the gateway in front."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class Server:
    def __init__(self, settings: Settings | None = None, world: World | None = None) -> None:
        self.world = world or World(settings)
        self.delivery = Delivery(self.world)
        self.faults = Faults()
        self.limits = Limits()
        self.control = Control(self.world, self.delivery, self.faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.delivery.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client is not None and client[0] not in LOOPBACK:
            await _answer(send, 403, b"loopback only", "text/plain")
            return
        try:
            status, body, kind = await self._route(scope, receive)
        except ApiError as error:
            headers = {"retry-after": str(error.parameters["retry_after"])} if error.status == 429 else {}
            await _answer(send, error.status, msgspec.json.encode(error.body()), headers=headers)
        except _Page as page:
            await _answer(send, page.status, page.body, "text/html")
        except _Silent:
            await _break(send)
        else:
            await _answer(send, status, body, kind)

    async def _route(self, scope: Scope, receive: Receive) -> tuple[int, bytes, str]:
        head, _, rest = scope["path"].lstrip("/").partition("/")
        if head == "_control":
            return await self._control(rest.rstrip("/"), scope, await _read(receive))
        if head == "file":
            return self._file(rest)
        if head.startswith("bot"):
            return await self._call(head.removeprefix("bot"), rest, scope, await _read(receive))
        raise ApiError(404)

    async def _control(self, path: str, scope: Scope, body: bytes) -> tuple[int, bytes, str]:
        run = self.control.find("calm" if (scope["method"], path) == ("DELETE", "faults") else path)
        if run is None:
            raise ApiError(404, "no such control")
        try:
            given = read_parameters("", scope["query_string"], b"").values
            if scope["method"] == "POST":
                given = msgspec.json.decode(body or b"{}")
            return _json(await run(given))
        except (KeyError, TypeError, ValueError) as error:
            raise bad(f"{type(error).__name__}: {error}") from error

    def _file(self, rest: str) -> tuple[int, bytes, str]:
        head, _, path = rest.partition("/")
        self.world.find_bot(head.removeprefix("bot"))
        file = self.world.paths.get(path)
        if file is None:
            raise ApiError(404)
        return 200, file.content, "application/octet-stream"

    async def _call(self, token: str, method: str, scope: Scope, body: bytes) -> tuple[int, bytes, str]:
        bot = self.world.find_bot(token)
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        parameters = read_parameters(headers.get("content-type", ""), scope["query_string"], body)
        note = {"bot": bot.id, "method": method, "parameters": parameters.values, "at": self.world.now()}
        self.world.calls.append(note | {"files": {k: v.name for k, v in parameters.files.items()}})
        entry = self.world.calls[-1]
        try:
            result = await self._carry_out(bot, method, parameters)
        except ApiError as error:
            entry["status"] = error.status
            raise
        except _Page as page:
            entry["status"] = page.status
            raise
        entry["status"] = 200
        told = {"description": DESCRIPTIONS[method.lower()]} if method.lower() in DESCRIPTIONS else {}
        return _json({"ok": True, "result": result, **told})

    async def _carry_out(self, bot: Bot, method: str, parameters: Parameters) -> Any:
        chat = (
            parameters.find_number("chat_id") if parameters.text("chat_id").lstrip("-").isdecimal() else None
        )
        rule = self.faults.take(method, chat, self.world.random)
        if rule is not None:
            await _fail_before(rule)
        if self.world.settings.limits and method.lower().startswith(("send", "edit")):
            self.limits.check(bot.id, chat, self.world.now())
        run = METHODS.get(method.lower()) or SUBSCRIPTIONS.get(method.lower())
        if run is None:
            raise ApiError(404, "method not found")
        result = run(self.world, bot, parameters)
        result = await result if inspect.isawaitable(result) else result
        if rule is not None:
            await _fail_after(rule)
        return result


async def _fail_before(rule: Rule) -> None:
    error = rule.error()
    if error is not None:
        raise error
    if rule.kind == "bad_gateway":
        raise _Page(502, BAD_GATEWAY)
    if rule.kind in {"slow", "timeout_before"}:
        await asyncio.sleep(rule.seconds)
    if rule.kind in {"timeout_before", "drop_before"}:
        raise _Silent


async def _fail_after(rule: Rule) -> None:
    if rule.kind == "timeout_after":
        await asyncio.sleep(rule.seconds)
    if rule.kind in {"timeout_after", "drop_after"}:
        raise _Silent


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        chunks.append(event.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            raise _Page(413, TOO_LARGE)
        if not event.get("more_body"):
            return b"".join(chunks)


def _json(value: Any) -> tuple[int, bytes, str]:
    return 200, msgspec.json.encode(value), "application/json"


async def _answer(
    send: Send,
    status: int,
    body: bytes,
    kind: str = "application/json",
    headers: dict[str, str] | None = None,
) -> None:
    fields = {"content-type": kind, "content-length": str(len(body)), **(headers or {})}
    pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def _break(send: Send) -> None:
    """Announces more than it sends: the server under us closes the connection when we return, and the client never learns how
    the call ended."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100000")]
    with contextlib.suppress(OSError):
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": True})


def create_app(settings: Settings | None = None, world: World | None = None) -> Server:
    return Server(settings, world)
