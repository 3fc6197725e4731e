"""The stream of the X Activity API: the same events as by webhook, for a Hark that X cannot reach.

The stream belongs to the app: every connection gets the events of all its accounts, and takes those of its own. X allows an
app two connections; a third account of one app keeps polling.
"""

from __future__ import annotations

from hark.adapters.x.client import Api, api_of
from hark.adapters.x.errors import problem_of, problem_of_failure
from hark.adapters.x.manifest import ACCOUNT_ACTIVITY, ENTERPRISE
from hark.adapters.x.split import split
from hark.adapters.x.subscribe import subscribe_each, unfit_address
from hark.channels.contract import Account, Emit, MalformedPayload, RawItem
from hark.infra.http import CallFailed, GuardedHttp

BACKFILL_MINUTES = "5"
"""What an enterprise app may have again after a break; for everybody the lists are looked through then."""


def listens(account: Account) -> bool:
    """Only where no webhook can be set up: it is one or the other."""
    if account.fields.get("product") == ACCOUNT_ACTIVITY or not account.secrets.get("bearer_token"):
        return False
    return unfit_address(account.webhook_url, account.fields) is not None


async def listen(account: Account, http: GuardedHttp, emit: Emit) -> None:
    api = api_of(account, http)
    await subscribe_each(api, None, account)
    url = f"{api.base}/2/activity/stream"
    enterprise = account.fields.get("plan") == ENTERPRISE
    query = {"backfill_minutes": BACKFILL_MINUTES} if enterprise else None
    try:
        await _read(api, url, query, account.platform_account_id, emit)
    except CallFailed as failure:
        raise problem_of_failure(failure, "read") from failure


async def _read(api: Api, url: str, query: dict[str, str] | None, account_id: str, emit: Emit) -> None:
    async with api.http.stream("GET", url, headers=api.signed("GET", url, "app"), query=query) as lines:
        if lines.status != 200:
            raise problem_of(await lines.answer(), "read")
        await emit((), {})
        async for line in lines:
            if items := [item for item in _items(line) if item.platform_account_id == account_id]:
                await emit(items, {})


def _items(line: str) -> list[RawItem]:
    """Empty lines are signs of life; a line that is no event is the reason why X ends the stream."""
    if not line.strip():
        return []
    try:
        return split(line.encode())
    except MalformedPayload:
        return []
