"""Messages and actions: a pure plan of the one call to make, then the call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from hark.adapters._meta.wire import text_id
from hark.adapters.facebook.client import graph_of
from hark.adapters.facebook.manifest import DM_CHARACTERS, HUMAN_SECONDS, MANIFEST, WINDOW_SECONDS
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Outbound,
    OutboundAttachment,
    Rejected,
    Sent,
    Source,
    Unconfirmed,
)
from hark.infra.http import GuardedHttp

FileParts = Mapping[str, tuple[str, bytes, str]]


class Call(msgspec.Struct, frozen=True):
    """The one request of a message. With `files` the values of `body` travel as form fields, each as JSON."""

    path: str
    body: dict[str, Any]
    files: FileParts | None = None
    answers_with: str = "message_id"

    @property
    def form(self) -> dict[str, str]:
        return {
            key: value if isinstance(value, str) else msgspec.json.encode(value).decode()
            for key, value in self.body.items()
        }


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    call = plan(outbound, account.platform_account_id)
    graph = graph_of(account, http)
    if call.files is None:
        answer = await graph.create(call.path, json=call.body)
    else:
        answer = await graph.create(call.path, form=call.form, files=call.files)
    return _sent(answer, call, outbound)


def _sent(answer: Mapping[str, Any], call: Call, outbound: Outbound) -> Sent:
    message_id = text_id(answer.get(call.answers_with))
    if message_id is None:
        raise Unconfirmed("no_id", "Facebook accepted the message without naming it.", http_status=200)
    if outbound.private_to is None:
        return Sent(message_id)
    return Sent(message_id, thread_key=text_id(answer.get("recipient_id")), thread_source=Source.DM)


def plan(outbound: Outbound, page_id: str) -> Call:
    """The request for this message. Raises Rejected for what Facebook would refuse."""
    _check_content(outbound)
    if outbound.private_to is not None:
        return _private_reply(outbound, page_id)
    if outbound.source is Source.DM:
        return _direct_message(outbound, page_id)
    return _public_reply(outbound)


def _check_content(outbound: Outbound) -> None:
    private = outbound.private_to is not None
    rules = MANIFEST.sources[outbound.source]
    needed = Ability.PRIVATE_REPLY if private else Ability.REPLY
    if needed not in rules.abilities or (outbound.quoted and Ability.QUOTE not in rules.abilities):
        raise Rejected("ability_missing", "Facebook does not offer this here.")
    limit = DM_CHARACTERS if private else rules.text.maximum
    if len(outbound.text) > limit:
        over = len(outbound.text) - limit
        raise Rejected("text_too_long", f"The text is {over} characters over Facebook's {limit}.")
    if not outbound.text.strip() and not outbound.attachments:
        raise Rejected("empty", "There is nothing to send.")
    allowed = 0 if private else rules.max_attachments
    if len(outbound.attachments) > allowed:
        raise Rejected("attachment_not_allowed", f"At most {allowed} attachments go into one message here.")
    for attachment in outbound.attachments:
        _check_attachment(outbound.source, attachment)


def _check_attachment(source: Source, attachment: OutboundAttachment) -> None:
    rule = MANIFEST.sources[source].kinds.get(attachment.kind)
    if rule is None:
        raise Rejected(
            "attachment_not_allowed", f"Facebook takes no attachment of kind {attachment.kind} here."
        )
    if len(attachment.content) > rule.max_bytes:
        limit = rule.max_bytes // (1024 * 1024)
        raise Rejected(
            "attachment_too_large", f"{attachment.name} is larger than the {limit} MB that Facebook takes."
        )


def _direct_message(outbound: Outbound, page_id: str) -> Call:
    if outbound.attachments and outbound.text:
        raise Rejected("attachment_not_allowed", "A direct message has either a text or an attachment.")
    body: dict[str, Any] = {
        "recipient": {"id": outbound.recipient or outbound.reply_to.get("recipient") or outbound.thread_key},
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
    return Call(f"{page_id}/messages", body, files=_upload("filedata", file))


def _messaging_type(outbound: Outbound) -> dict[str, str]:
    """An answer within the window, a person's later answer by its tag, or nothing at all."""
    if outbound.last_opened_at is None:
        return {"messaging_type": "RESPONSE"}
    age = outbound.at - outbound.last_opened_at
    if age <= timedelta(seconds=WINDOW_SECONDS):
        return {"messaging_type": "RESPONSE"}
    if outbound.by_human and age <= timedelta(seconds=HUMAN_SECONDS):
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    allowed = "7 days" if outbound.by_human else "24 hours"
    raise Rejected(
        "reply_window_closed",
        f"The customer's last message is more than {allowed} old; Facebook takes no answer now.",
    )


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
    return Call(path, body, files=_upload("source", picture), answers_with="id")


def parent_of(outbound: Outbound) -> str:
    """The comment, post or review under which a public answer stands."""
    keys = {Source.COMMENT: "comment_id", Source.MENTION: "object_id", Source.REVIEW: "story_id"}
    return outbound.reply_to.get(keys[outbound.source]) or outbound.thread_key


def _upload(field: str, file: OutboundAttachment) -> FileParts | None:
    return {field: (file.name, file.content, file.mime_type)} if file.content else None


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    """Typing, marks and moderation: each may be repeated without harm."""
    graph = graph_of(account, http)
    request = plan_action(action, account.platform_account_id)
    try:
        await graph.call(request.method, request.path, query=request.query, json=request.body)
    except Rejected as refusal:
        if action.ability is Ability.DELETE and refusal.code == "100/33":
            return
        raise


class ActionCall(msgspec.Struct, frozen=True):
    method: str
    path: str
    query: dict[str, str] = {}
    body: dict[str, Any] | None = None


_SENDER_ACTIONS = {Ability.TYPING: "typing_on", Ability.MARK_READ: "mark_seen"}


def plan_action(action: Action, page_id: str) -> ActionCall:
    """The request for this action. Raises Rejected for what Facebook does not offer."""
    ability = action.ability
    if ability in _SENDER_ACTIONS:
        recipient = action.recipient or action.reply_to.get("recipient") or action.thread_key
        body = {"recipient": {"id": recipient}, "sender_action": _SENDER_ACTIONS[ability]}
        return ActionCall("POST", f"{page_id}/messages", body=body)
    if action.target is None:
        raise Rejected("no_target", "This needs a comment to act on.")
    target = action.target
    if ability is Ability.EDIT:
        return _edit(target, action.text or "")
    plans = {
        Ability.HIDE: ActionCall("POST", target, query={"is_hidden": "true"}),
        Ability.UNHIDE: ActionCall("POST", target, query={"is_hidden": "false"}),
        Ability.LIKE: ActionCall("POST", f"{target}/likes"),
        Ability.UNLIKE: ActionCall("DELETE", f"{target}/likes"),
        Ability.DELETE: ActionCall("DELETE", target),
    }
    if ability not in plans:
        raise Rejected("ability_missing", "Facebook does not offer this here.")
    return plans[ability]


def _edit(target: str, text: str) -> ActionCall:
    limit = MANIFEST.sources[Source.COMMENT].text.maximum
    if not text.strip() or len(text) > limit:
        raise Rejected("text_too_long", f"A comment has 1 to {limit} characters.")
    return ActionCall("POST", target, body={"message": text})
