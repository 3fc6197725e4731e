"""Answers in two steps: what is to be published is prepared, then published. Only the second makes something that people
see; what was prepared and is not published is forgotten by Threads after a day."""

from __future__ import annotations

import asyncio
from typing import Any

from hark.adapters._meta.direct import check_content
from hark.adapters._meta.graph import Graph
from hark.adapters._meta.wire import text_id
from hark.adapters.threads.client import graph_of
from hark.adapters.threads.manifest import MANIFEST, NAME
from hark.channels.contract import Account, Outbound, Rejected, Sent, TryAgain, Unconfirmed
from hark.infra.http import GuardedHttp

LOOKS, PAUSE = 8, 2.0
"""How often, and with how many seconds between, a picture's state is asked for."""


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    body = plan(outbound)
    graph = graph_of(account, http)
    prepared = text_id((await graph.call("POST", "me/threads", json=body)).get("id"))
    if prepared is None:
        raise TryAgain("no_container", "Threads prepared the answer without naming it.", http_status=200)
    if outbound.attachments:
        await _wait_for_picture(graph, prepared)
    graph.http.meter.spend("reply")
    answer = await graph.create("me/threads_publish", json={"creation_id": prepared})
    made = text_id(answer.get("id"))
    if made is None:
        raise Unconfirmed("no_id", "Threads published the answer without naming it.", http_status=200)
    return Sent(made)


def plan(outbound: Outbound) -> dict[str, Any]:
    """What to prepare. Raises Rejected for what Threads would refuse."""
    check_content(outbound, MANIFEST, NAME)
    body: dict[str, Any] = {"media_type": "TEXT", "reply_to_id": parent_of(outbound)}
    if outbound.text:
        body["text"] = outbound.text
    if outbound.attachments:
        picture = outbound.attachments[0]
        if not picture.url:
            raise Rejected(
                "no_public_address",
                "Threads fetches pictures itself. Give Hark a public https address, or send a link instead.",
            )
        body |= {"media_type": "IMAGE", "image_url": picture.url}
        if picture.alt:
            body["alt_text"] = picture.alt
    return body


def parent_of(outbound: Outbound) -> str:
    """What is answered: the message that was chosen, else the newest of the person, else the post."""
    known = outbound.reply_to
    return outbound.quoted or known.get("reply_to_id") or known.get("post_id") or outbound.thread_key


async def _wait_for_picture(graph: Graph, prepared: str) -> None:
    """Threads fetches the picture first; publishing earlier fails."""
    for look in range(LOOKS):
        state = await graph.get(prepared, fields="status,error_message")
        if state.get("status") in {"FINISHED", "PUBLISHED"}:
            return
        if state.get("status") in {"ERROR", "EXPIRED"}:
            reason = state.get("error_message") or "it gave no reason"
            raise Rejected("media_failed", f"Threads could not take the picture: {reason}.")
        if look < LOOKS - 1:
            await asyncio.sleep(PAUSE)
    raise TryAgain("media_in_progress", "Threads is still fetching the picture.", retry_after=30.0)
