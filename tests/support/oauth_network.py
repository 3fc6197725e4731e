"""A network whose tokens end: pairs of access and refresh tokens, of which each refresh token works once; and its
authorization by code, with the PKCE verifier checked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from hark.adapters.sandbox import ADAPTER as SANDBOX
from hark.channels.contract import (
    Account,
    Adapter,
    Authorization,
    Choice,
    Connected,
    Field,
    Health,
    Outbound,
    Reconnect,
    Refreshed,
    Rejected,
    Scope,
    Sent,
)
from hark.infra.http import GuardedHttp
from hark.kernel.clock import Clock
from hark.kernel.secrets import Secret
from tests.support.fake_platform import FakePlatform

PLATFORM = "tokennet"
FIELDS = (
    Field("client_id", "Client id"),
    Field("client_secret", "Client secret", secret=True),
    Field("access_token", "Access token", secret=True),
    Field("greeting", "Greeting", required=False, default="Hello"),
)
SCOPES = (
    Scope("messages", "Read and answer direct messages."),
    Scope("posts", "See the posts that comments stand under.", required=False),
)
GRANTED = "granted-code"


class TokenNetwork:
    """`access` are the tokens that are good, `renewals` the refresh tokens that still work. `during` runs while a
    renewal is under way, after the old pair has ended."""

    def __init__(self, clock: Clock, *, life: timedelta = timedelta(hours=2), renews: bool = True) -> None:
        self.clock = clock
        self.life = life
        self.access: set[str] = set()
        self.renewals: set[str] = set()
        self.count = 0
        self.asked = 0
        self.during: Callable[[], Awaitable[None]] | None = None
        self.still_good_until: datetime | None = None
        self.pages: dict[str, str] = {"page-1": "Lantern Bikes"}
        self.finished: list[Mapping[str, str]] = []
        self.finishing: Exception | None = None
        self.challenge = ""
        self.fake = FakePlatform(clock, platform=PLATFORM)
        self.fake.adapter = self._adapter(renews)

    def _adapter(self, renews: bool) -> Adapter:
        manifest = msgspec.structs.replace(
            self.fake.adapter.manifest, name="Tokennet", fields=FIELDS, scopes=SCOPES, needs_public_url=True
        )
        return msgspec.structs.replace(
            self.fake.adapter,
            manifest=manifest,
            send=self.send,
            check=self.check,
            connect=self.connect,
            refresh=self.refresh if renews else None,
            authorization=Authorization(("client_id", "client_secret"), self.begin, self.finish),
            verify=SANDBOX.verify,
        )

    def pair(self) -> dict[str, str]:
        """A new pair; those from before are not ended by it."""
        self.count += 1
        access, renewal = f"access-{self.count}", f"refresh-{self.count}"
        self.access.add(access)
        self.renewals.add(renewal)
        return {"access_token": access, "refresh_token": renewal}

    def expiry(self) -> datetime:
        return self.clock() + self.life

    async def send(self, outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
        self.check_token(account)
        return await self.fake.send(outbound, account, http)

    async def check(self, account: Account, http: GuardedHttp) -> Health:
        self.check_token(account)
        return Health(True, {"token": (True, "The token is good.")})

    def check_token(self, account: Account) -> None:
        if account.secrets["access_token"].reveal() not in self.access:
            raise Reconnect("401", "The token is not good any more.", http_status=401)

    async def refresh(self, account: Account, http: GuardedHttp) -> Refreshed:
        self.asked += 1
        if self.still_good_until is not None:
            return Refreshed({}, self.still_good_until)
        used = account.secrets["refresh_token"].reveal()
        if used not in self.renewals:
            raise Reconnect("invalid_grant", "Tokennet no longer renews this access: connect it again.")
        self.renewals.discard(used)
        self.access.discard(account.secrets["access_token"].reveal())
        pair = self.pair()
        if self.during is not None:
            await self.during()
        await asyncio.sleep(0)
        secrets = {key: Secret(value) for key, value in pair.items()}
        return Refreshed(secrets, self.expiry())

    def begin(self, values: Mapping[str, str], redirect_uri: str, state: str, challenge: str) -> str:
        self.challenge = challenge
        query = {"client_id": values["client_id"], "redirect_uri": redirect_uri, "state": state}
        return "https://tokennet.example/authorize?" + urlencode(query)

    async def finish(
        self, values: Mapping[str, str], code: str, redirect_uri: str, verifier: str, http: GuardedHttp
    ) -> tuple[Choice, ...]:
        if self.finishing is not None:
            raise self.finishing
        digest = hashlib.sha256(verifier.encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.challenge or code != GRANTED:
            raise Rejected("invalid_grant", "Tokennet does not know this code.")
        self.finished.append({**values, "redirect_uri": redirect_uri})
        return tuple(Choice(key, name, {**self.pair(), "page": key}) for key, name in self.pages.items())

    async def connect(
        self, values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp
    ) -> Connected:
        if values["access_token"] not in self.access:
            raise Rejected("401", "Tokennet does not know this token.")
        page = values.get("page", "page-1")
        return Connected(page, self.pages.get(page, page), expires_at=self.expiry())
