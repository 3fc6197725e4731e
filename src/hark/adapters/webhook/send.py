"""Answers and actions as they are posted to the callback address."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from hark.adapters.webhook.client import find, post
from hark.adapters.webhook.manifest import MANIFEST
from hark.adapters.webhook.normalize import moment
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    NotSent,
    Outbound,
    OutboundAttachment,
    Rejected,
    Sent,
    Source,
    Unconfirmed,
    abilities_of,
)
from hark.infra.http import GuardedHttp


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    """The id is our reference and the same at every try, so that the receiver can tell a repetition."""
    _check(outbound, account)
    answer = await post(account, http, plan(outbound, account), creates=True)
    return _sent(answer, outbound)


def _sent(answer: dict[str, Any], outbound: Outbound) -> Sent:
    message_id = answer.get("id")
    if not isinstance(message_id, str) or not message_id:
        raise Unconfirmed(
            "no_id",
            "The callback address took the message without naming it (an object with id).",
            http_status=200,
        )
    thread = answer.get("thread")
    private = outbound.private_to is not None and isinstance(thread, str)
    return Sent(
        message_id,
        at=_time(answer.get("at"), outbound.at),
        thread_key=str(thread) if private else None,
        thread_source=Source.DM if private else None,
    )


def _time(value: Any, fallback: datetime) -> datetime | None:
    return None if value is None else moment(value, fallback)


def plan(outbound: Outbound, account: Account) -> dict[str, Any]:
    """The body of the request."""
    return {
        "type": "message",
        "id": str(outbound.reference),
        "channel": account.platform_account_id,
        "source": outbound.source.value,
        "thread": outbound.thread_key,
        "reply_to": outbound.reply_to,
        "recipient": outbound.recipient,
        "private_to": outbound.private_to,
        "quoted": outbound.quoted,
        "text": outbound.text,
        "attachments": [_file(each) for each in outbound.attachments],
        "by_human": outbound.by_human,
        "at": outbound.at.isoformat(),
    }


def _file(file: OutboundAttachment) -> dict[str, Any]:
    given = {"kind": file.kind, "name": file.name, "mime_type": file.mime_type, "alt": file.alt}
    if file.content or not file.url:
        return {**given, "content": base64.b64encode(file.content).decode()}
    return {**given, "url": file.url}


def _check(outbound: Outbound, account: Account) -> None:
    rules = MANIFEST.sources[outbound.source]
    may = abilities_of(MANIFEST, outbound.source, account.fields)
    needed = {Ability.PRIVATE_REPLY if outbound.private_to is not None else Ability.REPLY}
    if outbound.quoted:
        needed.add(Ability.QUOTE)
    if not needed <= may or outbound.template is not None:
        raise Rejected("ability_missing", "This channel does not offer this here.")
    over = len(outbound.text) - rules.text.maximum
    if over > 0:
        raise Rejected(
            "text_too_long", f"The text is {over} characters over the {rules.text.maximum} of a message."
        )
    if not outbound.text.strip() and not outbound.attachments:
        raise Rejected("empty", "There is nothing to send.")
    if len(outbound.attachments) > rules.max_attachments:
        raise Rejected(
            "attachment_not_allowed", f"At most {rules.max_attachments} files go into one message."
        )
    for file in outbound.attachments:
        rule = rules.kinds.get(file.kind)
        if rule is None or len(file.content) > rule.max_bytes:
            raise Rejected(
                "attachment_not_allowed", f"{file.name} is too large, or of a kind that is not taken."
            )


async def look_up(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | NotSent | None:
    """Whether the callback address has the answer; None where it does not tell."""
    if account.fields.get("looks_up", "").strip().lower() not in {"yes", "true", "1"}:
        return None
    found = await find(account, http, str(outbound.reference))
    return NotSent() if found is None else _sent(found, outbound)


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    """An action names what it is about; a repetition of the same action has the same id."""
    offered = {
        ability for source in MANIFEST.sources for ability in abilities_of(MANIFEST, source, account.fields)
    } - {Ability.REPLY, Ability.QUOTE, Ability.PRIVATE_REPLY}
    if action.ability not in offered:
        raise Rejected("ability_missing", "This channel does not offer this.")
    body = {
        "type": "action",
        "action": action.ability.value,
        "channel": account.platform_account_id,
        "thread": action.thread_key,
        "reply_to": action.reply_to,
        "recipient": action.recipient,
        "target": action.target,
        "author": action.author,
        "text": action.text,
    }
    name = uuid5(NAMESPACE_URL, msgspec.json.encode(body).decode())
    await post(account, http, {**body, "id": str(name)}, creates=False)
