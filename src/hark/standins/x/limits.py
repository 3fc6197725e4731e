"""How often what may be called: X's table for one account, and the headers that tell what is left."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from hark.standins.x.errors import Refusal
from hark.standins.x.world import World

QUARTER = 900
DAY = 86_400


class Limit(msgspec.Struct, frozen=True):
    """`calls` in `seconds`; calls whose "METHOD /path" fits the pattern share one counter."""

    name: str
    pattern: re.Pattern[str]
    calls: int
    seconds: int = QUARTER


def _limit(name: str, pattern: str, calls: int, seconds: int = QUARTER) -> Limit:
    return Limit(name, re.compile(pattern), calls, seconds)


TABLE = (
    _limit("posts", r"POST /2/tweets", 100),
    _limit("delete posts", r"DELETE /2/tweets/\d+", 50),
    _limit("hide", r"PUT /2/tweets/\d+/hidden", 50),
    _limit("mentions", r"GET /2/users/\d+/mentions", 300),
    _limit("posts of a person", r"GET /2/users/\d+/tweets", 900),
    _limit("post", r"GET /2/tweets/\d+", 900),
    _limit("person", r"GET /2/users/\d+", 900),
    _limit("me", r"GET /2/users/me", 75),
    _limit("list messages", r"GET /2/dm_(?:events|conversations)(?:/.*)?", 15),
    _limit("send messages", r"POST /2/dm_conversations.*", 15),
    _limit("send messages a day", r"POST /2/dm_conversations.*", 1440, DAY),
    _limit("delete messages", r"DELETE /2/dm_events/\d+", 300),
    _limit("likes", r"(?:POST|DELETE) /2/users/\d+/likes.*", 50),
    _limit("upload", r"POST /2/media/upload", 500),
    _limit("upload pieces", r"POST /2/media/upload/.+", 1875),
    _limit("upload status", r"GET /2/media/upload", 1000),
    _limit("webhooks", r"\w+ /2/webhooks(?:/\d+)?", 450),
    _limit("replay", r"POST /2/webhooks/replay", 100),
    _limit("subscriptions", r"\w+ /2/activity/subscriptions.*", 500),
    _limit("block", r"POST /2/users/\d+/dm/(?:un)?block", 10),
)


class Limits:
    """Fixed windows, as X's: each begins with its first call. `scale` shortens them for tests (0.01: nine seconds)."""

    def __init__(self, world: World, scale: float = 1.0) -> None:
        self._world, self.scale = world, scale
        self._used: dict[str, tuple[float, int]] = {}
        self.refused = 0

    def count(self, method: str, path: str) -> dict[str, str]:
        """Counts a call; the headers of its answer. Raises Refusal when a limit is used up."""
        call, headers = f"{method} {path}", dict[str, str]()
        fitting = [limit for limit in TABLE if limit.pattern.fullmatch(call)]
        states = [(limit, *self._state(limit)) for limit in fitting]
        for limit, reset, used in states:
            left = max(0, limit.calls - used - 1)
            headers |= self._headers(limit, left, reset)
        if any(used >= limit.calls for limit, _, used in states):
            self.refused += 1
            body = {
                "title": "Too Many Requests",
                "detail": "Too Many Requests",
                "type": "about:blank",
                "status": 429,
            }
            raise Refusal(429, body, headers)
        for limit, reset, used in states:
            self._used[limit.name] = (reset, used + 1)
        return headers

    def _state(self, limit: Limit) -> tuple[float, int]:
        now = self._world.now().timestamp()
        reset, used = self._used.get(limit.name, (0.0, 0))
        return (reset, used) if reset > now else (now + limit.seconds * self.scale, 0)

    @staticmethod
    def _headers(limit: Limit, left: int, reset: float) -> Mapping[str, str]:
        family = "x-user-limit-24hour" if limit.seconds == DAY else "x-rate-limit"
        at = str(int(reset) + 1)
        return {f"{family}-limit": str(limit.calls), f"{family}-remaining": str(left), f"{family}-reset": at}
