"""Answers: a pure plan first, then what it needs (people's DIDs, pictures), then the one call that creates.

A post is written under a key made of our reference, so writing it again after a lost answer changes nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from hark.adapters.bluesky import facets
from hark.adapters.bluesky.atproto import address_of, tid_of, timestamp
from hark.adapters.bluesky.client import Nothing, Xrpc, xrpc_of
from hark.adapters.bluesky.manifest import MANIFEST, POST
from hark.adapters.bluesky.payloads import Convo, Ref
from hark.channels.contract import (
    Ability,
    Account,
    Outbound,
    OutboundAttachment,
    Rejected,
    Sent,
    Source,
    TextLimit,
    Unconfirmed,
)
from hark.infra.http import GuardedHttp
from hark.kernel.text import graphemes

MOST_MENTIONS = 10
"""Handles of one text that are looked up; the rest stays plain text."""


class Answered(msgspec.Struct, frozen=True):
    """The post or message that is answered. `cid` empty: still to be asked for."""

    uri: str
    cid: str
    root_uri: str = ""
    root_cid: str = ""


class _Written(msgspec.Struct):
    uri: str
    cid: str


class _Told(msgspec.Struct):
    id: str


class _Blob(msgspec.Struct):
    blob: dict[str, Any]


class _Found(msgspec.Struct):
    did: str


class _Seen(msgspec.Struct):
    uri: str
    cid: str
    record: dict[str, Any]


class _Posts(msgspec.Struct):
    posts: list[_Seen]


class _Conversation(msgspec.Struct):
    convo: Convo


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    check(outbound)
    xrpc = xrpc_of(account, http)
    if outbound.private_to is not None:
        return await _write_privately(xrpc, outbound)
    if outbound.source is Source.DM:
        convo = outbound.reply_to.get("convo") or outbound.thread_key
        return await _write_message(xrpc, outbound, convo, outbound.reply_to.get("status") == "request")
    return await _write_post(xrpc, outbound, account.platform_account_id)


def check(outbound: Outbound) -> None:
    """Raises Rejected for what Bluesky would refuse."""
    private = outbound.private_to is not None
    rules = MANIFEST.sources.get(outbound.source)
    needed = Ability.PRIVATE_REPLY if private else Ability.REPLY
    if (
        rules is None
        or needed not in rules.abilities
        or (outbound.quoted and Ability.QUOTE not in rules.abilities)
    ):
        raise Rejected("ability_missing", "Bluesky does not offer this here.")
    in_chat = private or outbound.source is Source.DM
    _check_text(outbound.text, MANIFEST.sources[Source.DM].text if in_chat else rules.text)
    if not outbound.text.strip() and (in_chat or not outbound.attachments):
        raise Rejected("empty", "There is nothing to send.")
    if in_chat and outbound.attachments:
        raise Rejected(
            "attachment_not_allowed", "Bluesky's direct messages take no files. Send a link to it instead."
        )
    if len(outbound.attachments) > rules.max_attachments:
        raise Rejected("attachment_not_allowed", f"A post has at most {rules.max_attachments} pictures.")
    for attachment in outbound.attachments:
        _check_attachment(attachment)


def _check_text(text: str, limit: TextLimit) -> None:
    over = len(graphemes(text)) - limit.maximum
    if over > 0:
        raise Rejected(
            "text_too_long", f"The text is {over} characters over Bluesky's {limit.maximum}. Shorten it."
        )
    over = len(text.encode()) - (limit.max_bytes or 0)
    if over > 0:
        raise Rejected(
            "text_too_long",
            f"The text is {over} bytes over Bluesky's {limit.max_bytes}: its characters take much room. Shorten it.",
        )


def _check_attachment(attachment: OutboundAttachment) -> None:
    rule = MANIFEST.sources[Source.COMMENT].kinds.get(attachment.kind)
    if rule is None or (rule.mime_types and attachment.mime_type not in rule.mime_types):
        raise Rejected(
            "attachment_not_allowed", f"Bluesky takes no {attachment.mime_type} here, only pictures."
        )
    if len(attachment.content) > rule.max_bytes:
        raise Rejected(
            "attachment_too_large", f"{attachment.name} is larger than the 2 MB that Bluesky takes."
        )


async def _write_post(xrpc: Xrpc, outbound: Outbound, did: str) -> Sent:
    answered = await _with_versions(xrpc, answered_by(outbound))
    record = post_record(outbound, answered)
    record |= await _rich(xrpc, outbound.text)
    if outbound.attachments:
        record["embed"] = await _upload(xrpc, outbound.attachments)
    rkey = tid_of(outbound.reference)
    body = {"repo": did, "collection": POST, "rkey": rkey, "record": record}
    written = await xrpc.post("com.atproto.repo.putRecord", _Written, body, creates=True)
    if not written.uri:
        raise Unconfirmed("no_id", "Bluesky accepted the post without naming it.", http_status=200)
    return Sent(written.uri)


def answered_by(outbound: Outbound) -> Answered:
    """The post under which the answer stands: the one that was picked, else the customer's latest."""
    address = outbound.reply_to
    parent = outbound.quoted or address.get("parent_uri") or outbound.thread_key.partition("#")[0]
    if address_of(parent) is None:
        raise Rejected("no_parent", "The post that is answered is not known.")
    if parent != address.get("parent_uri"):
        return Answered(parent, "")
    return Answered(
        parent, address.get("parent_cid", ""), address.get("root_uri", ""), address.get("root_cid", "")
    )


