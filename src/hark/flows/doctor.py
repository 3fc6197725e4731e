"""The connection doctor: one line per part of a connection, each with its cause and what to do about it.

Told from what is stored (the last look, polls, streams, quotas), so that asking costs no call. Codes and values are for the
page's catalogs; `detail` is the adapter's own sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from hark.channels.accounts.outages import repository
from hark.channels.accounts.outages.models import OutageKind, Standing
from hark.channels.accounts.usage import Allowance
from hark.channels.contract import Adapter
from hark.flows.context import Hark
from hark.flows.health import SUBSCRIPTION
from hark.flows.metering import load_allowance
from hark.kernel.errors import NotFound

Level = Literal["ok", "warn", "bad"]

EXPIRES_SOON = timedelta(days=7)
NEVER_CALLED_AFTER = timedelta(minutes=30)
"""A webhook that nobody has called by then was probably not set."""
STALE_LOOK = timedelta(minutes=15)
STALE_RECONCILIATION = timedelta(minutes=30)
BAD_AFTER = timedelta(minutes=5)
LOW_SHARE = 0.1

OWN = frozenset({"token", "scopes"}) | SUBSCRIPTION
"""Checks of adapters that have a line of their own; the others are shown by their names."""


class HealthLine(msgspec.Struct, frozen=True):
    """One part of a connection. `code` says what is found, with `values`; `remedy` what to do, where there is something;
    `detail` is a sentence of the platform's adapter, in English."""

    name: str
    level: Level
    code: str
    values: dict[str, Any] = {}
    detail: str | None = None
    remedy: str | None = None


class OpenOutage(msgspec.Struct, frozen=True):
    """A time without events that is not over."""

    kind: OutageKind
    cause: str
    began_at: datetime


class AccountHealth(msgspec.Struct, frozen=True):
    """How an account is. `level` is that of its worst line; `looked_at` when the platform was last asked."""

    account_id: UUID
    level: Level
    looked_at: datetime | None
    lines: list[HealthLine]
    outage: OpenOutage | None


async def account_health(hark: Hark, workspace_id: UUID, account_id: UUID) -> AccountHealth:
    """Raises NotFound."""
    now = hark.clock()
    async with hark.db.connection() as connection:
        found = await repository.STANDING.find(connection, workspace_id, account_id, now)
        if found is None:
            raise NotFound("There is no such account.")
        adapter = hark.registry.load(found.platform)
        send, read = [
            await load_allowance(hark, connection, adapter.manifest, workspace_id, account_id, purpose)
            for purpose in ("send", "read")
        ]
        outage = await repository.OPEN.find(connection, workspace_id, account_id)
    lines = diagnose(found, adapter, send, read, now)
    return AccountHealth(
        account_id=account_id,
        level=worst(lines),
        looked_at=_time(found.health.get("at")),
        lines=lines,
        outage=OpenOutage(outage.kind, outage.cause, outage.began_at) if outage else None,
    )


def diagnose(
    found: Standing, adapter: Adapter, send: Allowance, read: Allowance, now: datetime
) -> list[HealthLine]:
    """Pure."""
    return [
        _token(found, adapter, now),
        *_scopes(found),
        *_subscription(found, adapter, now),
        _quota(send, read),
        *_sending(found, now),
        _last_event(found),
        *_reconciliation(found, adapter, now),
        *_feed(found, adapter, now),
        *_others(found),
        *_look(found, adapter, now),
    ]


def worst(lines: list[HealthLine]) -> Level:
    levels = {line.level for line in lines}
    return "bad" if "bad" in levels else "warn" if "warn" in levels else "ok"


def _checks(found: Standing) -> dict[str, dict[str, Any]]:
    checks: dict[str, dict[str, Any]] = found.health.get("checks") or {}
    return checks


def _token(found: Standing, adapter: Adapter, now: datetime) -> HealthLine:
    check = _checks(found).get("token")
    if found.status == "reconnect":
        return HealthLine("token", "bad", "token_lost", detail=found.status_reason, remedy="reconnect")
    if check is not None and not check["ok"]:
        return HealthLine("token", "bad", "token_refused", detail=check["detail"], remedy="reconnect")
    ends = found.token_expires_at
    renews = adapter.refresh is not None
    if ends is not None and ends <= now:
        return HealthLine("token", "bad", "token_expired", {"at": ends}, remedy="reconnect")
    if found.token_failures and ends is not None:
        values = {"at": ends, "failures": found.token_failures}
        return HealthLine("token", "warn", "token_not_renewed", values, remedy="reconnect_before")
    if ends is not None and not renews and ends - now <= EXPIRES_SOON:
        return HealthLine("token", "warn", "token_ends_soon", {"at": ends}, remedy="reconnect_before")
    detail = check["detail"] if check else None
    if ends is None:
        return HealthLine("token", "ok", "token_good", detail=detail)
    return HealthLine("token", "ok", "token_renews" if renews else "token_until", {"at": ends}, detail=detail)


def _scopes(found: Standing) -> Iterator[HealthLine]:
    check = _checks(found).get("scopes")
    if check is not None:
        good = check["ok"]
        yield HealthLine(
            "scopes",
            "ok" if good else "bad",
            "scopes_good" if good else "scopes_missing",
            detail=check["detail"],
            remedy=None if good else "authorize_again",
        )


