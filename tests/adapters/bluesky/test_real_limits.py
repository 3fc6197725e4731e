"""The adapter against the real server's own rate limits, and a server whose AppView cannot be reached."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest

from hark.adapters.bluesky import ADAPTER
from hark.channels.contract import Outbound, Rejected, Source, TryAgain, Unconfirmed
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.ids import new_id
from tests.adapters.bluesky.network import app_password, connected, person
from tests.support.servers import Network, bluesky_pds

pytestmark = [pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with bluesky_pds(rate_limits=True) as found:
        yield found


class Counting:
    """A meter that remembers."""

    def __init__(self) -> None:
        self.spent: list[tuple[str, float]] = []
        self.quotas: list[tuple[str, int, int | None]] = []

    def spend(self, kind: str, units: float = 1, usd: float = 0) -> None:
        self.spent.append((kind, units))

    def quota(self, kind: str, *, remaining: int, resets_at: datetime, limit: int | None = None) -> None:
        assert resets_at > utc_now()
        self.quotas.append((kind, remaining, limit))


@pytest.fixture
async def http() -> AsyncIterator[GuardedHttp]:
    guarded = GuardedHttp(allow_private=True, meter=Counting())
    yield guarded
    await guarded.aclose()


def answer(account: Any) -> Outbound:
    uri, now = f"at://{account.platform_account_id}/app.bsky.feed.post/3l", utc_now()
    cid = "bafyreig3khocspijb5iktfizbbyx5w5vzabz2yb6e5ews2e77uvzjtxile"
    reply_to = {"parent_uri": uri, "parent_cid": cid, "root_uri": uri, "root_cid": cid}
    return Outbound(new_id(now), Source.COMMENT, f"{uri}#x", None, now, text="Hello", reply_to=reply_to)


async def test_points_run_out_with_the_time_to_wait_and_are_told_to_the_meter(
    network: Network, http: GuardedHttp
) -> None:
    shop = await person(network, "points.test")
    account = await connected(network, "points.test", await app_password(shop), http)
    await ADAPTER.send(answer(account), account, http)
    meter = http.meter
    assert isinstance(meter, Counting)
    assert ("points", 2) in meter.spent
    await _use_up(shop)
    with pytest.raises(TryAgain) as raised:
        await ADAPTER.send(answer(account), account, http)
    assert raised.value.scope == "account"
    assert raised.value.retry_after is not None
    assert 3000 < raised.value.retry_after <= 3600
    assert meter.quotas[-1] == ("send", 0, 5000 // 3)


async def _use_up(shop: Any) -> None:
    """1,666 records cost 4,998 points; they go by the hundred."""
    write = {
        "$type": "com.atproto.repo.applyWrites#create",
        "collection": "app.bsky.feed.post",
        "value": {"$type": "app.bsky.feed.post", "text": "x", "createdAt": "2026-11-23T10:00:00.000Z"},
    }
    for count in [100] * 16 + [66]:
        await shop.com.atproto.repo.apply_writes(
            {"repo": shop.me.did if shop.me else shop._session.did, "writes": [write] * count}
        )


async def test_logins_run_out_as_a_problem_that_passes(network: Network, http: GuardedHttp) -> None:
    await person(network, "logins.test")
    problem = await _log_in_until_it_is_too_much(network, http)
    assert problem.retry_after is not None
    assert 0 < problem.retry_after <= 300


async def _log_in_until_it_is_too_much(network: Network, http: GuardedHttp) -> TryAgain:
    for _ in range(40):
        try:
            await connected(network, "logins.test", "not-the-password", http)
        except TryAgain as problem:
            return problem
        except Rejected:
            continue
    raise AssertionError("40 logins, and the server took them all")


async def test_a_server_without_an_appview_fails_for_a_while_and_not_for_ever(
    network: Network, http: GuardedHttp
) -> None:
    shop = await person(network, "lonely.test")
    account = await connected(network, "lonely.test", await app_password(shop), http)
    assert ADAPTER.fetch_page is not None
    with pytest.raises(TryAgain) as raised:
        await ADAPTER.fetch_page(None, utc_now(), account, http)
    assert raised.value.http_status in {500, 502}
    direct = msgspec.structs.replace(answer(account), source=Source.DM, reply_to={"convo": "x"})
    with pytest.raises((Unconfirmed, TryAgain)):
        await ADAPTER.send(direct, account, http)