async def _with_versions(xrpc: Xrpc, answered: Answered) -> Answered:
    """An answer names the version of the post above it, and of the first one of the thread."""
    if answered.cid and answered.root_uri and answered.root_cid:
        return answered
    found = await xrpc.get("app.bsky.feed.getPosts", _Posts, {"uris": [answered.uri]})
    seen = next((post for post in found.posts if post.uri == answered.uri), None)
    if seen is None:
        raise Rejected("post_gone", "The post that is answered no longer exists on Bluesky.")
    reply = seen.record.get("reply")
    root = (
        msgspec.convert(reply["root"], Ref)
        if isinstance(reply, dict) and "root" in reply
        else Ref(seen.uri, seen.cid)
    )
    return Answered(seen.uri, seen.cid, root.uri, root.cid)


def post_record(outbound: Outbound, answered: Answered) -> dict[str, Any]:
    return {
        "$type": POST,
        "text": outbound.text,
        "createdAt": timestamp(outbound.at),
        "reply": {
            "root": {"uri": answered.root_uri, "cid": answered.root_cid},
            "parent": {"uri": answered.uri, "cid": answered.cid},
        },
    }


async def _rich(xrpc: Xrpc, text: str) -> dict[str, Any]:
    spans = facets.spans_of(text)
    handles = list(dict.fromkeys(span.value for span in spans if span.kind == "mention"))[:MOST_MENTIONS]
    found = await asyncio.gather(*(_resolve(xrpc, handle) for handle in handles))
    dids = {handle: did for handle, did in zip(handles, found, strict=True) if did}
    marked = facets.written(text, spans, dids)
    return {"facets": marked} if marked else {}


async def _resolve(xrpc: Xrpc, handle: str) -> str | None:
    """Whose handle it is; None where nobody has it, so that it stays plain text."""
    try:
        found = await xrpc.get("com.atproto.identity.resolveHandle", _Found, {"handle": handle})
    except Rejected:
        return None
    return found.did


async def _upload(xrpc: Xrpc, attachments: tuple[OutboundAttachment, ...]) -> dict[str, Any]:
    """Pictures travel first, one after the other; an upload that no post names is forgotten by the server."""
    images = []
    for attachment in attachments:
        stored = await xrpc.call(
            "POST",
            "com.atproto.repo.uploadBlob",
            _Blob,
            content=attachment.content,
            media_type=attachment.mime_type,
        )
        images.append({"alt": attachment.alt, "image": stored.blob})
    return {"$type": "app.bsky.embed.images", "images": images}


async def _write_message(xrpc: Xrpc, outbound: Outbound, convo: str, request: bool) -> Sent:
    """Who asks to talk must be let in before they are answered."""
    if request:
        await _let_in(xrpc, convo)
    message: dict[str, Any] = {"text": outbound.text, **await _rich(xrpc, outbound.text)}
    if outbound.quoted and outbound.private_to is None:
        message["replyTo"] = {"messageId": outbound.quoted}
    body = {"convoId": convo, "message": message}
    told = await xrpc.post("chat.bsky.convo.sendMessage", _Told, body, creates=True)
    if not told.id:
        raise Unconfirmed("no_id", "Bluesky accepted the message without naming it.", http_status=200)
    return Sent(told.id)


async def _let_in(xrpc: Xrpc, convo: str) -> None:
    """Unless that has happened since the message was read: by an earlier answer, or in the app."""
    now = await xrpc.get("chat.bsky.convo.getConvo", _Conversation, {"convoId": convo})
    if now.convo.status == "request":
        await xrpc.post("chat.bsky.convo.acceptConvo", Nothing, {"convoId": convo})


async def _write_privately(xrpc: Xrpc, outbound: Outbound) -> Sent:
    """A direct message to whoever wrote a post."""
    address = address_of(outbound.private_to or "")
    person = address.did if address else outbound.recipient
    if not person:
        raise Rejected("no_recipient", "It is not known who wrote this post.")
    convo = await conversation_with(xrpc, person)
    sent = await _write_message(xrpc, outbound, convo.id, convo.status == "request")
    return msgspec.structs.replace(sent, thread_key=convo.id, thread_source=Source.DM)


async def conversation_with(xrpc: Xrpc, person: str) -> Convo:
    """The one with this person, made where there is none."""
    found = await xrpc.get("chat.bsky.convo.getConvoForMembers", _Conversation, {"members": [person]})
    return found.convo
