"""Who a page-scoped id is."""

from __future__ import annotations

from hark.adapters._meta.people import ANONYMOUS
from hark.adapters._meta.wire import text_id
from hark.adapters.facebook.client import graph_of
from hark.channels.contract import Account, Author, Profile, Rejected
from hark.infra.http import GuardedHttp

NO_PROFILE = frozenset({"100/2018218", "100/2018247", "100/33", "100/2018001"})
"""Nobody's fault and not worth asking again: European privacy rules, a contact known only from an echo, a
missing right."""


async def fetch_profile(user_id: str, account: Account, http: GuardedHttp) -> Profile | None:
    """Name and picture; None where Facebook tells nothing."""
    if user_id.startswith(ANONYMOUS):
        return None
    try:
        answer = await graph_of(account, http).get(user_id, fields="first_name,last_name,profile_pic")
    except Rejected as refusal:
        if refusal.code in NO_PROFILE:
            return None
        raise
    names = [str(answer[key]) for key in ("first_name", "last_name") if answer.get(key)]
    picture = text_id(answer.get("profile_pic"))
    return Profile(Author(id=user_id, name=" ".join(names) or None, avatar_url=picture))
