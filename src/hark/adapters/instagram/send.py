"""Messages: a pure plan of the one call to make, then the call."""

from __future__ import annotations

from typing import Any

from hark.adapters._meta.direct import Call, check_content, create, recipient_of, tag_of
from hark.adapters.instagram.client import graph_of, owner_of, profile_of
from hark.adapters.instagram.manifest import MANIFEST, NAME, WINDOW
from hark.channels.contract import Account, Outbound, OutboundAttachment, Rejected, Sent, Source
from hark.infra.http import GuardedHttp


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    call = plan(outbound, account)
    graph = graph_of(account, http)
    graph.http.meter.spend(_kind(outbound))
    return await create(graph, call, outbound)


def _kind(outbound: Outbound) -> str:
    """The class of call, because each has its own limit at Instagram."""
    if outbound.private_to is not None:
        return "private_reply"
    if outbound.source is not Source.DM:
        return "comment"
    return "media_message" if outbound.attachments else "message"


def plan(outbound: Outbound, account: Account) -> Call:
    """The request for this message. Raises Rejected for what Instagram would refuse."""
    check_content(outbound, MANIFEST, NAME)
    if outbound.private_to is not None:
        recipient = {"comment_id": outbound.private_to}
        body = {"recipient": recipient, "message": {"text": outbound.text}}
        return Call(f"{owner_of(account)}/messages", body)
    if outbound.source is Source.DM:
        return _direct_message(outbound, account)
    if outbound.source is Source.MENTION:
        return _answer_to_mention(outbound, account)
    return _answer_to_comment(outbound)


def _direct_message(outbound: Outbound, account: Account) -> Call:
    if outbound.attachments and outbound.text:
        raise Rejected("attachment_not_allowed", "A direct message has either a text or an attachment.")
    tag = tag_of(outbound, WINDOW, NAME)
    body: dict[str, Any] = {"recipient": {"id": recipient_of(outbound)}}
    if tag is not None:
        body |= {"messaging_type": "MESSAGE_TAG", "tag": tag}
    if outbound.quoted:
        body["reply_to"] = {"mid": outbound.quoted}
    files = outbound.attachments
    body["message"] = {"attachment": _attachment(files[0])} if files else {"text": outbound.text}
    return Call(f"{owner_of(account)}/messages", body)


def _attachment(file: OutboundAttachment) -> dict[str, Any]:
    """Instagram fetches files itself, so they need an address that it can reach."""
    if not file.url:
        raise Rejected(
            "no_public_address",
            "Instagram fetches files itself. Give Hark a public https address, or send a link instead.",
        )
    return {"type": file.kind, "payload": {"url": file.url}}


def _answer_to_comment(outbound: Outbound) -> Call:
    if outbound.reply_to.get("live"):
        raise Rejected(
            "live_comment",
            "Instagram takes no public answers to comments of a live broadcast. Answer privately while it runs.",
        )
    parent = outbound.reply_to.get("comment_id") or outbound.thread_key
    return Call(f"{parent}/replies", {"message": outbound.text}, answers_with="id")


def _answer_to_mention(outbound: Outbound, account: Account) -> Call:
    """A comment on somebody else's media: allowed where the account was mentioned."""
    media, comment = outbound.reply_to.get("media_id"), outbound.reply_to.get("comment_id")
    if not media:
        raise Rejected(
            "no_media", "Instagram did not say where the account was mentioned; answer in the app."
        )
    body = {"media_id": media, **({"comment_id": comment} if comment else {}), "message": outbound.text}
    return Call(f"{profile_of(account)}/mentions", body, answers_with="id")
