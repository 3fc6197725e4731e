"""What nothing but comparing two looks shows: that a comment is gone, hidden, or shown again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hark.adapters.youtube import lists
from hark.adapters.youtube.split import items_of
from hark.channels.contract import RawItem


def held_in(thread: lists.Thread) -> list[str]:
    """The comments of a thread that wait for review."""
    comments: list[dict[str, Any]] = [thread.top, *thread.inline]
    return [
        str(each["id"]) for each in comments if each.get("id") and lists.status_of(each) == "heldForReview"
    ]


def hidden(channel: str, target: str, is_hidden: bool, at: datetime) -> RawItem:
    change = {"what": "visibility", "target": target, "hidden": is_hidden, "at": at.isoformat()}
    return items_of([change], channel)[0]


def deleted(channel: str, target: str, at: datetime) -> RawItem:
    return items_of([{"what": "deleted", "target": target, "at": at.isoformat()}], channel)[0]
