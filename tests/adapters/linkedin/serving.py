"""The stand-in and a receiver of its notifications on real loopback ports, in the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from hark.adapters.linkedin import ADAPTER
from hark.channels.contract import Account, Connected, InboundEvent, RawItem, WebhookRequest
from hark.infra.http import GuardedHttp
from hark.kernel.clock import Clock, utc_now
from hark.kernel.secrets import Secret
from hark.standins.linkedin import LinkedInStandIn, Settings
from tests.support.live import serving
from tests.support.waiting import until


class Receiver:
    """Our side of the webhook: proves itself, verifies with the adapter, keeps what came."""

    def __init__(self) -> None:
        self.account: Account | None = None
        self.items: list[RawItem] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        content = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode()))
        request = WebhookRequest(scope["method"], headers, query, content)
        assert self.account is not None
        text = ""
        if request.method == "GET":
            assert ADAPTER.challenge is not None
            text = ADAPTER.challenge(request, self.account) or ""
        else:
            ADAPTER.verify(request, self.account)
            self.items += ADAPTER.split(request.body)
        told = [(b"content-type", ADAPTER.manifest.challenge_media_type.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": told})
        await send({"type": "http.response.body", "body": text.encode()})


class Stage:
    def __init__(self, standin: LinkedInStandIn, address: str, receiver: Receiver, hook: str) -> None:
        self.standin, self.address, self.receiver = standin, address, receiver
        self.http = GuardedHttp(allow_private=True)
        values = standin.values(address)
        self.account = Account(
            UUID(int=72),
            UUID(int=1),
            standin.world.organization,
            standin.world.name,
            secrets={key: Secret(values[key]) for key in ("client_secret", "access_token", "refresh_token")},
            fields={
                "client_id": values["client_id"],
                "application_id": values["application_id"],
                "api_version": "202608",
                "base_url": address,
            },
            webhook_url=hook,
        )
        receiver.account = self.account

    async def settle(self) -> None:
        await until(lambda: self.standin.idle)

    async def connect(self, **values: str) -> Connected:
        given = {**self.standin.values(self.address), "api_version": "202608", **values}
        return await ADAPTER.connect(given, self.account.webhook_url, self.http)

    async def listed(self) -> list[RawItem]:
        """Everything that the list of notifications gives now."""
        items: list[RawItem] = []
        cursor: str | None = None
        while True:
            assert ADAPTER.fetch_page is not None
            page = await ADAPTER.fetch_page(cursor, None, self.account, self.http)
            items += page.items
            cursor = page.next
            if cursor is None:
                return items


def events(items: list[RawItem]) -> list[InboundEvent]:
    return [event for item in items for event in ADAPTER.normalize(item.payload, utc_now())]


@asynccontextmanager
async def staged(clock: Clock = utc_now, **settings: Any) -> AsyncIterator[Stage]:
    standin, receiver = LinkedInStandIn(Settings(**{"notice_delay": 0.0, **settings}), clock), Receiver()
    async with serving(standin) as address, serving(receiver) as hook:
        stage = Stage(standin, f"http://{address}", receiver, f"http://{hook}/webhooks/linkedin/k1")
        try:
            yield stage
        finally:
            await stage.http.aclose()
            await standin.aclose()
