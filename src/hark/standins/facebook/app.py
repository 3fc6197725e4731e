"""The stand-in as an ASGI application."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from hark.kernel.clock import Clock, utc_now
from hark.standins.facebook.control import control
from hark.standins.facebook.errors import GraphFault, invalid
from hark.standins.facebook.events import Events
from hark.standins.facebook.faults import Fault, Faults
from hark.standins.facebook.graph import Graph
from hark.standins.facebook.limits import Limits
from hark.standins.facebook.messenger import Messenger
from hark.standins.facebook.notifier import Notifier, Settings
from hark.standins.facebook.page import Timeline
from hark.standins.facebook.play import Play
from hark.standins.facebook.web import Receive, Request, Response, Scope, Send, read_request, write_response
from hark.standins.facebook.world import World

MOST_CALLS = 10_000
"""How many calls are remembered for `GET /_control/calls`."""


class StandIn:
    """A Graph API with a world behind it. Everything is in memory; `reset` makes it new."""

    world: World
    faults: Faults
    limits: Limits
    notifier: Notifier
    events: Events
    play: Play
    graph: Graph
    calls: list[dict[str, Any]]

    def __init__(self, clock: Clock = utc_now, settings: Settings | None = None, seed: int = 1) -> None:
        self._clock = clock
        self._settings = settings or Settings()
        self._seed = seed
        self._build()

    def _build(self) -> None:
        self.world = World(self._clock, self._seed)
        self.faults = Faults(self._seed)
        self.limits = Limits()
        self.notifier = Notifier(self.world, self.faults, self._settings)
        self.events = Events(self.world, self.notifier)
        self.play = Play(self.world, self.events)
        messenger = Messenger(self.world, self.events, self.limits)
        timeline = Timeline(self.world, self.events)
        self.graph = Graph(self.world, messenger, timeline, self.notifier, self.limits)
        self.calls = []

    async def reset(self) -> None:
        await self.notifier.aclose()
        self._build()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self.notifier.aclose()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await read_request(scope, receive)
        except (ValueError, KeyError) as problem:
            response = Response(400, invalid(f"The body cannot be read: {problem}").body())
            await write_response(response, send)
            return
        self.world.address = f"http://{request.headers.get('host', '127.0.0.1')}"
        if request.path.startswith("/_media/"):
            await write_response(self._media(request), send)
            return
        if request.path == "/_control" or request.path.startswith("/_control/"):
            await write_response(await control(self, request), send)
            return
        response = await self._call(request)
        self._remember(request, response)
        await write_response(response, send)

    def _media(self, request: Request) -> Response:
        file = self.world.files.get(request.path.split("/")[2])
        if file is None:
            return Response(404, b"gone")
        return Response(200, file.content, {"content-type": file.mime_type})

    async def _call(self, request: Request) -> Response:
        fault = self.faults.for_call(request.method, request.path)
        if fault is None:
            return await self._answer(request)
        if fault.do in {"timeout_before", "timeout_after"}:
            if fault.do == "timeout_after":
                await self._answer(request)
            await asyncio.sleep(fault.seconds)
            return Response(504, b"<html>Gateway Timeout</html>")
        if fault.do in {"break_before", "break_after"}:
            answer = await self._answer(request) if fault.do == "break_after" else Response(200, {})
            return Response(answer.status, answer.body, cut=True)
        return _faulty(fault)

    async def _answer(self, request: Request) -> Response:
        now = self.world.now()
        try:
            body, page_id = await self.graph.answer(request)
        except GraphFault as fault:
            return Response(fault.status, fault.body(), self._usage(request, now, fault.regain_minutes))
        return Response(200, body, self.limits.headers(page_id, now))

    def _usage(self, request: Request, now: datetime, regain_minutes: int) -> dict[str, str]:
        page = next((page.id for page in self.world.pages.values() if page.id in request.path), None)
        if page is None and regain_minutes:
            page = self.world.only_page().id
        return self.limits.headers(page, now, regain_minutes)

    def _remember(self, request: Request, response: Response) -> None:
        hidden = {"access_token", "appsecret_proof", "input_token"}
        values = {key: value for key, value in request.values.items() if key not in hidden}
        entry = {"method": request.method, "path": request.path, "values": values, "status": response.status}
        self.calls.append(entry)
        del self.calls[:-MOST_CALLS]


def _faulty(fault: Fault) -> Response:
    if fault.do == "error":
        body = GraphFault(fault.code, fault.message, subcode=fault.subcode).body()
        return Response(fault.status, body, fault.headers)
    if fault.do == "empty":
        return Response(200, b"", fault.headers)
    return Response(fault.status, b"<html><body>Sorry, something went wrong.</body></html>", fault.headers)


def create_app(clock: Clock = utc_now, settings: Settings | None = None, seed: int = 1) -> StandIn:
    return StandIn(clock, settings, seed)
