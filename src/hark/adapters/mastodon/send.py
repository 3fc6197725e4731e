"""Answers: a pure plan first, then its files, then the one call that creates. It carries our reference as Idempotency-Key, so a
server that got it twice within the hour makes one post of it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import msgspec

from hark.adapters.mastodon.client import Server, server_of
from hark.adapters.mastodon.content import instant
from hark.adapters.mastodon.manifest import CHARACTERS, LINK_LENGTH, MANIFEST, MOST_FILES
from hark.channels.contract import (
    Ability,
    Account,
    Outbound,
    OutboundAttachment,
    Rejected,
    Sent,
    Source,
    TextLimit,
    TryAgain,
    Unconfirmed,
    Unit,
)
from hark.channels.contract.limits import measure
from hark.infra.http import GuardedHttp

PATIENCE = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0)
"""Seconds before each look whether a file is ready."""

MENTION = re.compile(r"(?<![\w/])@(\w[\w.-]*\w|\w)(?:@([\w.-]+\w))?", re.ASCII)
"""app/models/account.rb, MENTION_RE: a name, and a domain that does not count towards the length."""


class _Created(msgspec.Struct):
    id: str
    created_at: str | None = None


class _Uploaded(msgspec.Struct):
    id: str


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    body = plan(outbound, account)
    server = server_of(account, http)
    if outbound.attachments:
        body["media_ids"] = [await _upload(server, file) for file in outbound.attachments]
    key = {"idempotency-key": str(outbound.reference)}
    created = await server.post("/api/v1/statuses", _Created, body, headers=key, creates=True)
    if not created.id:
        raise Unconfirmed("no_id", "Mastodon accepted the post without naming it.", http_status=200)
    sent = Sent(created.id, instant(created.created_at))
    if outbound.private_to is None:
        return sent
    return msgspec.structs.replace(sent, thread_key=_person(outbound), thread_source=Source.DM)


def plan(outbound: Outbound, account: Account) -> dict[str, Any]:
    """The post. Raises Rejected for what the server would refuse."""
    _check(outbound, account)
    text = with_name(outbound.text, outbound.reply_to.get("acct", ""))
    body: dict[str, Any] = {"status": text, "visibility": _visibility(outbound)}
    answered = outbound.private_to or outbound.quoted or outbound.reply_to.get("status")
    if answered:
        body["in_reply_to_id"] = answered
    limit = limit_of(account)
    _check_length(text, limit)
    warning = outbound.reply_to.get("warning", "")
    if warning and measure(warning, limit) + length_of(text, limit) <= limit.maximum:
        body["spoiler_text"] = warning  # as the apps do: whoever hides a topic finds the answer hidden too
    return body


def _visibility(outbound: Outbound) -> str:
    """As the post that is answered: never more public than the customer was."""
    if outbound.private_to is not None or outbound.source is Source.DM:
        return "direct"
    known = outbound.reply_to.get("visibility", "")
    return known if known in {"public", "unlisted", "private"} else "public"


def _person(outbound: Outbound) -> str | None:
    return outbound.recipient or outbound.reply_to.get("person")


def with_name(text: str, acct: str) -> str:
    """Only who is named in a post hears of it; in a direct one only they can read it."""
    named = {found.group().lower().removeprefix("@") for found in MENTION.finditer(text)}
    if not acct or acct.lower() in named:
        return text
    return f"@{acct} {text}" if text else f"@{acct}"


def limit_of(account: Account) -> TextLimit:
    """As the account's server said when it was connected."""
    told = account.fields.get("max_characters", "")
    link = account.fields.get("link_characters", "")
    return TextLimit(
        int(told) if told.isdecimal() else CHARACTERS,
        Unit.CODEPOINTS,
        link_length=int(link) if link.isdecimal() else LINK_LENGTH,
    )


def length_of(text: str, limit: TextLimit) -> int:
    """As servers count: a link is 23 characters, and the domain of a name none."""
    return measure(MENTION.sub(lambda found: f"@{found[1]}", text), limit)


def _check_length(text: str, limit: TextLimit) -> None:
    over = length_of(text, limit) - limit.maximum
    if over > 0:
        raise Rejected(
            "text_too_long",
            f"The text is {over} characters over the {limit.maximum} of this server, the person's @name included. Shorten it.",
        )


def _check(outbound: Outbound, account: Account) -> None:
    private = outbound.private_to is not None
    rules = MANIFEST.sources.get(outbound.source)
    needed = Ability.PRIVATE_REPLY if private else Ability.REPLY
    if (
        rules is None
        or needed not in rules.abilities
        or (outbound.quoted and Ability.QUOTE not in rules.abilities)
    ):
        raise Rejected("ability_missing", "Mastodon does not offer this here.")
    over = measure(outbound.text, rules.text) - rules.text.maximum
    if over > 0:
        raise Rejected(
            "text_too_long",
            f"The text is {over} characters over the {rules.text.maximum} that fit. Shorten it.",
        )
    if not outbound.text.strip() and not outbound.attachments:
        raise Rejected("empty", "There is nothing to send.")
    if len(outbound.attachments) > MOST_FILES:
        raise Rejected("attachment_not_allowed", f"A post has at most {MOST_FILES} files.")
    if (
        (private or outbound.source is Source.DM)
        and not outbound.reply_to.get("acct")
        and not MENTION.search(outbound.text)
    ):
        raise Rejected("no_recipient", "A direct message must name its reader as @name.")
    for file in outbound.attachments:
        _check_file(file, account)


def _check_file(file: OutboundAttachment, account: Account) -> None:
    rule = MANIFEST.sources[Source.DM].kinds.get(file.kind)
    if rule is None or (rule.mime_types and file.mime_type not in rule.mime_types):
        raise Rejected(
            "attachment_not_allowed",
            f"Mastodon takes no {file.mime_type} here: pictures, films and sound only.",
        )
    told = account.fields.get(f"max_{file.kind}_bytes", "")
    most = min(rule.max_bytes, int(told)) if told.isdecimal() else rule.max_bytes
    if len(file.content) > most:
        raise Rejected(
            "attachment_too_large",
            f"{file.name} is larger than the {most // 1_000_000} MB that this server takes.",
        )


async def _upload(server: Server, file: OutboundAttachment) -> str:
    """A file travels first. Large ones are worked on for a while, and no post may name them before that is done."""
    parts = {"file": (file.name, file.content, file.mime_type)}
    form = {"description": file.alt} if file.alt else {}
    answer = await server.call("POST", "/api/v2/media", form=form, files=parts)
    try:
        media = msgspec.json.decode(answer.body, type=_Uploaded)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TryAgain("unreadable", "The Mastodon server's answer could not be read.") from error
    if answer.status == 202:
        await _wait_until_ready(server, media.id)
    return media.id


async def _wait_until_ready(server: Server, media_id: str) -> None:
    for pause in PATIENCE:
        await asyncio.sleep(pause)
        answer = await server.call("GET", f"/api/v1/media/{media_id}")
        if answer.status == 200:
            return
    raise TryAgain("media_processing", "The Mastodon server is still working on the file.")
