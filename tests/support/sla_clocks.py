"""The clocks of a conversation told minute by minute: an independent model to hold the state machine against.

It has no due times: each clock counts down what is left of its target in every open minute in which it is not held. A minute is
the unit here, and every event happens on a full minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hark.sla.events import (
    CustomerMessage,
    Event,
    HandedOver,
    MergedAway,
    Opened,
    PersonReply,
    Plan,
    PlanChanged,
    StatusChanged,
)

MINUTE = timedelta(minutes=1)
KINDS = ("first_response", "next_response", "resolution")


@dataclass
class Ticking:
    """One clock. `counted` are the minutes that count against the target so far: open ones, not held."""

    kind: str
    start: datetime
    target: int
    counted: int = 0
    late: bool = False
    warned: bool = False
    over: str | None = None
    """met, stopped or cancelled."""
    answered: bool = False


class Desk:
    """One conversation under one plan's opening hours (which may change with the plan)."""

    def __init__(self, opened: Opened, is_open: Any) -> None:
        self.opened, self.is_open = opened, is_open
        self.status, self.bot, self.plan = opened.status, opened.bot_owned, opened.plan
        self.first: datetime | None = None
        self.waiting: datetime | None = None
        self.handed: datetime | None = None
        self.replied = self.gone = False
        self.clocks: list[Ticking] = []
        self.past: list[tuple[datetime, bool]] = []
        """Each minute gone by: its beginning, and whether it was held."""
        self.begin(opened.at)

    def held(self) -> bool:
        pausing = self.plan.pause_statuses if self.plan else ()
        return self.status in ("resolved", "closed") or self.status in pausing

    def tick(self, minute: datetime) -> None:
        """The minute that begins now goes by; at its end the clocks are looked at."""
        self.past.append((minute, self.held()))
        for clock in self.alive():
            if not self.held():
                clock.counted += self.is_open(clock_calendar(self.plan), minute)

    def look(self) -> None:
        """At an instant, before what happens then: a target used up is not late yet, but one more minute is."""
        for clock in self.alive():
            if not self.held():
                self.judge(clock)

    def judge(self, clock: Ticking) -> None:
        percent = self.plan.warn_at_percent if self.plan else None
        if percent is not None and clock.counted * 100 >= clock.target * percent:
            clock.warned = True

    def move_on(self) -> None:
        """After all that happened at an instant: what has used its target up is late from now on."""
        for clock in self.alive():
            if not self.held() and clock.counted >= clock.target:
                clock.late = True

    def alive(self) -> list[Ticking]:
        return [each for each in self.clocks if each.over is None and not each.late]

    def begin(self, at: datetime) -> None:
        if self.plan is None or self.gone or self.status in ("resolved", "closed"):
            return
        for kind in KINDS:
            target, start = getattr(self.plan, kind), self.since(kind)
            if target is None or start is None or self.has(kind):
                continue
            clock = Ticking(kind, start, target)
            self.clocks.append(clock)
            self.recount(clock, at)

    def since(self, kind: str) -> datetime | None:
        if kind == "resolution":
            return self.opened.at
        if self.bot or self.first is None:
            return None
        if self.replied == (kind == "first_response"):
            return None
        found = self.waiting if self.replied else self.first
        if found is None:
            return None
        return found if self.handed is None or self.handed < found else self.handed

    def has(self, kind: str) -> bool:
        mine = [each for each in self.clocks if each.kind == kind and each.over != "cancelled"]
        if kind != "next_response":
            return bool(mine)
        return any(not each.answered for each in mine)

    def recount(self, clock: Ticking, at: datetime) -> None:
        """From its own start, in the opening hours that apply now."""
        calendar = clock_calendar(self.plan)
        clock.counted = sum(
            self.is_open(calendar, minute)
            for minute, held in self.past
            if clock.start <= minute < at and not held
        )
        self.judge(clock)
        clock.late = clock.counted > clock.target or (
            clock.counted == clock.target and not self.is_open(calendar, at - MINUTE)
        )
        """Used up to the minute: late unless the very last of the open minutes has just gone by."""

    def hear(self, event: Event) -> None:
        if self.gone:
            return
        match event:
            case CustomerMessage(at=at):
                if self.status in ("pending", "resolved"):
                    self.turn("open", at)
                self.first, self.waiting = self.first or at, self.waiting or at
            case PersonReply():
                self.reply()
            case StatusChanged(at=at, status=status):
                self.turn(status, at)
            case PlanChanged(at=at, plan=plan):
                self.replan(plan, at)
            case HandedOver(at=at, to_bot=to_bot):
                self.hand(at, to_bot=to_bot)
            case MergedAway():
                self.gone = True
                for clock in self.alive():
                    clock.over = "cancelled"
        self.begin(event.at)

    def reply(self) -> None:
        if self.first is None:
            return
        self.replied, self.waiting = True, None
        for clock in self.clocks:
            if clock.kind != "resolution" and clock.over in (None, "stopped") and not clock.answered:
                clock.answered = True
                clock.over = None if clock.late else "met"

    def turn(self, status: Any, at: datetime) -> None:
        was, held, self.status = self.status, self.held(), status
        done = ("resolved", "closed")
        if status in done and was not in done:
            for clock in self.alive():
                clock.over = "met" if clock.kind == "resolution" else "stopped"
        if was in done and status not in done:
            self.reopen(at)
        elif held and not self.held():
            for clock in self.alive():
                self.recount(clock, at)

    def shown(self) -> list[tuple[str, int, str, bool]]:
        """(kind, cycle, state, warned) of every clock."""
        cycles = dict.fromkeys(KINDS, 0)
        found = []
        for each in self.clocks:
            cycles[each.kind] += 1
            going = "paused" if self.held() else "running"
            state = "breached" if each.late else each.over or going
            found.append((each.kind, cycles[each.kind], state, each.warned))
        return found

    def reopen(self, at: datetime) -> None:
        for clock in self.clocks:
            target = getattr(self.plan, clock.kind) if self.plan else None
            again = clock.over == "stopped" or (clock.over == "met" and clock.kind == "resolution")
            if not again or (target is None and clock.kind == "resolution" and clock.over == "met"):
                continue
            if target is None or (self.bot and clock.kind != "resolution"):
                clock.over = "cancelled"
                continue
            clock.over, clock.target = None, target
            self.recount(clock, at)

    def replan(self, plan: Plan | None, at: datetime) -> None:
        self.plan = plan
        for clock in self.alive():
            target = getattr(plan, clock.kind) if plan else None
            if target is None:
                clock.over = "cancelled"
                continue
            clock.target = target
            self.recount(clock, at)

    def hand(self, at: datetime, *, to_bot: bool) -> None:
        if to_bot == self.bot:
            return
        self.bot = to_bot
        if not to_bot:
            self.handed = at
            return
        for clock in self.alive():
            if clock.kind != "resolution":
                clock.over = "cancelled"


def clock_calendar(plan: Plan | None) -> str:
    return plan.calendar if plan else ""
