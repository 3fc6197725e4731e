"""Messages: a pure plan of the one call to make, then the call."""

from __future__ import annotations

from typing import Any

from hark.adapters._meta.direct import Call, check_content, create, recipient_of, tag_of, upload
from hark.adapters.facebook.client import graph_of
from hark.adapters.facebook.manifest import MANIFEST, NAME, WINDOW
from hark.channels.contract import Account, Outbound, Rejected, Sent, Source
from hark.infra.http import GuardedHttp


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    call = plan(outbound, account.platform_account_id)
    graph = graph_of(account, http)
    graph.http.meter.spend(_kind(outbound))
    return await create(graph, call, outbound)


def _kind(outbound: Outbound) -> str:
    """The class of call, because each has its own limit at Facebook."""
    if outbound.private_to is not None:
        return "private_reply"
    if outbound.source is not Source.DM:
        return "comment"
    return "media_message" if outbound.attachments else "message"


def plan(outbound: Outbound, page_id: str) -> Call:
    """The request for this message. Raises Rejected for what Facebook would refuse."""
    check_content(outbound, MANIFEST, NAME)
    if outbound.private_to is not None:
        return _private_reply(outbound, page_id)
    if outbound.source is Source.DM:
        return _direct_message(outbound, page_id)
    return _public_reply(outbound)


def _direct_message(outbound: Outbound, page_id: str) -> Call:
    if outbound.attachments and outbound.text:
        raise Rejected("attachment_not_allowed", "A direct message has either a text or an attachment.")
    body: dict[str, Any] = {
        "recipient": {"id": recipient_of(outbound)},
        **_messaging_type(outbound),
        "message": {"metadata": str(outbound.reference)},
    }
    if outbound.quoted:
        body["reply_to"] = {"mid": outbound.quoted}
    if not outbound.attachments:
        body["message"]["text"] = outbound.text
        return Call(f"{page_id}/messages", body)
    file = outbound.attachments[0]
    payload = {"url": file.url} if file.url and not file.content else {}
    body["message"]["attachment"] = {"type": file.kind, "payload": {**payload, "is_reusable": False}}
    return Call(f"{page_id}/messages", body, files=upload("filedata", file))


def _messaging_type(outbound: Outbound) -> dict[str, str]:
    """An answer within the window, a person's later answer by its tag, or nothing at all."""
    tag = tag_of(outbound, WINDOW, NAME)
    return {"messaging_type": "MESSAGE_TAG", "tag": tag} if tag else {"messaging_type": "RESPONSE"}


def _private_reply(outbound: Outbound, page_id: str) -> Call:
    """A direct message to whoever wrote this comment or visitor post; Facebook allows one, within 7 days."""
    kind = "post_id" if outbound.reply_to.get("post_id") == outbound.private_to else "comment_id"
    message = {"text": outbound.text, "metadata": str(outbound.reference)}
    return Call(
        f"{page_id}/messages",
        {"recipient": {kind: outbound.private_to}, "messaging_type": "RESPONSE", "message": message},
    )


def _public_reply(outbound: Outbound) -> Call:
    body: dict[str, Any] = {"message": outbound.text} if outbound.text else {}
    path = f"{parent_of(outbound)}/comments"
    if not outbound.attachments:
        return Call(path, body, answers_with="id")
    picture = outbound.attachments[0]
    if picture.url and not picture.content:
        return Call(path, {**body, "attachment_url": picture.url}, answers_with="id")
    return Call(path, body, files=upload("source", picture), answers_with="id")


def parent_of(outbound: Outbound) -> str:
    """The comment, post or review under which a public answer stands."""
    keys = {Source.COMMENT: "comment_id", Source.MENTION: "object_id", Source.REVIEW: "story_id"}
    return outbound.reply_to.get(keys[outbound.source]) or outbound.thread_key
