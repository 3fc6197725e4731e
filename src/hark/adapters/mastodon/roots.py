"""The first post of a thread: a reply names only the post above it."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.adapters.mastodon.client import Server
from hark.channels.contract import Rejected


class Context(msgspec.Struct):
    ancestors: list[dict[str, Any]] = []
    descendants: list[dict[str, Any]] = []


class Roots:
    """Asks the server once for each thread that it meets."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._known: dict[str, dict[str, str] | None] = {}

    async def find(self, status: Any) -> dict[str, str] | None:
        """Of a public reply; None where there is nothing above it, or nothing that may be seen."""
        if not isinstance(status, dict) or not status.get("id") or status.get("visibility") == "direct":
            return None
        above = status.get("in_reply_to_id")
        if not isinstance(above, str):
            return None
        if above not in self._known:
            context = await self.context(str(status["id"]))
            self._known[above] = _root(context)
            for each in context.ancestors:
                self._known.setdefault(str(each.get("id")), self._known[above])
        return self._known[above]

    async def context(self, status_id: str) -> Context:
        try:
            return await self._server.get(f"/api/v1/statuses/{status_id}/context", Context)
        except Rejected:
            return Context()


def _root(context: Context) -> dict[str, str] | None:
    if not context.ancestors:
        return None
    first = context.ancestors[0]
    account = first.get("account")
    if not isinstance(account, dict) or first.get("in_reply_to_id"):
        return None  # the posts above it are not to be seen
    return {"id": str(first.get("id")), "account": str(account.get("id"))}
