"""`hark sandbox`: the stand-ins of the platforms, each on a loopback port of its own, and their faults by
command.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any, cast

import httpx
import msgspec

from hark.bootstrap.signals import stop_on_signals
from hark.bootstrap.web import Application, LoopbackServer
from hark.infra.problems import CannotStart
from hark.kernel.errors import Invalid, NotFound

Say = Callable[[str], None]

PORTS = {"telegram": 8081, "facebook": 8082, "sandbox": 8083}
"""Where each stand-in listens, and where its faults are sent to."""

FAULTS = ("flood", "error", "timeout", "timeout-after", "cut", "cut-after", "html")
WEBHOOK_FAULTS = ("duplicates", "hold", "release")


class Fault(msgspec.Struct, frozen=True):
    """What is to go wrong. Faults of calls: `flood` (429), `error` (5xx), `timeout` and `cut` before the call
    took effect and `-after` it did, `html` (a gateway's page). Faults of webhooks: `duplicates`, `hold` back,
    `release`. `times` None means until calmed; `copies` is for duplicates."""

    kind: str
    times: int | None = 1
    probability: float = 1.0
    seconds: float = 5.0
    copies: int = 2


class Request(msgspec.Struct, frozen=True):
    """A call of a stand-in's own control interface."""

    method: str
    path: str
    body: Any = None


class Ready(msgspec.Struct, frozen=True):
    """A stand-in that answers, with the values that connect an account to it."""

    platform: str
    address: str
    values: dict[str, str]


async def serve_standins(platforms: list[str], say: Callable[[Ready], None], stop: asyncio.Event) -> None:
    """Runs the named ones until `stop` or a signal."""
    stop_on_signals(stop)
    servers = []
    for platform in platforms:
        if platform not in PORTS:
            raise NotFound(f"There is no stand-in of {platform!r}. There are: {', '.join(PORTS)}.")
        address = f"http://127.0.0.1:{PORTS[platform]}"
        application, values = build_standin(platform, address)
        servers.append(LoopbackServer(application, PORTS[platform]))
        say(Ready(platform, address, values))
    running = [asyncio.create_task(server.run()) for server in servers]
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([waiting, *running], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for server in servers:
        server.stop()
    await asyncio.gather(*running)


async def order_fault(platform: str, fault: Fault) -> None:
    """Tells a running stand-in to misbehave."""
    await _send(platform, fault_request(platform, fault))


async def calm(platform: str) -> None:
    """Ends all faults of a running stand-in."""
    for request in calm_requests(platform):
        await _send(platform, request)


def fault_request(platform: str, fault: Fault) -> Request:
    """How the stand-in of `platform` is told. Pure."""
    builders = {"telegram": _telegram, "facebook": _facebook, "sandbox": _sandbox}
    if platform not in builders:
        raise NotFound(f"There is no stand-in of {platform!r}. There are: {', '.join(PORTS)}.")
    if fault.kind not in FAULTS + WEBHOOK_FAULTS:
        raise Invalid(f"There is no fault {fault.kind!r}. There are: {', '.join(FAULTS + WEBHOOK_FAULTS)}.")
    return builders[platform](fault)


def calm_requests(platform: str) -> list[Request]:
    if platform == "telegram":
        return [
            Request("POST", "/_control/faults", []),
            Request("POST", "/_control/webhooks", {"duplicates": 0, "hold": False}),
        ]
    if platform == "facebook":
        return [Request("DELETE", "/_control/faults"), Request("POST", "/_control/release", {})]
    if platform == "sandbox":
        return [
            Request("DELETE", "/control/faults"),
            Request("PATCH", "/control/webhook", {}),
            Request("POST", "/control/webhook/release"),
        ]
    raise NotFound(f"There is no stand-in of {platform!r}. There are: {', '.join(PORTS)}.")


def _telegram(fault: Fault) -> Request:
    webhooks: dict[str, Any] = {
        "duplicates": {"duplicates": fault.copies - 1},
        "hold": {"hold": True},
        "release": {"hold": False, "release": {}},
    }
    if fault.kind in webhooks:
        return Request("POST", "/_control/webhooks", webhooks[fault.kind])
    kinds = {
        "flood": "flood",
        "error": "server_error",
        "timeout": "timeout_before",
        "timeout-after": "timeout_after",
        "cut": "drop_before",
        "cut-after": "drop_after",
        "html": "bad_gateway",
    }
    rule = {"kind": kinds[fault.kind], "times": fault.times, "probability": fault.probability}
    return Request("POST", "/_control/faults", [{**rule, "seconds": fault.seconds}])


def _facebook(fault: Fault) -> Request:
    if fault.kind == "release":
        return Request("POST", "/_control/release", {})
    kinds: dict[str, dict[str, Any]] = {
        "flood": {
            "do": "error",
            "status": 400,
            "code": 613,
            "message": "Calls to this api have exceeded the rate limit.",
        },
        "error": {"do": "status", "status": 503},
        "timeout": {"do": "timeout_before"},
        "timeout-after": {"do": "timeout_after"},
        "cut": {"do": "break_before"},
        "cut-after": {"do": "break_after"},
        "html": {"do": "html", "status": 502},
        "duplicates": {"do": "duplicate", "copies": fault.copies},
        "hold": {"do": "withhold"},
    }
    return Request(
        "POST",
        "/_control/faults",
        {
            **kinds[fault.kind],
            "times": fault.times,
            "probability": fault.probability,
            "seconds": fault.seconds,
        },
    )


def _sandbox(fault: Fault) -> Request:
    if fault.kind == "release":
        return Request("POST", "/control/webhook/release")
    if fault.kind in {"duplicates", "hold"}:
        webhook = {"copies": fault.copies} if fault.kind == "duplicates" else {"withhold": 1.0}
        return Request("PATCH", "/control/webhook", webhook)
    kinds: dict[str, dict[str, Any]] = {
        "flood": {
            "mode": "status",
            "status": 429,
            "code": "too_many_calls",
            "retry_after": f"{fault.seconds:.0f}",
        },
        "error": {"mode": "status", "status": 503},
        "timeout": {"mode": "hang"},
        "timeout-after": {"mode": "hang_after"},
        "cut": {"mode": "cut"},
        "cut-after": {"mode": "cut_after"},
        "html": {"mode": "status", "status": 502, "body": "html"},
    }
    rule = {**kinds[fault.kind], "share": fault.probability, "times": fault.times, "seconds": fault.seconds}
    return Request("POST", "/control/faults", {**rule, "on": ""})


async def _send(platform: str, request: Request) -> None:
    address = f"http://127.0.0.1:{PORTS[platform]}"
    try:
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=10) as client:
            answer = await client.request(request.method, request.path, json=request.body)
    except httpx.TransportError as error:
        raise CannotStart(
            f"The stand-in of {platform} does not answer at {address}: start it by `hark sandbox serve "
            f"{platform}`."
        ) from error
    if answer.is_error:
        raise Invalid(f"The stand-in of {platform} refused: {answer.text[:300]}")


def build_standin(platform: str, address: str) -> tuple[Application, dict[str, str]]:
    """The application, and what connects an account to it."""
    if platform == "telegram":
        from hark.standins.telegram.app import create_app as telegram
        from hark.standins.telegram.world import DEFAULT_TOKEN

        return cast("Application", telegram()), {"base_url": address, "token": DEFAULT_TOKEN}
    if platform == "facebook":
        from hark.standins.facebook import create_app as facebook

        stand_in = facebook()
        page, app = stand_in.world.only_page(), stand_in.world.app
        values = {
            "page_id": page.id,
            "page_access_token": page.token,
            "app_id": app.id,
            "app_secret": app.secret,
        }
        return cast("Application", stand_in), {"base_url": address, **values}
    from hark.standins.sandbox import create_network

    network = create_network(access_token=secrets.token_urlsafe(24))
    return cast("Application", network), {"base_url": address, "access_token": network.network.account.token}
