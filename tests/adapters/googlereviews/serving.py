"""The stand-in on a real loopback port, and an account at it whose state is kept as the program keeps it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.adapters.googlereviews import ADAPTER
from hark.channels.contract import Account, InboundEvent, RawItem
from hark.infra.http import GuardedHttp
from hark.kernel.clock import Clock, utc_now
from hark.kernel.secrets import Secret
from hark.standins.googlereviews import GoogleReviewsStandIn, Settings
from tests.support.live import serving


class Stage:
    def __init__(self, standin: GoogleReviewsStandIn, address: str) -> None:
        self.standin, self.address = standin, address
        self.http = GuardedHttp(allow_private=True)
        world, values = standin.world, standin.values(address)
        secrets = {key: Secret(values[key]) for key in ("client_secret", "refresh_token", "push_token")}
        self.account = Account(
            UUID(int=82),
            UUID(int=1),
            world.location,
            world.title,
            secrets={**secrets, "access_token": Secret(world.new_token())},
            fields={
                "client_id": values["client_id"],
                "account": world.account,
                "location": world.location,
                "pubsub_topic": values["pubsub_topic"],
                "base_url": address,
            },
            webhook_url="https://hark.example/webhooks/google_reviews/k82",
        )

    async def look(self, since: datetime | None = None) -> list[RawItem]:
        """All pages, as the program reads them; its state is kept."""
        items: list[RawItem] = []
        cursor: str | None = None
        while True:
            assert ADAPTER.fetch_page is not None
            page = await ADAPTER.fetch_page(cursor, since, self.account, self.http)
            items += page.items
            self.account = msgspec.structs.replace(self.account, state={**self.account.state, **page.state})
            cursor = page.next
            if cursor is None:
                return items


def events(items: list[RawItem]) -> list[InboundEvent]:
    return [event for item in items for event in ADAPTER.normalize(item.payload, utc_now())]


@asynccontextmanager
async def staged(clock: Clock = utc_now, **settings: Any) -> AsyncIterator[Stage]:
    standin = GoogleReviewsStandIn(Settings(**settings), clock)
    async with serving(standin) as address:
        stage = Stage(standin, f"http://{address}")
        try:
            yield stage
        finally:
            await stage.http.aclose()
            await standin.aclose()
