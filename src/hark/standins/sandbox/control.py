"""Fault injection and a look inside, under `/control`, for tests and demonstrations."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from hark.standins.kit.faults import Fault, Faults, WebhookFaults
from hark.standins.sandbox import people
from hark.standins.sandbox.api import Settings
from hark.standins.sandbox.network import Network
from hark.standins.sandbox.sender import WebhookSender


@get("/")
async def show(
    network: NamedDependency[Network],
    sender: NamedDependency[WebhookSender],
    faults: NamedDependency[Faults],
    settings: NamedDependency[Settings],
) -> dict[str, Any]:
    return {
        "settings": settings,
        "faults": faults.rules,
        "faults_met": faults.met,
        "webhook_faults": faults.webhook,
        "webhook": sender.status(),
        "webhook_requests": sender.requests,
        "webhook_refused": sender.refused,
        "items": len(network.state.items),
        "events": len(network.state.history),
    }


@post("/faults")
async def add_fault(data: JSONBody[Fault], faults: NamedDependency[Faults]) -> list[Fault]:
    faults.rules.append(data)
    return faults.rules


@delete("/faults")
async def clear_faults(faults: NamedDependency[Faults], seed: FromQuery[int | None] = None) -> None:
    faults.clear(seed)


@patch("/webhook")
async def set_webhook_faults(data: JSONBody[WebhookFaults], faults: NamedDependency[Faults]) -> WebhookFaults:
    faults.webhook = data
    return data


@post("/webhook/release", status_code=200)
async def release(sender: NamedDependency[WebhookSender]) -> dict[str, int]:
    return {"released": sender.release()}


@patch("/settings")
async def set_settings(data: JSONBody[Settings], settings: NamedDependency[Settings]) -> Settings:
    settings.dm_window, settings.calls_per_second = data.dm_window, data.calls_per_second
    return settings


class Crowd(msgspec.Struct):
    """`count` numbered messages, dealt out to all people in turn."""

    count: int
    text: str = "message {number}"
    first: int = 1


@post("/crowd")
async def crowd(data: JSONBody[Crowd], network: NamedDependency[Network]) -> dict[str, int]:
    names = list(network.state.people)
    for number in range(data.first, data.first + data.count):
        people.write(network, names[number % len(names)], data.text.replace("{number}", str(number)))
    return {"written": data.count}


@get("/accepted")
async def accepted(network: NamedDependency[Network]) -> list[dict[str, Any]]:
    """Everything that the business sent, in the order of acceptance: what a test counts its own sends
    against."""
    ours = (item for item in network.state.items.values() if item.author == network.account.id)
    return [
        {
            "id": item.id,
            "source": item.source,
            "thread": item.thread,
            "text": item.text,
            "reference": item.reference,
            "at": item.at,
        }
        for item in ours
    ]


@post("/reset", status_code=200)
async def reset(network: NamedDependency[Network], faults: NamedDependency[Faults]) -> dict[str, bool]:
    faults.clear()
    network.reset()
    return {"ok": True}


ROUTER = Router(
    "/control",
    route_handlers=[
        show,
        add_fault,
        clear_faults,
        set_webhook_faults,
        release,
        set_settings,
        crowd,
        accepted,
        reset,
    ],
)
