"""Was a message accepted whose answer never came?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hark.adapters._meta.graph import next_cursor, rows_of
from hark.adapters._meta.likeness import SKEW, Listed, find, verdict
from hark.adapters._meta.replay import id_of, is_us
from hark.adapters._meta.wire import instant, text_id
from hark.adapters.instagram.client import graph_of, owner_of
from hark.adapters.instagram.history import conversation_messages
from hark.channels.contract import Account, NotSent, Outbound, Sent, Source
from hark.infra.http import GuardedHttp


async def look_up(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | NotSent | None:
    """The message as Instagram has it; NotSent where a list that reaches back to before we sent does not have it, long
    enough after; None while that cannot be told (answers to mentions are on no list of ours)."""
    if outbound.source is Source.DM or outbound.private_to is not None:
        return await _look_in_conversation(outbound, account, http)
    if outbound.source is Source.COMMENT:
        return await _look_in_comments(outbound, account, http)
    return None


async def _look_in_conversation(
    outbound: Outbound, account: Account, http: GuardedHttp
) -> Sent | NotSent | None:
    customer = outbound.recipient or outbound.reply_to.get("recipient")
    if customer is None and outbound.source is Source.DM:
        customer = outbound.thread_key
    if customer is None:
        return None
    graph = graph_of(account, http)
    answer = await graph.get(
        f"{owner_of(account)}/conversations", platform="instagram", user_id=customer, fields="id"
    )
    conversation = next((text_id(row.get("id")) for row in rows_of(answer)), None)
    if conversation is None:
        return None
    messages, complete = await conversation_messages(graph, conversation, outbound.at - SKEW)
    rows = [_message(row, account) for row in messages]
    found = find(rows, outbound)
    if found is None:
        return verdict(rows, outbound, complete=complete)
    if outbound.private_to is None:
        return Sent(found.id, found.at)
    return Sent(found.id, found.at, thread_key=customer, thread_source=Source.DM)


async def _look_in_comments(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | NotSent | None:
    parent = outbound.reply_to.get("comment_id") or outbound.thread_key
    answer = await graph_of(account, http).get(
        f"{parent}/replies", fields="id,text,timestamp,username,from", limit="50"
    )
    rows = [_reply(row, account) for row in rows_of(answer)]
    found = find(rows, outbound)
    if found is None:
        return verdict(rows, outbound, complete=next_cursor(answer) is None)
    return Sent(found.id, found.at)


def _message(row: Mapping[str, Any], account: Account) -> Listed:
    author = row.get("from")
    known = isinstance(author, dict) and bool(author.get("id") or author.get("username"))
    ours = is_us(author, account.platform_account_id, account.fields.get("username"))
    return Listed(
        id=text_id(row.get("id")) or "",
        at=instant(row.get("created_time")),
        ours=ours if known else None,
        text=str(row.get("message") or ""),
        has_files=bool(row.get("attachments")),
    )


def _reply(row: Mapping[str, Any], account: Account) -> Listed:
    """Lists name the author of an answer by id, by user name, or not at all."""
    author, handle = id_of(row.get("from")), text_id(row.get("username"))
    ours = author == account.platform_account_id if author else None
    if author is None and handle and account.fields.get("username"):
        ours = handle == account.fields["username"]
    return Listed(
        text_id(row.get("id")) or "", instant(row.get("timestamp")), ours, str(row.get("text") or "")
    )
