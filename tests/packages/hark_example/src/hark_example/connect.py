"""Asks whose loft it is."""

from collections.abc import Mapping
from uuid import UUID

from hark.channels.contract import Account, Connected, Health, PlatformProblem, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret
from hark_example.client import call


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    loft = values.get("loft", "").strip()
    secrets = {"key": Secret(values.get("key", ""))}
    account = Account(UUID(int=0), UUID(int=0), loft, loft, secrets=secrets)
    try:
        found = await call(account, http, "GET", f"lofts/{loft}")
    except Reconnect as problem:
        raise Rejected(problem.code, "The key does not fit this loft.") from problem
    step = f"Hang this address up in the loft: {webhook_url}"
    return Connected(loft, str(found.get("name") or loft), steps=(step,))


async def check(account: Account, http: GuardedHttp) -> Health:
    try:
        await call(account, http, "GET", f"lofts/{account.platform_account_id}")
    except PlatformProblem as problem:
        return Health(False, {"token": (False, problem.message)})
    return Health(True, {"token": (True, "The key fits the loft.")})
