"""Was a message accepted whose answer never came? X knows no reference of ours, so we look for its likeness among the
newest things that our account made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hark.adapters.x.client import Api, api_of, next_token, rows_of
from hark.adapters.x.payloads import Entities, Link
from hark.adapters.x.prices import DM_READ, OWNED_READ, POST_READ, Price
from hark.adapters.x.text import plain
from hark.adapters.x.wire import minted, text_id, written
from hark.channels.contract import Account, NotSent, Outbound, Sent, Source
from hark.infra.http import GuardedHttp
from hark.kernel.links import find_links

SKEW = timedelta(seconds=5)
"""How far our clock and X's may be apart. Small, so that the same words sent before are not taken for it."""
LATEST = timedelta(minutes=15)
_ROWS = 10
"""Few, because X charges for each. X refuses the same words twice in one place, so for posts a wider time is safe."""


async def look_up(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | NotSent | None:
    """The message as X has it; NotSent for a post that X surely does not have; None where it cannot be told.

    Lists trail what is made by a moment. A post may be tried again all the same, because X refuses a second one of the same
    words; a direct message it would send twice, so one that is missing stays unconfirmed.
    """
    api = api_of(account, http)
    if outbound.source is Source.DM or outbound.private_to is not None:
        return await _find_dm(api, outbound, account.platform_account_id)
    return await find_post(api, outbound, account.platform_account_id)


async def find_post(api: Api, outbound: Outbound, account_id: str) -> Sent | NotSent | None:
    since = outbound.at - (LATEST if outbound.text.strip() else SKEW)
    query = {
        "max_results": str(_ROWS),
        "exclude": "retweets",
        "start_time": f"{since:%Y-%m-%dT%H:%M:%SZ}",
        "tweet.fields": "created_at,author_id,in_reply_to_user_id,referenced_tweets,entities,note_tweet,attachments",
    }
    owned = api.fields.get("owned_app", "").lower() == "yes"
    price: Price = OWNED_READ if owned else POST_READ
    answer = await api.get(f"users/{account_id}/tweets", query, price=price)
    ours = (row for row in rows_of(answer) if _made_since(row, since, outbound) and _answers(row, outbound))
    found = _earliest(row for row in ours if _says(row, outbound))
    if found is not None:
        return Sent(str(text_id(found.get("id"))), _at(found))
    return NotSent() if next_token(answer) is None and outbound.text.strip() else None


async def _find_dm(api: Api, outbound: Outbound, account_id: str) -> Sent | None:
    path = _list_path(outbound)
    if path is None:
        return None
    query = {
        "max_results": str(_ROWS),
        "event_types": "MessageCreate",
        "dm_event.fields": "id,text,event_type,created_at,sender_id,dm_conversation_id,attachments,entities",
    }
    rows = rows_of(await api.get(path, query, price=DM_READ))
    ours = [row for row in rows if text_id(row.get("sender_id")) == account_id]
    found = _earliest(
        row for row in ours if _made_since(row, outbound.at - SKEW, outbound) and _says(row, outbound)
    )
    if found is None:
        return None
    sent = Sent(str(text_id(found.get("id"))), _at(found))
    if outbound.private_to is None:
        return sent
    thread = text_id(found.get("dm_conversation_id"))
    return msgspec.structs.replace(sent, thread_key=thread, thread_source=Source.DM)


def _list_path(outbound: Outbound) -> str | None:
    group = outbound.reply_to.get("conversation") if outbound.private_to is None else None
    if group:
        return f"dm_conversations/{group}/dm_events"
    person = outbound.reply_to.get("participant") or outbound.recipient or outbound.reply_to.get("author_id")
    return f"dm_conversations/with/{person}/dm_events" if person else None


def _earliest(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return min(rows, key=lambda row: (len(str(row.get("id"))), str(row.get("id"))), default=None)


def _at(row: Mapping[str, Any]) -> datetime | None:
    """From the id: `created_at` of posts has whole seconds only."""
    return minted(text_id(row.get("id"))) or written(row.get("created_at"))


def _made_since(row: Mapping[str, Any], since: datetime, outbound: Outbound) -> bool:
    at = _at(row)
    return at is not None and since <= at <= outbound.at + LATEST


def _answers(row: Mapping[str, Any], outbound: Outbound) -> bool:
    target = outbound.quoted or outbound.reply_to.get("post_id")
    named = row.get("referenced_tweets") or row.get("referenced_posts")
    answered = [
        text_id(each.get("id"))
        for each in (named if isinstance(named, list) else [])
        if isinstance(each, dict) and each.get("type") == "replied_to"
    ]
    return not target or not answered or target in answered


def _says(row: Mapping[str, Any], outbound: Outbound) -> bool:
    """The same words. X puts names before a reply, shortens links, and adds one for each file."""
    if bool(outbound.attachments) != bool(row.get("attachments")):
        return False
    theirs, ours = _bare(_text_of(row)), _bare(outbound.text)
    return theirs == ours or (theirs.startswith("@") and theirs.endswith(f" {ours}") and bool(ours))


def _text_of(row: Mapping[str, Any]) -> str:
    long = row.get("note_tweet") or row.get("note_post")
    part = long if isinstance(long, dict) and long.get("text") else row
    return plain(str(part.get("text") or ""), _links(part.get("entities")))


def _links(entities: Any) -> list[Link]:
    try:
        return msgspec.convert(entities, Entities).urls or [] if isinstance(entities, dict) else []
    except msgspec.ValidationError:
        return []


def _bare(text: str) -> str:
    """Without links (X may write the same address in another way) and with single blanks."""
    kept, at = [], 0
    for start, end in find_links(text):
        kept.append(text[at:start])
        at = end
    return " ".join("".join([*kept, text[at:]]).split())