def _subscription(found: Standing, adapter: Adapter, now: datetime) -> Iterator[HealthLine]:
    checks = _checks(found)
    check = next((checks[name] for name in sorted(SUBSCRIPTION) if name in checks), None)
    if check is not None and not check["ok"]:
        remedy = "public_address" if adapter.manifest.needs_public_url else "connect_again"
        yield HealthLine("subscription", "bad", "subscription_lost", detail=check["detail"], remedy=remedy)
    elif _waits_for_first_call(found, adapter, now):
        yield HealthLine("subscription", "warn", "never_called", remedy="set_webhook")
    elif check is not None:
        yield HealthLine("subscription", "ok", "subscription_good", detail=check["detail"])


def _waits_for_first_call(found: Standing, adapter: Adapter, now: datetime) -> bool:
    manifest = adapter.manifest
    by_webhook = manifest.poll_seconds is None and not found.listens and manifest.needs_public_url
    return by_webhook and found.webhook_verified_at is None and now - found.created_at > NEVER_CALLED_AFTER


def _quota(send: Allowance, read: Allowance) -> HealthLine:
    if send.until is not None:
        return HealthLine("quota", "bad", "quota_used_up", _limit(send), remedy="wait")
    if read.until is not None:
        return HealthLine("quota", "warn", "reading_paused", _limit(read), remedy="wait")
    tightest = min(
        (each for each in (send, read) if each.calls is not None),
        key=lambda each: each.calls or 0,
        default=None,
    )
    if tightest is None:
        return HealthLine("quota", "ok", "quota_unknown")
    return HealthLine("quota", "ok", "quota_left", {"left": tightest.calls, **_limit(tightest)})


def _limit(allowed: Allowance) -> dict[str, Any]:
    return {"kind": allowed.kind, "at": allowed.until or allowed.ends}


def _sending(found: Standing, now: datetime) -> Iterator[HealthLine]:
    """Only where something holds answers back."""
    if found.opened_at is not None:
        values = {"since": found.opened_at, "at": found.blocked_until}
        yield HealthLine("sending", "bad", "sending_fails", values, detail=found.block_reason, remedy="wait")
    elif found.blocked_until is not None and found.blocked_until > now:
        values = {"at": found.blocked_until}
        yield HealthLine("sending", "warn", "sending_waits", values, detail=found.block_reason, remedy="wait")


def _last_event(found: Standing) -> HealthLine:
    if found.last_event_at is None:
        return HealthLine("last_event", "ok", "no_event")
    return HealthLine("last_event", "ok", "event", {"at": found.last_event_at})


def _reconciliation(found: Standing, adapter: Adapter, now: datetime) -> Iterator[HealthLine]:
    """Platforms that list nothing have nothing to compare with."""
    if adapter.fetch_page is None or adapter.manifest.poll_seconds is not None:
        return
    values = {"at": found.reconciled_at}
    late = now - (found.reconciled_at or found.created_at) > STALE_RECONCILIATION
    if found.status == "connected" and late:
        yield HealthLine("reconciliation", "warn", "reconciliation_late", values, remedy="look_at_logs")
    elif found.reconciled_at is not None:
        yield HealthLine("reconciliation", "ok", "reconciled", values)


def _feed(found: Standing, adapter: Adapter, now: datetime) -> Iterator[HealthLine]:
    if found.stream_failing_at is not None:
        yield _failing("stream", found.stream_failing_at, found.stream_error, now)
    elif found.standing_at is not None:
        yield HealthLine("stream", "ok", "stream_stands", {"since": found.standing_at})
    elif found.listens and found.status == "connected":
        yield HealthLine("stream", "warn", "stream_waits")
    if adapter.manifest.poll_seconds is None:
        return
    if found.poll_failing_at is not None:
        yield _failing("poll", found.poll_failing_at, found.poll_error, now)
    elif found.polled_at is not None:
        yield HealthLine("poll", "ok", "polled", {"at": found.polled_at})


def _failing(name: str, since: datetime, error: dict[str, Any] | None, now: datetime) -> HealthLine:
    told = error or {}
    level: Level = "bad" if now - since >= BAD_AFTER else "warn"
    values = {"since": since, "error": told.get("code")}
    return HealthLine(name, level, f"{name}_fails", values, detail=told.get("message"), remedy="retries")


def _others(found: Standing) -> Iterator[HealthLine]:
    for name, check in sorted(_checks(found).items()):
        if name not in OWN:
            level: Level = "ok" if check["ok"] else "bad"
            yield HealthLine(
                name, level, "check_good" if check["ok"] else "check_bad", detail=check["detail"]
            )


def _look(found: Standing, adapter: Adapter, now: datetime) -> Iterator[HealthLine]:
    """A platform that did not answer the last look, or a look that was not made."""
    since, at = _time(found.health.get("unreachable_at")), _time(found.health.get("at"))
    if since is not None:
        values = {"since": since}
        detail = found.health.get("error")
        yield HealthLine("platform", "bad", "unreachable", values, detail=detail, remedy="retries")
    elif found.status == "connected" and at is not None and now - at > _stale(adapter):
        yield HealthLine("platform", "warn", "look_late", {"at": at}, remedy="look_at_logs")


def _stale(adapter: Adapter) -> timedelta:
    return max(STALE_LOOK, 2 * timedelta(seconds=adapter.manifest.check_seconds))


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
