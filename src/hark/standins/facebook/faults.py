"""Faults on order: what goes wrong with which calls and which notifications, how often."""

from __future__ import annotations

import random
from collections.abc import Iterable

import msgspec

CALL_FAULTS = (
    "error",
    "status",
    "html",
    "empty",
    "timeout_before",
    "timeout_after",
    "break_before",
    "break_after",
)
HOOK_FAULTS = ("withhold", "lose_echo", "duplicate", "shuffle", "delay")


class Fault(msgspec.Struct, kw_only=True):
    """`do` names the fault. For calls `path` is a part of the path and `method` the verb; `error` answers
    with `code`, `subcode`, `status`; `status` and `html` with `status` and no error object; timeouts hold
    the answer for `seconds`, before or after the call took effect; breaks cut the connection. For
    notifications `field` is the subscribed field. `times` is how often it still happens (None: always),
    `probability` how likely each time."""

    do: str
    path: str = ""
    method: str | None = None
    field: str | None = None
    code: int = 2
    subcode: int | None = None
    message: str = "Service temporarily unavailable"
    status: int = 500
    headers: dict[str, str] = {}
    seconds: float = 60.0
    copies: int = 1
    times: int | None = None
    probability: float = 1.0


class Faults:
    def __init__(self, seed: int = 1) -> None:
        self.rules: list[Fault] = []
        self.random = random.Random(seed)

    def add(self, rule: Fault) -> None:
        if rule.do not in CALL_FAULTS + HOOK_FAULTS:
            raise ValueError(f"unknown fault {rule.do!r}; known: {', '.join(CALL_FAULTS + HOOK_FAULTS)}")
        self.rules.append(rule)

    def for_call(self, method: str, path: str) -> Fault | None:
        return self._first(
            rule
            for rule in self.rules
            if rule.do in CALL_FAULTS and rule.path in path and rule.method in (None, method)
        )

    def for_hook(self, do: str, field: str) -> Fault | None:
        return self._first(rule for rule in self.rules if rule.do == do and rule.field in (None, field))

    def _first(self, rules: Iterable[Fault]) -> Fault | None:
        for rule in rules:
            if rule.times == 0 or self.random.random() >= rule.probability:
                continue
            if rule.times is not None:
                rule.times -= 1
            return rule
        return None
