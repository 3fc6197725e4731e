"""Notifications as bytes: how Meta escapes, signs and groups them."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any


def encode(value: Any) -> bytes:
    """Compact JSON with every non-ASCII character as a lowercase escape (two for those beyond 16 bits) and
    `/` escaped."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()


def signature(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def graph_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def group(items: list[tuple[str, str, dict[str, Any]]], at: datetime) -> dict[str, Any]:
    """One body for (page, channel, item) in order: neighbours of one page and channel share an entry."""
    entries: list[dict[str, Any]] = []
    for page_id, channel, item in items:
        last = entries[-1] if entries else None
        if last is not None and last["id"] == page_id and channel in last:
            last[channel].append(item)
            continue
        time = int(at.timestamp()) if channel == "changes" else milliseconds(at)
        entries.append({"id": page_id, "time": time, channel: [item]})
    return {"object": "page", "entry": entries}
