"""Messages and actions: a pure plan of the one call to make, then the call. A file is uploaded before its message; that
creates nothing that anybody sees, so it may be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hark.adapters._meta.wire import text_id
from hark.adapters.whatsapp.client import Cloud, cloud_of, rows_of
from hark.adapters.whatsapp.manifest import CAPTION_CHARACTERS, MANIFEST, TEXT_CHARACTERS, WINDOW_SECONDS
from hark.adapters.whatsapp.templates import template_of
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

_RULES = MANIFEST.sources[Source.DM]
_WORDS = {"file": "document"}
"""Our word for a kind of file, and WhatsApp's where it differs."""


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    body = plan(outbound)
    cloud, number = cloud_of(account, http), account.platform_account_id
    if outbound.attachments:
        media_id = await _upload(cloud, number, outbound.attachments[0])
        body[body["type"]]["id"] = media_id
    answer = await cloud.call("POST", f"{number}/messages", json=body, creates=True)
    message_id = next((text_id(row.get("id")) for row in rows_of(answer, "messages")), None)
    if outbound.template is not None:
        http.meter.spend(
            "template"
        )  # the only messages of ours that WhatsApp charges for, by country and kind
    if message_id is None:
        raise Unconfirmed("no_id", "WhatsApp accepted the message without naming it.", http_status=200)
    return Sent(message_id)


async def _upload(cloud: Cloud, number: str, file: OutboundAttachment) -> str:
    answer = await cloud.call(
        "POST",
        f"{number}/media",
        form={"messaging_product": "whatsapp", "type": file.mime_type},
        files={"file": (file.name, file.content, file.mime_type)},
    )
    media_id = text_id(answer.get("id"))
    if media_id is None:
        raise Rejected("no_media_id", f"WhatsApp took {file.name} without giving it an id. Send it again.")
    return media_id


def plan(outbound: Outbound) -> dict[str, Any]:
    """The body of the message. A file's id is put in once it is uploaded. Raises Rejected for what WhatsApp would
    refuse."""
    _check(outbound)
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        **recipient_of(outbound.reply_to, outbound.recipient, outbound.thread_key),
        "biz_opaque_callback_data": str(outbound.reference),
    }
    if outbound.quoted:
        body["context"] = {"message_id": outbound.quoted}
    if outbound.template is not None:
        return {**body, "type": "template", "template": template_of(outbound.template)}
    if not outbound.attachments:
        linked = "https://" in outbound.text or "http://" in outbound.text
        return {**body, "type": "text", "text": {"body": outbound.text, "preview_url": linked}}
    file = outbound.attachments[0]
    kind = _WORDS.get(file.kind, file.kind)
    media: dict[str, Any] = {"caption": outbound.text} if outbound.text else {}
    if kind == "document":
        media["filename"] = file.name
    return {**body, "type": kind, kind: media}


def recipient_of(reply_to: Mapping[str, str], recipient: str | None, thread_key: str) -> dict[str, str]:
    """By number; by user id where the person hides the number; or a group."""
    if reply_to.get("group"):
        return {"recipient_type": "group", "to": reply_to["group"]}
    known = recipient or thread_key
    number = reply_to.get("to", known if known.isdigit() else "")
    if number:
        return {"recipient_type": "individual", "to": number}
    return {"recipient_type": "individual", "recipient": reply_to.get("user_id") or known}


def _check(outbound: Outbound) -> None:
    if outbound.source is not Source.DM or outbound.private_to is not None:
        raise Rejected("ability_missing", "WhatsApp does not offer this here.")
    if outbound.template is not None:
        return
    _check_window(outbound)
    limit = CAPTION_CHARACTERS if outbound.attachments else TEXT_CHARACTERS
    if len(outbound.text) > limit:
        over = len(outbound.text) - limit
        raise Rejected("text_too_long", f"The text is {over} characters over WhatsApp's {limit}.")
    if not outbound.text.strip() and not outbound.attachments:
        raise Rejected("empty", "There is nothing to send.")
    if len(outbound.attachments) > 1:
        raise Rejected("attachment_not_allowed", "A WhatsApp message takes one file. Send them one by one.")
    for file in outbound.attachments:
        _check_file(file, outbound.text)


def _check_window(outbound: Outbound) -> None:
    opened = outbound.last_opened_at
    if opened is not None and outbound.at - opened > timedelta(seconds=WINDOW_SECONDS):
        raise Rejected(
            "reply_window_closed",
            "The customer's last message is more than 24 hours old. Send a template instead.",
        )


def _check_file(file: OutboundAttachment, text: str) -> None:
    rule = _RULES.kinds.get(file.kind)
    if rule is None:
        raise Rejected("attachment_not_allowed", f"WhatsApp takes no attachment of kind {file.kind}.")
    if rule.mime_types and file.mime_type.split(";")[0] not in rule.mime_types:
        raise Rejected(
            "attachment_not_allowed",
            f"{file.name} is {file.mime_type}; WhatsApp takes {', '.join(rule.mime_types)}. Send it as a file.",
        )
    if len(file.content) > rule.max_bytes:
        limit = rule.max_bytes // (1024 * 1024)
        raise Rejected("attachment_too_large", f"{file.name} is larger than WhatsApp's {limit} MB.")
    if text and file.kind in _RULES.captionless:
        raise Rejected("attachment_not_allowed", "A sound takes no text beside it. Send the text by itself.")


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    """Marks, reactions and blocking: each may be repeated without harm."""
    cloud, number = cloud_of(account, http), account.platform_account_id
    if action.ability in {Ability.BAN, Ability.UNBAN}:
        await _block(action, cloud, number)
        return
    await cloud.call("POST", f"{number}/messages", json=plan_action(action))


def plan_action(action: Action) -> dict[str, Any]:
    """The body for marks and reactions. Raises Rejected for what WhatsApp does not offer."""
    message_id = action.target or action.reply_to.get("message_id")
    if action.ability not in {Ability.TYPING, Ability.MARK_READ, Ability.REACT}:
        raise Rejected("ability_missing", "WhatsApp does not offer this.")
    if message_id is None:
        raise Rejected("no_target", "This needs a message of the customer's.")
    base: dict[str, Any] = {"messaging_product": "whatsapp"}
    if action.ability is Ability.REACT:
        to = recipient_of(action.reply_to, action.recipient, action.thread_key)
        reaction = {"message_id": message_id, "emoji": action.text or ""}
        return {**base, **to, "type": "reaction", "reaction": reaction}
    read = {**base, "status": "read", "message_id": message_id}
    if action.ability is Ability.TYPING:
        return {**read, "typing_indicator": {"type": "text"}}
    return read


async def _block(action: Action, cloud: Cloud, number: str) -> None:
    """WhatsApp blocks people who wrote within the last 24 hours; it answers for each person singly."""
    person = action.author or action.recipient or action.thread_key
    if action.reply_to.get("group") and not action.author:
        raise Rejected("no_target", "A group cannot be blocked. Choose a message of the person.")
    key = "user" if person.isdigit() else "user_id"
    answer = await cloud.call(
        "POST" if action.ability is Ability.BAN else "DELETE",
        f"{number}/block_users",
        json={"messaging_product": "whatsapp", "block_users": [{key: person}]},
    )
    outcome = answer.get("block_users")
    failed = rows_of(outcome, "failed_users") if isinstance(outcome, dict) else []
    if failed:
        raise Rejected(
            "not_blocked",
            "WhatsApp did not do it for this person. It blocks only people who wrote within the last 24 hours.",
        )
