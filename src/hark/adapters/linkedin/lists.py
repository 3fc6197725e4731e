"""Rest.li lists: their elements, and whether there are more."""

from __future__ import annotations

from typing import Any


def elements(answer: dict[str, Any]) -> list[Any]:
    rows = answer.get("elements")
    return rows if isinstance(rows, list) else []


def has_next(answer: dict[str, Any]) -> bool:
    """Whether the answer links a further page."""
    paging = answer.get("paging")
    links = paging.get("links") if isinstance(paging, dict) else None
    return any(isinstance(link, dict) and link.get("rel") == "next" for link in links or [])
