"""Agents, conversations and policies of routing tests, with only what a test says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from hark.routing.models import Agent, RoutingPolicy, Waiting

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ACCOUNT = UUID(int=9001)
"""The only account unless a test names another."""


def ago(**since: float) -> datetime:
    return NOW - timedelta(**since)


def agent(number: int, **values: Any) -> Agent:
    return Agent(UUID(int=number), **{"status": "online", **values})


def policy(strategy: str = "round_robin", **values: Any) -> RoutingPolicy:
    given = {
        "id": UUID(int=7), "name": "Policy", "account_id": None, "team_id": None, "enabled": True, "strategy": strategy,
        "on_offline": "stay", "sticky": True, "sticky_wait_s": None, "fair_limit": None, "fair_window_s": 3600,
        "language_level": 1, "excluded_tags": [], "exclude_older_than_s": None, "routing_steps": [], "created_at": NOW,
        "updated_at": NOW,
    }  # fmt: skip
    return msgspec.convert(given | values, RoutingPolicy)


def case(number: int, rules: RoutingPolicy | None = None, **values: Any) -> Waiting:
    at = values.pop("queued_at", ago(minutes=1))
    given = {
        "id": UUID(int=100_000 + number), "account_id": ACCOUNT, "platform": "sandbox", "source": "dm", "priority": 1,
        "queued_at": at, "active_at": at, "policy": policy() if rules is None else rules,
    }  # fmt: skip
    return Waiting(**(given | values))
