"""What happens to a conversation, as its SLA clocks see it: facts with their own times, ids and places in the order."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from hark.inbox.models import Status

Cause = Literal["selected", "priority", "policy", "targets", "calendar"]


class Plan(msgspec.Struct, frozen=True):
    """What applies to a conversation now: the targets (minutes, None: no such clock) of the selected policy for its priority
    and source."""

    policy: str
    calendar: str
    first_response: int | None = None
    next_response: int | None = None
    resolution: int | None = None
    pause_statuses: tuple[Status, ...] = ("pending",)
    warn_at_percent: int | None = 80


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What all events have. `id` makes a repetition harmless; `order` says which of several events of one instant came first (one
    counter for all kinds of events of a conversation)."""

    id: str
    at: datetime
    order: int = 0


class Opened(Happened, frozen=True, tag="opened", kw_only=True):
    """The conversation came into being; always the first, whatever the others' times."""

    status: Status = "open"
    bot_owned: bool = False
    plan: Plan | None = None


class CustomerMessage(Happened, frozen=True, tag="customer_message", kw_only=True):
    """A public message by the customer; reopens a pending or resolved conversation in the same instant."""


class PersonReply(Happened, frozen=True, tag="person_reply", kw_only=True):
    """A public reply by a person."""


class BotReply(Happened, frozen=True, tag="bot_reply", kw_only=True):
    """A reply by a bot, a rule or an out-of-office text: answers nothing."""


class StatusChanged(Happened, frozen=True, tag="status_changed", kw_only=True):
    """Also resolve and reopen."""

    status: Status


class PlanChanged(Happened, frozen=True, tag="plan_changed", kw_only=True):
    """Another priority, policy, edited targets or opening hours; `plan` None: no policy matches any longer."""

    plan: Plan | None
    cause: Cause = "policy"


class HandedOver(Happened, frozen=True, tag="handed_over", kw_only=True):
    """From a bot to people, or (`to_bot`) back."""

    to_bot: bool = False


class MergedAway(Happened, frozen=True, tag="merged_away", kw_only=True):
    """The conversation went into another one. Nothing after this counts."""


Event = (
    Opened | CustomerMessage | PersonReply | BotReply | StatusChanged | PlanChanged | HandedOver | MergedAway
)
