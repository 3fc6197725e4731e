"""What X still has: mentions (answers to us carry our name and are among them), then direct messages, page by page and
newest first, as the webhook would have brought them. For import, for repair after an outage, and as the poll.

A walk goes back to `since`, but never behind what the walk before had completely: reads cost money. Where it ended is kept in the
account's state only when it came to its end, so that a walk that breaks off leaves no gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from hark.adapters.x.client import Api, api_of, next_token, rows_of
from hark.adapters.x.prices import DM_READ, OWNED_READ, POST_READ, charge_read
from hark.adapters.x.split import listed_items
from hark.adapters.x.wire import back, minted, snowflake_at, text_id
from hark.channels.contract import Account, FetchedPage, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.pages import decode_cursor, encode_cursor

OVERLAP = timedelta(minutes=2)
"""Looked at again: X's lists trail what happens, and a later id may show before an earlier one."""
ROWS = 100
FEW_ROWS = 20
"""Of messages X has no list "since": a poll looks at a few first, and goes on only where all of them are new."""

POST_FIELDS = (
    "created_at,author_id,conversation_id,in_reply_to_user_id,referenced_tweets,attachments,entities,note_tweet,"
    "edit_history_tweet_ids,lang,display_text_range"
)
USER_FIELDS = "username,name,profile_image_url,verified"
MEDIA_FIELDS = "type,url,preview_image_url,variants,width,height,alt_text,duration_ms"
DM_FIELDS = (
    "id,text,event_type,created_at,sender_id,dm_conversation_id,attachments,entities,referenced_tweets"
)

STATE = "x_read_up_to"
"""Key of the account's state: the newest ids of a complete walk, by stage."""

Stage = Literal["mentions", "dms"]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a walk stands: stage and page, the oldest id wanted of each stage, the newest ids seen."""

    stage: Stage
    token: str | None
    floor: str
    dm_floor: str
    newest: str = ""
    newest_dm: str = ""


async def fetch_page(
    cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
) -> FetchedPage:
    here: Cursor = decode_cursor(cursor, Cursor) if cursor else _begin(since, account.state)
    api = api_of(account, http)
    if here.stage == "mentions":
        return await _mentions(api, account.platform_account_id, here)
    return await _dms(api, account.platform_account_id, here)


def _begin(since: datetime | None, state: Mapping[str, Any]) -> Cursor:
    """Without `since` everything is wanted, whatever was read before."""
    if since is None:
        return Cursor("mentions", None, "", "")
    kept = state.get(STATE)
    read = kept if isinstance(kept, dict) else {}
    return Cursor("mentions", None, _floor(since, read.get("mentions")), _floor(since, read.get("dms")))


def _floor(since: datetime, read: Any) -> str:
    wanted = snowflake_at(since - OVERLAP)
    known = back(read, OVERLAP) if isinstance(read, str) and read.isdigit() and len(read) < 20 else 0
    return str(max(wanted, known))


async def _mentions(api: Api, account_id: str, here: Cursor) -> FetchedPage:
    query = {
        "max_results": str(ROWS),
        "tweet.fields": POST_FIELDS,
        "expansions": "author_id,attachments.media_keys,referenced_tweets.id",
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
        **({"since_id": here.floor} if here.floor else {}),
        **({"pagination_token": here.token} if here.token else {}),
    }
    owned = api.fields.get("owned_app", "").lower() == "yes"
    path = f"users/{account_id}/mentions"
    answer = await api.get(path, query, price=OWNED_READ if owned else POST_READ)
    items = listed_items("post", answer, account_id)
    newest, token = here.newest or _newest(answer), next_token(answer)
    there = msgspec.structs.replace(here, newest=newest, token=token)
    if token is None:
        there = msgspec.structs.replace(there, stage="dms")
    return FetchedPage(tuple(reversed(items)), encode_cursor(*msgspec.to_builtins(there)))


async def _dms(api: Api, account_id: str, here: Cursor) -> FetchedPage:
    """X takes no oldest id here, so the walk ends at the first row that is too old. Older rows of the day were charged for
    when they were new."""
    query = {
        "max_results": str(FEW_ROWS if here.dm_floor and here.token is None else ROWS),
        "event_types": "MessageCreate",
        "dm_event.fields": DM_FIELDS,
        "expansions": "sender_id,attachments.media_keys",
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
        **({"pagination_token": here.token} if here.token else {}),
    }
    try:
        answer = await api.get("dm_events", query)
    except (Rejected, Reconnect) as problem:
        if here.token is not None or problem.http_status == 401:
            raise
        return FetchedPage((), None)  # an app without the right to read messages still gets its mentions
    rows = rows_of(answer)
    wanted = [row for row in rows if _wanted(row, here.dm_floor)]
    new = {**answer, "data": wanted, "includes": _beside(answer, wanted)}
    charge_read(api.http.meter, DM_READ, new)
    items = listed_items("dm_event", new, account_id)
    newest, token = here.newest_dm or _newest(answer), next_token(answer)
    there = msgspec.structs.replace(here, newest_dm=newest, token=token)
    if token is None or not rows or len(wanted) < len(rows):
        return _end(there, tuple(reversed(items)))
    return FetchedPage(tuple(reversed(items)), encode_cursor(*msgspec.to_builtins(there)))


def _beside(answer: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The people of these rows only, with all files."""
    includes = answer.get("includes")
    if not isinstance(includes, dict):
        return {}
    senders = {text_id(row.get("sender_id")) for row in rows}
    users = [user for user in includes.get("users") or () if isinstance(user, dict)]
    return {**includes, "users": [user for user in users if text_id(user.get("id")) in senders]}


def _end(there: Cursor, items: tuple[Any, ...]) -> FetchedPage:
    """What was read completely. A stage that brought nothing keeps where it was."""
    read = {"mentions": there.newest or _kept(there.floor), "dms": there.newest_dm or _kept(there.dm_floor)}
    state = {key: value for key, value in read.items() if value}
    return FetchedPage(items, None, {STATE: state} if state else {})


def _kept(floor: str) -> str:
    """The floor lies OVERLAP before what was read up to."""
    return str(int(floor) + (int(OVERLAP.total_seconds() * 1000) << 22)) if floor else ""


def _newest(answer: Mapping[str, Any]) -> str:
    ids = [own for row in rows_of(answer) if (own := text_id(row.get("id"))) and own.isdigit()]
    return max(ids, key=int, default="")


def _wanted(row: Mapping[str, Any], floor: str) -> bool:
    own = text_id(row.get("id"))
    return not floor or own is None or minted(own) is None or int(own) >= int(floor)
