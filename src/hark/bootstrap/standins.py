"""`hark sandbox`: the stand-ins of the platforms, each on a loopback port of its own, and their faults by command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import httpx
import msgspec

from hark.bootstrap.signals import stop_on_signals
from hark.bootstrap.web import Application, LoopbackServer
from hark.infra.problems import CannotStart
from hark.kernel.clock import Clock, utc_now
from hark.kernel.errors import Invalid, NotFound
from hark.standins.kit import Controlled, StandIn
from hark.standins.kit import Fault as CallFault

Say = Callable[["Ready"], None]

PORTS = {
    "telegram": 8081,
    "facebook": 8082,
    "sandbox": 8083,
    "x": 8087,
    "whatsapp": 8084,
    "youtube": 8085,
    "webhook": 8086,
    "linkedin": 8088,
    "google_reviews": 8089,
    "bluesky": 8091,
    "mastodon": 8092,
    "instagram": 8093,
    "threads": 8094,
}
"""Where each stand-in listens, and where its faults are sent to. Its code is the package of this name (without `_`) in
`hark.standins`."""

MODES = {
    "flood": "status",
    "error": "status",
    "html": "status",
    "timeout": "hang",
    "timeout-after": "hang_after",
    "cut": "cut",
    "cut-after": "cut_after",
}
FAULTS = tuple(MODES)
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


async def serve_standins(platforms: list[str], say: Say, stop: asyncio.Event) -> None:
    """Runs the named ones until `stop` or a signal."""
    stop_on_signals(stop)
    servers = []
    for platform in platforms:
        standin, address = create_standin(platform), f"http://127.0.0.1:{PORTS[platform]}"
        servers.append(LoopbackServer(cast("Application", Controlled(standin)), PORTS[platform]))
        say(Ready(platform, address, standin.values(address)))
    running = [asyncio.create_task(server.run()) for server in servers]
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([waiting, *running], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for server in servers:
        server.stop()
    await asyncio.gather(*running)


def create_standin(platform: str, clock: Clock = utc_now) -> StandIn:
    """A new one. Imported only now: most programs never need them."""
    _check(platform)
    standin: StandIn = import_module(f"hark.standins.{platform.replace('_', '')}").create_standin(clock)
    return standin


async def order_fault(platform: str, fault: Fault) -> None:
    """Tells a running stand-in to misbehave."""
    _check(platform)
    await _send(platform, fault_request(fault))


async def calm(platform: str) -> None:
    """Ends all faults of a running stand-in."""
    _check(platform)
    await _send(platform, Request("DELETE", "/_control/faults"))


def fault_request(fault: Fault) -> Request:
    """How a stand-in is told. Pure."""
    if fault.kind == "release":
        return Request("POST", "/_control/webhooks/release")
    if fault.kind in WEBHOOK_FAULTS:
        webhook = {"copies": fault.copies} if fault.kind == "duplicates" else {"withhold": 1.0}
        return Request("PATCH", "/_control/webhooks", webhook)
    if fault.kind not in MODES:
        raise Invalid(f"There is no fault {fault.kind!r}. There are: {', '.join(FAULTS + WEBHOOK_FAULTS)}.")
    return Request("POST", "/_control/faults", msgspec.to_builtins(_rule(fault)))


def _rule(fault: Fault) -> CallFault:
    rule = CallFault(
        cast("Any", MODES[fault.kind]), share=fault.probability, times=fault.times, seconds=fault.seconds
    )
    if fault.kind == "flood":
        rule.status, rule.code, rule.retry_after = 429, "too_many_calls", f"{fault.seconds:.0f}"
    if fault.kind == "html":
        rule.status, rule.body = 502, "html"
    return rule


def _check(platform: str) -> None:
    if platform not in PORTS:
        raise NotFound(f"There is no stand-in of {platform!r}. There are: {', '.join(PORTS)}.")


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
