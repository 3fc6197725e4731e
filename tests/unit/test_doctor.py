"""What the connection doctor says, by tables: a cause and a remedy for everything that is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.adapters.sandbox import ADAPTER as SANDBOX
from hark.channels.accounts.outages.models import Standing
from hark.channels.accounts.usage import Allowance
from hark.channels.contract import Adapter, Health
from hark.flows import doctor
from hark.flows.doctor import HealthLine, diagnose, worst
from hark.flows.health import reached, unreachable
from hark.kernel.ids import new_id

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
AGO = NOW - timedelta(hours=2)
JUST = NOW - timedelta(minutes=1)
CATALOGS = Path(__file__).parents[2] / "web" / "src" / "locales"

WELL = Standing(
    workspace_id=new_id(NOW),
    id=new_id(NOW),
    platform="sandbox",
    status="connected",
    status_reason=None,
    created_at=AGO,
    token_expires_at=None,
    token_failures=0,
    token_warned_at=None,
    webhook_verified_at=AGO,
    last_event_at=JUST,
    reconciled_at=JUST,
    polled_at=None,
    poll_failing_at=None,
    poll_error=None,
    health={"at": JUST.isoformat(), "ok": True, "checks": {}},
    listens=False,
    standing_at=None,
    stream_failing_at=None,
    stream_error=None,
    blocked_until=None,
    block_reason=None,
    opened_at=None,
)
ERROR = {"code": "503", "message": "Busy."}


def checks(**found: tuple[bool, str]) -> dict[str, Any]:
    lines = {name: {"ok": ok, "detail": detail} for name, (ok, detail) in found.items()}
    return {"at": JUST.isoformat(), "checks": lines}


def adapter(**manifest: Any) -> Adapter:
    changed = msgspec.structs.replace(SANDBOX.manifest, needs_public_url=True, **manifest)
    return msgspec.structs.replace(SANDBOX, manifest=changed, refresh=None)


def lines_of(
    found: Standing,
    by: Adapter | None = None,
    send: Allowance | None = None,
    read: Allowance | None = None,
) -> dict[str, HealthLine]:
    told = diagnose(found, by or adapter(), send or Allowance(), read or Allowance(), NOW)
    return {line.name: line for line in told}


def test_a_healthy_account_is_well() -> None:
    told = lines_of(WELL)
    assert worst(list(told.values())) == "ok"
    assert {"token", "quota", "last_event", "reconciliation"} == told.keys()
    assert all(line.remedy is None for line in told.values())


CASES: list[tuple[dict[str, Any], str, str, str]] = [
    ({"status": "reconnect", "status_reason": "Gone."}, "token", "bad", "token_lost"),
    ({"health": checks(token=(False, "Unknown."))}, "token", "bad", "token_refused"),
    ({"token_expires_at": JUST}, "token", "bad", "token_expired"),
    (
        {"token_expires_at": NOW + timedelta(days=3), "token_failures": 2},
        "token",
        "warn",
        "token_not_renewed",
    ),
    ({"token_expires_at": NOW + timedelta(days=3)}, "token", "warn", "token_ends_soon"),
    ({"token_expires_at": NOW + timedelta(days=30)}, "token", "ok", "token_until"),
    ({"health": checks(scopes=(False, "pages_messaging is missing."))}, "scopes", "bad", "scopes_missing"),
    ({"health": checks(scopes=(True, "All."))}, "scopes", "ok", "scopes_good"),
    ({"health": checks(webhook=(False, "Not set."))}, "subscription", "bad", "subscription_lost"),
    ({"health": checks(subscription=(True, "Set."))}, "subscription", "ok", "subscription_good"),
    ({"webhook_verified_at": None}, "subscription", "warn", "never_called"),
    ({"opened_at": JUST, "block_reason": "It fails."}, "sending", "bad", "sending_fails"),
    ({"blocked_until": NOW + timedelta(minutes=1)}, "sending", "warn", "sending_waits"),
    ({"last_event_at": None}, "last_event", "ok", "no_event"),
    ({"reconciled_at": AGO}, "reconciliation", "warn", "reconciliation_late"),
    ({"stream_failing_at": JUST, "stream_error": ERROR}, "stream", "warn", "stream_fails"),
    ({"stream_failing_at": AGO, "stream_error": ERROR}, "stream", "bad", "stream_fails"),
    ({"listens": True, "standing_at": AGO}, "stream", "ok", "stream_stands"),
    ({"listens": True}, "stream", "warn", "stream_waits"),
    ({"health": checks(role=(False, "Not an administrator."))}, "role", "bad", "check_bad"),
    ({"health": checks(role=(True, "Administrator."))}, "role", "ok", "check_good"),
    (
        {"health": {"at": JUST.isoformat(), "unreachable_at": AGO.isoformat(), "error": "x"}},
        "platform",
        "bad",
        "unreachable",
    ),
    ({"health": {"at": AGO.isoformat()}}, "platform", "warn", "look_late"),
]


@pytest.mark.parametrize(("changes", "name", "level", "code"), CASES)
def test_what_is_found_has_its_line(changes: dict[str, Any], name: str, level: str, code: str) -> None:
    line = lines_of(msgspec.structs.replace(WELL, **changes))[name]
    assert (line.level, line.code) == (level, code)
    assert (line.remedy is not None) is (level != "ok" and code not in {"check_bad", "stream_waits"})


@pytest.mark.parametrize(
    ("changes", "level", "code"),
    [
        ({"polled_at": JUST}, "ok", "polled"),
        ({"poll_failing_at": JUST, "poll_error": ERROR}, "warn", "poll_fails"),
        ({"poll_failing_at": AGO, "poll_error": ERROR}, "bad", "poll_fails"),
    ],
)
def test_a_polled_account_has_its_poll_for_its_reconciliation(
    changes: dict[str, Any], level: str, code: str
) -> None:
    told = lines_of(msgspec.structs.replace(WELL, **changes), adapter(poll_seconds=60.0))
    assert (told["poll"].level, told["poll"].code) == (level, code)
    assert "reconciliation" not in told


@pytest.mark.parametrize(
    ("send", "read", "level", "code"),
    [
        (Allowance(), Allowance(), "ok", "quota_unknown"),
        (Allowance(9, None, "send", 9.0, NOW), Allowance(), "ok", "quota_left"),
        (Allowance(), Allowance(0, NOW, "units", 0.0, NOW), "warn", "reading_paused"),
        (Allowance(0, NOW, "units", 0.0, NOW), Allowance(), "bad", "quota_used_up"),
    ],
)
def test_a_quota_that_holds_answers_back_is_worse_than_one_that_holds_reading_back(
    send: Allowance, read: Allowance, level: str, code: str
) -> None:
    line = lines_of(WELL, send=send, read=read)["quota"]
    assert (line.level, line.code) == (level, code)


def test_a_token_that_renews_itself_is_no_worry() -> None:
    async def refresh(account: Any, http: Any) -> Any:
        raise AssertionError

    by = msgspec.structs.replace(adapter(), refresh=refresh)
    found = msgspec.structs.replace(WELL, token_expires_at=NOW + timedelta(hours=1))
    assert lines_of(found, by)["token"].code == "token_renews"


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_has_words_for_every_code_and_remedy(language: str) -> None:
    """Codes are what stands in the doctor's source; a new one without words fails here."""
    catalog = json.loads((CATALOGS / language / "settings.json").read_text("utf-8"))["health"]
    assert {code for _, _, _, code in CASES} <= catalog["code"].keys()
    source = Path(str(doctor.__file__)).read_text("utf-8")
    for remedy in catalog["remedy"]:
        assert f'"{remedy}"' in source, "a remedy that nobody gives"
    for code in catalog["code"]:
        assert f'"{code}"' in source or code in {"stream_fails", "poll_fails"}


def test_a_lost_subscription_is_told_from_one_that_never_was() -> None:
    lost, good = Health(False, {"webhook": (False, "Taken.")}), Health(True, {"webhook": (True, "Set.")})
    assert "unsubscribed_at" not in reached({}, lost, NOW)
    before = msgspec.json.decode(msgspec.json.encode(reached({}, good, AGO)))
    after = reached(before, lost, JUST)
    assert (after["unsubscribed_at"], after["unsubscribed"]) == (before["subscribed_at"], "Taken.")
    assert reached(after, lost, NOW)["unsubscribed_at"] == before["subscribed_at"]
    assert "unsubscribed_at" not in reached(after, good, NOW)


def test_a_platform_that_does_not_answer_keeps_what_was_known() -> None:
    before = checks(token=(True, "Good."))
    after = unreachable(before, "No answer.", JUST)
    assert after["checks"] == before["checks"]
    assert unreachable(after, "Still none.", NOW)["unreachable_at"] == JUST
