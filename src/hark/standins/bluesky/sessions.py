"""Logins, tokens, and what an account may use up."""

from __future__ import annotations

import base64
from collections import deque
from datetime import datetime, timedelta

import msgspec

from hark.kernel.clock import Clock
from hark.standins.bluesky.world import HANDLE, OURS, PASSWORD, Json, Refused
from hark.standins.kit.asked import Asked

ACCESS = timedelta(hours=2)
REFRESH = timedelta(days=90)

COSTS = {
    "com.atproto.repo.createRecord": 3,
    "com.atproto.repo.putRecord": 2,
    "com.atproto.repo.deleteRecord": 1,
}


class Window:
    """At most `limit` points in `seconds`; sliding."""

    def __init__(self, clock: Clock, limit: int, seconds: int) -> None:
        self.clock, self.limit, self.seconds = clock, limit, seconds
        self._spent: deque[tuple[datetime, int]] = deque()

    def take(self, points: int) -> dict[str, str]:
        """The headers of the answer. Raises Refused."""
        now = self.clock()
        while self._spent and self._spent[0][0] <= now - timedelta(seconds=self.seconds):
            self._spent.popleft()
        used = sum(each for _, each in self._spent)
        resets = (self._spent[0][0] if self._spent else now) + timedelta(seconds=self.seconds)
        headers = {
            "ratelimit-limit": str(self.limit),
            "ratelimit-remaining": str(max(0, self.limit - used - points)),
            "ratelimit-reset": str(int(resets.timestamp()) + 1),
            "ratelimit-policy": f"{self.limit};w={self.seconds}",
        }
        if used + points > self.limit:
            wait = max(1, int((resets - now).total_seconds()) + 1)
            raise Refused(
                429, "RateLimitExceeded", "Rate Limit Exceeded", {**headers, "retry-after": str(wait)}
            )
        self._spent.append((now, points))
        return headers


class Sessions:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.access: dict[str, datetime] = {}
        self.refresh: dict[str, datetime] = {}
        self.logins = Window(clock, 30, 300)
        self.calls = Window(clock, 3000, 300)
        self.points = Window(clock, 5000, 3600)
        self.messages = True
        """Whether the app password gives access to direct messages."""
        self._made = 0

    def log_in(self, asked: Asked, address: str) -> Json:
        self.logins.take(1)
        body = asked.json()
        if body.get("identifier") not in {HANDLE, OURS} or body.get("password") != PASSWORD:
            raise Refused(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._session(address)

    def renew(self, asked: Asked, address: str) -> Json:
        ends = self.refresh.pop(asked.bearer, None)
        if ends is None:
            raise Refused(400, "InvalidToken", "Token could not be verified")
        if ends <= self.clock():
            raise Refused(400, "ExpiredToken", "Token has expired")
        return self._session(address)

    def _session(self, address: str) -> Json:
        now = self.clock()
        access, refresh = self._token("access", now + ACCESS), self._token("refresh", now + REFRESH)
        self.access[access], self.refresh[refresh] = now + ACCESS, now + REFRESH
        server = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": address}
        document = {"id": OURS, "alsoKnownAs": [f"at://{HANDLE}"], "service": [server]}
        return {
            "accessJwt": access,
            "refreshJwt": refresh,
            "did": OURS,
            "handle": HANDLE,
            "active": True,
            "didDoc": document,
        }

    def _token(self, kind: str, ends: datetime) -> str:
        self._made += 1
        claims = {
            "scope": f"com.atproto.{kind}",
            "sub": OURS,
            "exp": int(ends.timestamp()),
            "jti": self._made,
        }
        parts = ({"alg": "none"}, claims)
        return (
            ".".join(
                base64.urlsafe_b64encode(msgspec.json.encode(part)).decode().rstrip("=") for part in parts
            )
            + ".x"
        )

    def check(self, asked: Asked) -> str:
        """Whose token it is."""
        if not asked.bearer:
            raise Refused(401, "AuthMissing", "Authentication Required")
        ends = self.access.get(asked.bearer)
        if ends is None:
            raise Refused(400, "InvalidToken", "Token could not be verified")
        if ends <= self.clock():
            raise Refused(400, "ExpiredToken", "Token has expired")
        return OURS

    def expire(self) -> None:
        """All access tokens end now."""
        self.access = dict.fromkeys(self.access, self.clock())
