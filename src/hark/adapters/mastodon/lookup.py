"""Was a post whose answer got lost accepted after all?"""

from __future__ import annotations

import re
from datetime import timedelta

from hark.adapters.mastodon.client import server_of
from hark.adapters.mastodon.content import instant, text_in
from hark.adapters.mastodon.payloads import Status
from hark.adapters.mastodon.send import MENTION, plan
from hark.channels.contract import Account, NotSent, Outbound, Sent, Source
from hark.infra.http import GuardedHttp

SKEW = timedelta(seconds=10)
LATEST = timedelta(minutes=10)
LOOKED_AT = 40
"""The most that the list of an account's posts gives at once."""

_SPACE = re.compile(r"\s+")
_SIGNS = re.compile(r"[\W_]+")


async def look_up(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | NotSent | None:
    """Among our own newest posts. Certain when they go back to before the send; and even if one came later, the repeated send
    carries the same Idempotency-Key."""
    query: dict[str, str | int] = {"limit": LOOKED_AT, "exclude_reblogs": "true"}
    path = f"/api/v1/accounts/{account.platform_account_id}/statuses"
    rows = await server_of(account, http).get(path, list[Status], query)
    wanted = plan(outbound, account)
    fitting = [row for row in rows if _fits(row, outbound, wanted["status"], wanted.get("in_reply_to_id"))]
    if fitting:
        found = fitting[-1]
        thread = (outbound.recipient or outbound.reply_to.get("person")) if outbound.private_to else None
        return Sent(
            found.id,
            instant(found.created_at),
            thread_key=thread,
            thread_source=Source.DM if thread else None,
        )
    times = [at for at in (instant(row.created_at) for row in rows) if at is not None]
    complete = len(rows) < LOOKED_AT or (times and min(times) < outbound.at - SKEW)
    return NotSent() if complete else None


def _fits(row: Status, outbound: Outbound, text: str, answered: str | None) -> bool:
    at = instant(row.created_at)
    if at is None or not outbound.at - SKEW <= at <= outbound.at + LATEST:
        return False
    return row.in_reply_to_id == answered and _plain(text_in(row) or "") == _plain(text)


def _plain(text: str) -> str:
    """What is left of a text after a server has set it: names without domains, letters and digits. Some servers read
    Markdown and take its signs away; a text of signs alone is compared as it is."""
    named = MENTION.sub(lambda found: f"@{found[1]}", text)
    return _SIGNS.sub("", named).lower() or _SPACE.sub(" ", named).strip()
