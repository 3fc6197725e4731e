"""Was a message accepted whose answer never came?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hark.adapters._meta.graph import Graph, next_cursor, rows_of
from hark.adapters._meta.likeness import Listed, find, verdict
from hark.adapters._meta.replay import id_of
from hark.adapters._meta.wire import instant, text_id
from hark.adapters.facebook.client import graph_of
from hark.adapters.facebook.send import parent_of
from hark.channels.contract import Account, NotSent, Outbound, Sent, Source
from hark.infra.http import GuardedHttp

_MESSAGES = "messages.limit(20){id,created_time,from,message,attachments}"


async def look_up(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | NotSent | None:
    """The message as Facebook has it; NotSent where a list that reaches back to before we sent does not have it, long
    enough after; None while that cannot be told."""
    graph, page_id = graph_of(account, http), account.platform_account_id
    if outbound.source is Source.DM or outbound.private_to is not None:
        return await _look_in_conversation(graph, page_id, outbound)
    return await _look_in_comments(graph, page_id, outbound)


async def _look_in_conversation(graph: Graph, page_id: str, outbound: Outbound) -> Sent | NotSent | None:
    customer = outbound.recipient or outbound.reply_to.get("recipient")
    if customer is None and outbound.source is Source.DM:
        customer = outbound.thread_key
    if customer is None:
        return None
    answer = await graph.get(
        f"{page_id}/conversations", platform="messenger", user_id=customer, fields=f"id,{_MESSAGES}"
    )
    conversations = [row.get("messages") for row in rows_of(answer)]
    rows = [_listed(row, page_id) for messages in conversations for row in rows_of(messages)]
    found = find(rows, outbound)
    if found is None:
        ends = all(next_cursor(messages) is None for messages in conversations)
        return verdict(rows, outbound, complete=bool(conversations) and ends)
    if outbound.private_to is None:
        return Sent(found.id, found.at)
    return Sent(found.id, found.at, thread_key=customer, thread_source=Source.DM)


async def _look_in_comments(graph: Graph, page_id: str, outbound: Outbound) -> Sent | NotSent | None:
    """A comment's echo carries no reference, so the list under its parent is all there is: newest first, it must reach
    back to before we sent."""
    answer = await graph.get(
        f"{parent_of(outbound)}/comments",
        order="reverse_chronological",
        fields="id,created_time,from,message,attachment",
        limit="50",
    )
    rows = [_listed(row, page_id) for row in rows_of(answer)]
    found = find(rows, outbound)
    if found is None:
        return verdict(rows, outbound, complete=next_cursor(answer) is None)
    return Sent(found.id, found.at)


def _listed(row: Mapping[str, Any], page_id: str) -> Listed:
    author = id_of(row.get("from"))
    return Listed(
        id=text_id(row.get("id")) or "",
        at=instant(row.get("created_time")),
        ours=author == page_id if author else None,
        text=str(row.get("message") or ""),
        has_files=bool(row.get("attachments") or row.get("attachment")),
    )
