"""Health and usage of accounts, as the page asks for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from hark.channels.accounts.usage.models import Counted
from hark.flows.health import look_after_accounts
from hark.flows.metering import flush_usage
from tests.support.people import Office
from tests.support.program import connect


async def test_a_new_account_has_a_line_for_each_part(office: Office) -> None:
    await look_after_accounts(office.hark)
    told = await office.agent.get(f"/accounts/{office.account.account_id}/health")
    lines = {line["name"]: line for line in told["lines"]}
    assert {"token", "quota", "last_event", "platform"} <= lines.keys()
    assert lines["platform"]["code"] == "unreachable", "the sandbox does not run here"
    assert (told["level"], told["outage"]) == ("bad", None)
    assert told["looked_at"] is not None


async def test_what_calls_used_up_is_told_by_day_and_kind(office: Office) -> None:
    now = office.hark.clock()
    for back, units in ((0, 3.0), (1, 5.0), (40, 100.0)):
        key = (
            office.account.workspace_id,
            office.account.account_id,
            (now - timedelta(days=back)).date(),
            "posts_read",
        )
        office.hark.usage.add(key, Counted(2, units, units * 0.005))
    await flush_usage(office.hark)
    meter = office.hark.usage.meter(office.account.workspace_id, office.account.account_id, ())
    meter.quota("read", limit=100, remaining=40, resets_at=now + timedelta(minutes=15))
    told = await office.agent.get(f"/accounts/{office.account.account_id}/usage")
    assert [(row["kind"], row["calls"], row["units"]) for row in told["days"]] == [
        ("posts_read", 2, 5.0),
        ("posts_read", 2, 3.0),
    ]
    assert told["usd"] == pytest.approx(0.04)
    (quota,) = told["quotas"]
    assert (quota["kind"], quota["limit"], quota["remaining"]) == ("read", 100, 40)
    week = await office.agent.get(f"/accounts/{office.account.account_id}/usage", days=1)
    assert [row["units"] for row in week["days"]] == [3.0]


@pytest.mark.parametrize("what", ["health", "usage"])
async def test_accounts_of_others_look_like_none(office: Office, what: str) -> None:
    stranger = await connect(office.hark, platform_account_id="elsewhere")
    for foreign in (stranger.account_id, uuid4()):
        assert (await office.agent.call("GET", f"/accounts/{foreign}/{what}")).status_code == 404


@pytest.mark.parametrize("days", ["0", "91", "x"])
async def test_days_have_bounds(office: Office, days: Any) -> None:
    answer = await office.agent.call("GET", f"/accounts/{office.account.account_id}/usage", days=days)
    assert answer.status_code in {400, 422}
