"""Was a message accepted whose answer never came? Facebook cannot be asked by our reference, so we look for
its likeness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hark.adapters._meta.graph import Graph, next_cursor, rows_of
from hark.adapters._meta.likeness import LATEST, SKEW, verdict
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
    conversations = rows_of(answer)
    messages = [row for conversation in conversations for row in rows_of(conversation.get("messages"))]
    found = find(messages, page_id, outbound)
    if found is None:
        ends = all(next_cursor(each.get("messages")) is None for each in conversations)
        return verdict(messages, outbound, complete=bool(conversations) and ends)
    at, message_id = instant(found.get("created_time")), str(text_id(found.get("id")))
    if outbound.private_to is None:
        return Sent(message_id, at)
    return Sent(message_id, at, thread_key=customer, thread_source=Source.DM)


async def _look_in_comments(graph: Graph, page_id: str, outbound: Outbound) -> Sent | NotSent | None:
    """A comment's echo carries no reference, so the list under its parent is all there is: newest first, it must reach
    back to before we sent."""
    answer = await graph.get(
        f"{parent_of(outbound)}/comments",
        order="reverse_chronological",
        fields="id,created_time,from,message,attachment",
        limit="50",
    )
    rows = rows_of(answer)
    found = find(rows, page_id, outbound)
    if found is None:
        return verdict(rows, outbound, complete=next_cursor(answer) is None)
    return Sent(str(text_id(found.get("id"))), instant(found.get("created_time")))


def find(rows: Iterable[Mapping[str, Any]], page_id: str, outbound: Outbound) -> Mapping[str, Any] | None:
    """The earliest row that is the page's, says the same, and was made about when we sent."""
    fitting = [row for row in rows if text_id(row.get("id")) and _fits(row, page_id, outbound)]
    return min(fitting, key=lambda row: str(row.get("created_time")), default=None)


def _fits(row: Mapping[str, Any], page_id: str, outbound: Outbound) -> bool:
    author, at = row.get("from"), instant(row.get("created_time"))
    if not isinstance(author, dict) or text_id(author.get("id")) != page_id or at is None:
        return False
    if not outbound.at - SKEW <= at <= outbound.at + LATEST:
        return False
    if bool(outbound.attachments) != bool(row.get("attachments") or row.get("attachment")):
        return False
    return str(row.get("message") or "").strip() == outbound.text.strip()
