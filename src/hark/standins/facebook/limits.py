"""Call limits: how much is used up, told in headers, refused beyond."""

from __future__ import annotations

import json
from collections import deque
from datetime import datetime, timedelta

import msgspec

from hark.standins.facebook.errors import GraphFault


class Budget(msgspec.Struct):
    """`calls` per `seconds`; None means without limit."""

    calls: int | None
    seconds: float
    used: deque[datetime] = msgspec.field(default_factory=deque)

    def take(self, now: datetime) -> bool:
        self._forget(now)
        if self.calls is not None and len(self.used) >= self.calls:
            return False
        self.used.append(now)
        return True

    def percent(self, now: datetime) -> int:
        self._forget(now)
        return 0 if not self.calls else min(100, 100 * len(self.used) // self.calls)

    def regain_minutes(self, now: datetime) -> int:
        if not self.used:
            return 0
        left = self.used[0] + timedelta(seconds=self.seconds) - now
        return max(1, -int(-left.total_seconds() // 60))

    def _forget(self, now: datetime) -> None:
        start = now - timedelta(seconds=self.seconds)
        while self.used and self.used[0] <= start:
            self.used.popleft()


class Limits:
    """The app's calls (code 4), a page's calls (32), its messages a day (80006) and a second (613)."""

    def __init__(self) -> None:
        self.app = Budget(None, 3600)
        self.page = Budget(None, 86400)
        self.messenger = Budget(None, 86400)
        self.send_rate = Budget(300, 1)
        self.private_replies = Budget(750, 3600)

    def charge_app(self, now: datetime) -> None:
        if not self.app.take(now):
            raise GraphFault(4, "(#4) Application request limit reached", transient=True)

    def charge_page(self, now: datetime) -> None:
        if not self.page.take(now):
            raise GraphFault(32, "(#32) Page request limit reached")

    def charge_message(self, now: datetime, *, private: bool) -> None:
        if not self.send_rate.take(now) or (private and not self.private_replies.take(now)):
            raise GraphFault(613, "(#613) Calls to this api have exceeded the rate limit.", subcode=1996)
        if not self.messenger.take(now):
            minutes = self.messenger.regain_minutes(now)
            raise GraphFault(
                80006, "There have been too many calls to this Page account.", regain_minutes=minutes
            )

    def headers(self, page_id: str | None, now: datetime, regain_minutes: int = 0) -> dict[str, str]:
        app = self.app.percent(now)
        found = {"X-App-Usage": json.dumps({"call_count": app, "total_time": app, "total_cputime": app})}
        if page_id is not None:
            rows = [
                _row("messenger", self.messenger.percent(now), regain_minutes),
                _row("pages", self.page.percent(now), 0),
            ]
            found["X-Business-Use-Case-Usage"] = json.dumps({page_id: rows})
        return found


def _row(kind: str, percent: int, minutes: int) -> dict[str, object]:
    usage = {"call_count": percent, "total_cputime": percent, "total_time": percent}
    return {"type": kind, **usage, "estimated_time_to_regain_access": minutes}
