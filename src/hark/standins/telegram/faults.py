"""Faults by rule: what goes wrong, for which calls, how often."""

from __future__ import annotations

from fnmatch import fnmatchcase
from random import Random
from typing import Literal

import msgspec

from hark.standins.telegram.errors import ApiError, bad, flood

Kind = Literal[
    "flood",
    "blocked",
    "bad_request",
    "server_error",
    "bad_gateway",
    "timeout_before",
    "timeout_after",
    "drop_before",
    "drop_after",
    "slow",
]
"""`…_before` fail without carrying the call out, `…_after` carry it out and say nothing. `slow` answers late."""


class Rule(msgspec.Struct):
    """`methods` is a pattern over method names (`send*`), `chat` narrows to one chat. `times` is how often the rule acts (None:
    always), `probability` how likely it acts. `seconds`: `retry_after` of a flood, or how long a time-out or slow call takes."""

    kind: Kind
    methods: str = "*"
    chat: int | None = None
    times: int | None = None
    probability: float = 1.0
    seconds: float = 1.0
    description: str = ""

    def applies(self, method: str, chat: int | None, random: Random) -> bool:
        if self.times is not None and self.times <= 0:
            return False
        if not fnmatchcase(method.lower(), self.methods.lower()):
            return False
        if self.chat is not None and self.chat != chat:
            return False
        return self.probability >= 1.0 or random.random() < self.probability

    def error(self) -> ApiError | None:
        """The refusal, for the kinds that are one."""
        if self.kind == "flood":
            return flood(max(1, round(self.seconds)))
        if self.kind == "blocked":
            return ApiError(403, self.description or "bot was blocked by the user")
        if self.kind == "bad_request":
            return bad(self.description or "PEER_ID_INVALID")
        if self.kind == "server_error":
            return ApiError(500, self.description or "restart")
        return None


class Faults:
    """Rules in order; the first that applies acts."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def take(self, method: str, chat: int | None, random: Random) -> Rule | None:
        for rule in self.rules:
            if rule.applies(method, chat, random):
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None
