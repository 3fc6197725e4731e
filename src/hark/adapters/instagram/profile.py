"""Who an Instagram-scoped id is."""

from __future__ import annotations

from hark.adapters._meta.people import ANONYMOUS
from hark.adapters._meta.wire import text_id
from hark.adapters.instagram.client import graph_of, profile_of
from hark.adapters.instagram.comments import MENTION
from hark.adapters.instagram.mentions import fetch_mention
from hark.channels.contract import Account, Author, Profile, Rejected
from hark.infra.http import GuardedHttp

NO_PROFILE = frozenset({"230", "100/33", "100/2018001", "100/2018218", "100/2018247", "100/2534014"})
"""Nobody's fault and not worth asking again: whoever only commented has not consented to show a profile."""
FIELDS = "name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,is_verified_user"


async def fetch_profile(user_id: str, account: Account, http: GuardedHttp) -> Profile | None:
    """Name, handle and picture; None where Instagram tells nothing."""
    try:
        if user_id.startswith(MENTION):
            return await _mentioning(user_id, account, http)
        if user_id.startswith(ANONYMOUS):
            return None
        answer = await graph_of(account, http).get(user_id, fields=FIELDS)
    except Rejected as refusal:
        if refusal.code in NO_PROFILE:
            return None
        raise
    handle = text_id(answer.get("username"))
    name = text_id(answer.get("name")) or handle
    return Profile(Author(user_id, name=name, handle=handle, avatar_url=text_id(answer.get("profile_pic"))))


async def _mentioning(user_id: str, account: Account, http: GuardedHttp) -> Profile | None:
    media_id, _, comment_id = user_id.removeprefix(MENTION).partition(":")
    found = await fetch_mention(graph_of(account, http), profile_of(account), media_id, comment_id or None)
    handle = text_id(found.get("username"))
    return Profile(Author(user_id, name=handle, handle=handle)) if handle else None
