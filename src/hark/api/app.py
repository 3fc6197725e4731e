"""Puts the door together: webhooks, the API, the live connection and the page, behind one ASGI callable."""

from __future__ import annotations

from typing import Any, cast

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide

from hark.api.asgi import App, Receive, Scope, Send
from hark.api.auth import guard, provide_actor, provide_hark, provide_hub, provide_identity
from hark.api.bounds import MAX_BODY, check_body
from hark.api.headers import SecurityHeaders
from hark.api.hooks import create_hooks
from hark.api.live import live
from hark.api.problems import EXCEPTION_HANDLERS
from hark.api.routes import HANDLERS
from hark.api.static import Page
from hark.api.writing import provide_once
from hark.channels.accounts import loading
from hark.flows.context import Hark
from hark.realtime.hub import Hub

WEBHOOKS = ("/webhooks/", "/api/webhooks/")
API = ("/api/", "/authorize/", "/healthz", "/readyz", "/metrics")
DEPENDENCIES = {
    "hark": Provide(provide_hark, sync_to_thread=False),
    "hub": Provide(provide_hub, sync_to_thread=False),
    "actor": Provide(provide_actor, sync_to_thread=False),
    "identity": Provide(provide_identity, sync_to_thread=False),
    "once": Provide(provide_once),
}


class Door:
    """Sends each request to whom it is for. `api` is the Litestar application within, `hub` the live side."""

    def __init__(self, hark: Hark) -> None:
        self.hub = Hub(hark.db, hark.bus, hark.clock, hark.settings)
        self.api = create_api(hark, self.hub)
        self._hooks = create_hooks(hark)
        self._page = Page(hark.settings)
        self._stop_listening = loading.listen(hark.bus)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        path = scope["path"]
        if path.startswith(WEBHOOKS):
            await self._hooks(scope, receive, send)
        elif path.startswith(API) or scope["type"] == "websocket":
            await cast(App, self.api)(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def start(self) -> None:
        self.hub.start()

    async def stop(self) -> None:
        """Says goodbye to live clients; requests that are under way are the server's to finish."""
        self._stop_listening()
        await self.hub.stop()


def create_app(hark: Hark) -> App:
    return SecurityHeaders(Door(hark), https=hark.settings.address.startswith("https:"))


def create_api(hark: Hark, hub: Hub) -> Litestar:
    app = Litestar(
        route_handlers=[*HANDLERS, live],
        guards=[guard, check_body],
        dependencies=DEPENDENCIES,
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,  # the process has set up its log already (infra/telemetry.py)
        request_max_body_size=MAX_BODY,
        state=State({"hark": hark, "hub": hub}),
        signature_types=[Hark],
    )
    _check_rights_named(app)
    return app


def _check_rights_named(app: Litestar) -> None:
    nameless = [str(handler) for handler in routed(app) if "right" not in handler.opt]
    if nameless:
        raise RuntimeError(f"routes without a right: {nameless}")


def routed(app: Litestar) -> list[Any]:
    """Every handler of the application once, the framework's own excepted."""
    found: dict[int, Any] = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", None) or [getattr(route, "route_handler", None)]:
            if handler is not None and "OPTIONS" not in getattr(handler, "http_methods", ()):
                found[id(handler)] = handler
    return list(found.values())
