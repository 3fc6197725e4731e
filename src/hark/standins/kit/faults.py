"""Misbehaviour on request: of the API (errors, hanging, broken answers) and of the webhook (copies,
shuffles, losses)."""

from __future__ import annotations

import random
from typing import Literal, TypeVar

import msgspec

T = TypeVar("T")

Mode = Literal["status", "status_after", "hang", "hang_after", "cut", "cut_after"]
Body = Literal["own", "html", "empty"]


class Fault(msgspec.Struct):
    """One rule for API calls. `on` is the beginning of "METHOD /path" ("" is every call).

    `status` answers an error without doing anything, `hang` waits `seconds` and breaks off, `cut` breaks
    off in the middle of the answer; with `_after` the call has been carried out before. `share` of the
    calls, the first `times` of them (None: all). `body`: the network's own error, a page of HTML as a
    gateway would send, or nothing.
    """

    mode: Mode
    on: str = ""
    status: int = 503
    code: str = "overloaded"
    retry_after: str | None = None
    body: Body = "own"
    share: float = 1.0
    times: int | None = None
    seconds: float = 30.0


class WebhookFaults(msgspec.Struct):
    """`copies`: each event is sent 1..n times; `shuffle`: order is mixed within so many events; `withhold`:
    share of events that are kept back until released; `delay`: seconds before each request; `batch`: events
    in one request."""

    copies: int = 1
    shuffle: int = 0
    withhold: float = 0.0
    delay: float = 0.0
    batch: int = 50


class Faults:
    """The rules in force. Chance comes from `seed`, so that a run can be repeated."""

    def __init__(self, seed: int = 1) -> None:
        self.rules: list[Fault] = []
        self.webhook = WebhookFaults()
        self.met = 0
        self.chance = random.Random(seed)

    def meet(self, method: str, path: str) -> Fault | None:
        """The first rule for a call, counted down."""
        call = f"{method} {path}"
        for rule in self.rules:
            if not call.startswith(rule.on) or rule.times == 0 or self.chance.random() >= rule.share:
                continue
            if rule.times is not None:
                rule.times -= 1
            self.met += 1
            return rule
        return None

    def clear(self, seed: int | None = None) -> None:
        self.rules = []
        self.webhook = WebhookFaults()
        if seed is not None:
            self.chance = random.Random(seed)

    def withholds(self) -> bool:
        return self.chance.random() < self.webhook.withhold

    def arranged(self, things: list[T]) -> list[T]:
        """Each thing once to `copies` times; mixed, if asked for."""
        if self.webhook.copies > 1:
            things = [thing for thing in things for _ in range(self.chance.randint(1, self.webhook.copies))]
        if self.webhook.shuffle:
            self.chance.shuffle(things)
        return things
