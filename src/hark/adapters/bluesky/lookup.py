"""Was a message whose answer got lost accepted after all?"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from hark.adapters.bluesky.atproto import instant, tid_of
from hark.adapters.bluesky.client import Xrpc, xrpc_of
from hark.adapters.bluesky.manifest import POST
from hark.adapters.bluesky.payloads import ChatMessage
from hark.adapters.bluesky.send import conversation_with
from hark.channels.contract import Account, NotSent, Outbound, Rejected, Sent, Source
from hark.infra.http import GuardedHttp

SKEW = timedelta(seconds=10)
"""How far the service's clock may be from ours."""
LATEST = timedelta(minutes=10)


class _Record(msgspec.Struct):
    uri: str


class _Messages(msgspec.Struct):
    messages: list[ChatMessage]
    cursor: str | None = None


async def look_up(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | NotSent | None:
    """Certain for posts: their key is made of our reference, and the account's own server has all of them."""
    xrpc = xrpc_of(account, http)
    if outbound.private_to is None and outbound.source is not Source.DM:
        return await _look_for_post(xrpc, outbound, account.platform_account_id)
    return await _look_for_message(xrpc, outbound, account.platform_account_id)


async def _look_for_post(xrpc: Xrpc, outbound: Outbound, did: str) -> Sent | NotSent:
    query = {"repo": did, "collection": POST, "rkey": tid_of(outbound.reference)}
    try:
        found = await xrpc.get("com.atproto.repo.getRecord", _Record, query)
    except Rejected as refusal:
        if refusal.code == "RecordNotFound":
            return NotSent()
        raise
    return Sent(found.uri)


async def _look_for_message(xrpc: Xrpc, outbound: Outbound, did: str) -> Sent | NotSent | None:
    """The earliest of our messages since then that says the same. Certain when the list goes back to before the send."""
    convo = outbound.reply_to.get("convo") or outbound.thread_key
    if outbound.private_to is not None:
        person = outbound.private_to.removeprefix("at://").partition("/")[0]
        convo = (await conversation_with(xrpc, person)).id
    page = await xrpc.get("chat.bsky.convo.getMessages", _Messages, {"convoId": convo, "limit": 100})
    times = [instant(message.sent_at) for message in page.messages]
    fitting = [message for message in page.messages if _fits(message, outbound, did)]
    if fitting:
        sent = Sent(fitting[-1].id, instant(fitting[-1].sent_at))
        return (
            msgspec.structs.replace(sent, thread_key=convo, thread_source=Source.DM)
            if outbound.private_to
            else sent
        )
    complete = page.cursor is None or any(at is not None and at < outbound.at - SKEW for at in times)
    return NotSent() if complete else None


def _fits(message: ChatMessage, outbound: Outbound, did: str) -> bool:
    at = instant(message.sent_at)
    ours = message.sender is not None and message.sender.did == did
    in_time = at is not None and outbound.at - SKEW <= at <= outbound.at + LATEST
    return ours and in_time and (message.text or "").strip() == outbound.text.strip()
