"""Direct messages on their way out: the request that a message is, and what the answer says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from hark.adapters._meta.graph import Graph
from hark.adapters._meta.wire import text_id
from hark.channels.contract import (
    Ability,
    Manifest,
    Outbound,
    OutboundAttachment,
    Rejected,
    ReplyWindow,
    Sent,
    Source,
    Unconfirmed,
)
from hark.channels.contract.limits import measure

FileParts = Mapping[str, tuple[str, bytes, str]]
MEGABYTE = 1024 * 1024


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


async def create(graph: Graph, call: Call, outbound: Outbound) -> Sent:
    """Makes the call; the id of what it made."""
    if call.files is None:
        answer = await graph.create(call.path, json=call.body)
    else:
        answer = await graph.create(call.path, form=call.form, files=call.files)
    message_id = text_id(answer.get(call.answers_with))
    if message_id is None:
        sentence = f"{graph.voice.name} accepted the message without naming it."
        raise Unconfirmed("no_id", sentence, http_status=200)
    if outbound.private_to is None:
        return Sent(message_id)
    return Sent(message_id, thread_key=text_id(answer.get("recipient_id")), thread_source=Source.DM)


def check_content(outbound: Outbound, manifest: Manifest, name: str) -> None:
    """Raises Rejected for what the manifest does not allow. A private answer has the limits of a direct message."""
    private = outbound.private_to is not None
    rules = manifest.sources[outbound.source]
    needed = Ability.PRIVATE_REPLY if private else Ability.REPLY
    if needed not in rules.abilities or (outbound.quoted and Ability.QUOTE not in rules.abilities):
        raise Rejected("ability_missing", f"{name} does not offer this here.")
    limit = manifest.sources[Source.DM].text if private else rules.text
    if (length := measure(outbound.text, limit)) > limit.maximum:
        over, unit = length - limit.maximum, "bytes" if limit.unit == "bytes" else "characters"
        raise Rejected("text_too_long", f"The text is {over} {unit} over {name}'s {limit.maximum}.")
    if not outbound.text.strip() and not outbound.attachments:
        raise Rejected("empty", "There is nothing to send.")
    allowed = 0 if private else rules.max_attachments
    if len(outbound.attachments) > allowed:
        raise Rejected("attachment_not_allowed", f"At most {allowed} attachments go into one message here.")
    for attachment in outbound.attachments:
        _check_attachment(attachment, outbound.source, manifest, name)


def _check_attachment(file: OutboundAttachment, source: Source, manifest: Manifest, name: str) -> None:
    rule = manifest.sources[source].kinds.get(file.kind)
    if rule is None:
        raise Rejected("attachment_not_allowed", f"{name} takes no attachment of kind {file.kind} here.")
    if rule.mime_types and file.mime_type not in rule.mime_types:
        taken = ", ".join(rule.mime_types)
        raise Rejected("attachment_not_allowed", f"{name} takes {file.kind} files only as {taken}.")
    if len(file.content) > rule.max_bytes:
        limit = rule.max_bytes // MEGABYTE
        raise Rejected(
            "attachment_too_large", f"{file.name} is larger than the {limit} MB that {name} takes."
        )


def recipient_of(outbound: Outbound) -> str:
    return outbound.recipient or outbound.reply_to.get("recipient") or outbound.thread_key


def tag_of(outbound: Outbound, window: ReplyWindow, name: str) -> str | None:
    """None within the window, a person's tag for the days after it; raises Rejected for what comes later still."""
    if outbound.last_opened_at is None:
        return None
    age = outbound.at - outbound.last_opened_at
    if age <= timedelta(seconds=window.seconds):
        return None
    human = timedelta(seconds=window.human_seconds or 0)
    if outbound.by_human and age <= human:
        return "HUMAN_AGENT"
    allowed = f"{human.days} days" if outbound.by_human else f"{window.seconds // 3600} hours"
    raise Rejected(
        "reply_window_closed",
        f"The customer's last message is more than {allowed} old; {name} takes no answer now.",
    )


def upload(field: str, file: OutboundAttachment) -> FileParts | None:
    return {field: (file.name, file.content, file.mime_type)} if file.content else None
