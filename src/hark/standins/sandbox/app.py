"""The network put together as one ASGI application."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, cast

import msgspec
from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException

from hark.kernel.clock import Clock, utc_now
from hark.standins.kit import Accepted, Calls, Faults
from hark.standins.sandbox import api, control, pages, people, play
from hark.standins.sandbox.errors import ApiProblem
from hark.standins.sandbox.gate import App, Gate, Receive, Scope, Send
from hark.standins.sandbox.models import Person
from hark.standins.sandbox.network import Network
from hark.standins.sandbox.sender import Deliver, HttpDeliver, WebhookSender
from hark.standins.sandbox.store import StateFile, load_files, load_state


class WebhookTarget(msgspec.Struct, frozen=True):
    """Where events go from the start, without anybody having subscribed."""

    url: str
    secret: str


class SandboxApp:
    """The ASGI application. `start` and `stop` its background work; a server that sends lifespan events
    does so by itself, a mounted application is started and stopped by whoever mounts it."""

    def __init__(self, network: Network, faults: Faults, deliver: Deliver, state_file: Path | None) -> None:
        self.network = network
        self.faults = faults
        self.calls = Calls()
        self.settings = api.Settings()
        self._deliver = deliver
        self.sender = WebhookSender(network, faults, deliver)
        self._store = StateFile(state_file, network, self.sender) if state_file else None
        self._app = Gate(cast("App", self._routes()), faults, self.calls)

    def _routes(self) -> Litestar:
        given = {
            "network": self.network,
            "faults": self.faults,
            "settings": self.settings,
            "sender": self.sender,
            "budget": api.Budget(),
        }
        dependencies = {name: _constant(value) for name, value in given.items()}
        return Litestar(
            route_handlers=[api.ROUTER, play.ROUTER, control.ROUTER, pages.index, pages.page_file],
            dependencies={**dependencies, "allowed": Provide(api.guard, sync_to_thread=False)},
            exception_handlers={ApiProblem: _refusal, HTTPException: _unreadable},
            openapi_config=None,
            logging_config=None,
        )

    def start(self) -> None:
        self.sender.start()
        if self._store:
            self._store.start()

    async def stop(self) -> None:
        self.network.close_streams()
        await self.sender.stop()
        if self._store:
            await self._store.stop()
        if isinstance(self._deliver, HttpDeliver):
            await self._deliver.close()

    def values(self, address: str) -> dict[str, str]:
        """What connects an account to the network, when it listens at `address`."""
        return {"base_url": address, "access_token": self.network.account.token}

    async def say(self, text: str, *, person: str = "1", source: str = "dm") -> str:
        """Somebody writes; the id of the item."""
        self.start()
        known = self.network.state.people
        who = known.setdefault(person, Person(person, f"Person {person}", f"person{person}")).id
        if source == "comment":
            return people.comment(self.network, who, text, post=next(iter(self.network.state.posts))).id
        if source == "mention":
            return people.mention(self.network, who, text).id
        if source == "review":
            return people.review(self.network, who, text, rating=3).id
        return people.write(self.network, who, text).id

    def accepted(self) -> list[Accepted]:
        """What the network took of our account, in its order."""
        ours = self.network.account.id
        items = self.network.state.items.values()
        return [Accepted(item.id, item.text, item.thread) for item in items if item.author == ours]

    def release(self) -> int:
        return self.sender.release()

    async def aclose(self) -> None:
        await self.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._app(_unmounted(scope), receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})


def create_standin(clock: Clock = utc_now) -> SandboxApp:
    """The network for `hark sandbox serve` and the fault tests, already at work."""
    return create_network(clock=clock)


def create_network(
    *,
    deliver: Deliver | WebhookTarget | None = None,
    state_file: Path | None = None,
    access_token: str | None = None,
    clock: Clock = utc_now,
    seed: int = 1,
) -> SandboxApp:
    """A sandbox network.

    `deliver` brings webhooks to their address (default: over HTTP), or names an address that is subscribed
    from the start. `state_file` keeps the network's memory over restarts. `access_token` opens the API;
    without one a new network makes one (`app.network.account.token`). `seed` of the chance in fault
    injection.
    """
    state = load_state(state_file) if state_file else None
    network = Network(clock, access_token or secrets.token_urlsafe(24), state)
    if access_token:
        network.account.token = access_token
    if state and state_file:
        network.files = load_files(state_file.with_suffix(".media"), state)
    target = deliver if isinstance(deliver, WebhookTarget) else None
    way = HttpDeliver() if deliver is None or isinstance(deliver, WebhookTarget) else deliver
    app = SandboxApp(network, Faults(seed), way, state_file)
    if target:
        app.sender.subscribe(target.url, target.secret)
    return app


def _constant(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


def _unmounted(scope: Scope) -> Scope:
    """The scope as if the application stood at the root, whether or not the server has cut off the mount's
    path. `page_folder` is set where the page was asked for without its final slash: the last part of the
    mount's path."""
    root, path = scope.get("root_path", "").rstrip("/"), scope["path"]
    inner = (path[len(root) :] if root and path.startswith(root) else path) or "/"
    asked = scope.get("raw_path", b"/").split(b"?")[0].decode("ascii", "replace")
    folder = asked.rsplit("/", 1)[-1] if inner == "/" else ""
    return {**scope, "path": inner, "raw_path": inner.encode(), "page_folder": folder, "path_params": {}}


def _refusal(_: Request[Any, Any, Any], problem: ApiProblem) -> Response[Any]:
    headers = {"retry-after": problem.retry_after} if problem.retry_after else {}
    body = {"error": {"code": problem.code, "message": problem.message}}
    return Response(body, status_code=problem.status, headers=headers)


def _unreadable(_: Request[Any, Any, Any], problem: HTTPException) -> Response[Any]:
    body = {"error": {"code": f"http_{problem.status_code}", "message": str(problem.detail)}}
    return Response(body, status_code=problem.status_code)
