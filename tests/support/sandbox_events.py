"""Builders of the sandbox network's events, with only what a test says."""

from __future__ import annotations

from typing import Any

import msgspec

BASE = 1_795_000_000_000
"""2026-11-18T10:26:40Z in milliseconds: the instant that a test's times count from."""


def person(name: str) -> dict[str, Any]:
    return {"id": f"p-{name}", "name": name.capitalize(), "handle": f"@{name}"}


US = {"id": "shop", "name": "Lantern Bikes"}


def dm(
    number: int, text: str, *, by: str = "mara", at: int = 0, ours: bool = False, **item: Any
) -> dict[str, Any]:
    """A direct message; `at` in milliseconds after BASE."""
    return {
        "id": f"e-dm-{number}",
        "kind": "message",
        "at": BASE + at,
        "item": {
            "id": f"m{number}",
            "thread": f"p-{by}",
            "author": US if ours else person(by),
            "partner": person(by),
            "text": text,
            "position": number,
            **item,
        },
    }


def edit(number: int, target: int, text: str, at: int, **change: Any) -> dict[str, Any]:
    return {
        "id": f"e-edit-{number}",
        "kind": "edit",
        "at": BASE + at,
        "change": {"target": f"m{target}", "text": text, **change},
    }


def delete(number: int, target: int, at: int) -> dict[str, Any]:
    return {"id": f"e-delete-{number}", "kind": "delete", "at": BASE + at, "target": f"m{target}"}


def react(number: int, target: int, emoji: list[str], at: int, by: str = "mara") -> dict[str, Any]:
    return {
        "id": f"e-react-{number}",
        "kind": "react",
        "at": BASE + at,
        "target": f"m{target}",
        "author": person(by),
        "emoji": emoji,
    }


def receipt(
    number: int, status: str, at: int, *, target: int | None = None, by: str = "mara"
) -> dict[str, Any]:
    event: dict[str, Any] = {
        "id": f"e-receipt-{number}",
        "kind": "receipt",
        "at": BASE + at,
        "status": status,
    }
    if target is None:
        return event | {"thread": f"p-{by}", "until": BASE + at}
    return event | {"target": f"m{target}"}


def body(*events: dict[str, Any], account: str = "shop") -> bytes:
    return msgspec.json.encode({"account": account, "events": list(events)})
