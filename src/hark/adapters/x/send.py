"""Messages: a pure plan of the one call that creates something, then the files, then that call."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.adapters.x.client import Api, api_of, data_of
from hark.adapters.x.errors import DUPLICATE, NOT_SUMMONED, Purpose
from hark.adapters.x.lookup import find_post
from hark.adapters.x.manifest import ENTERPRISE, MANIFEST
from hark.adapters.x.prices import DM_CREATE, POST_CREATE, POST_WITH_URL, SUMMONED_REPLY, Price
from hark.adapters.x.upload import Place, upload
from hark.adapters.x.wire import text_id
from hark.channels.contract import (
    Ability,
    Account,
    Outbound,
    OutboundAttachment,
    Rejected,
    Sent,
    Source,
    Unconfirmed,
)
from hark.channels.contract.limits import measure
from hark.infra.http import GuardedHttp
from hark.kernel.links import find_links

_ENCRYPTED = "This conversation is encrypted: X lets nobody but its own apps write in it. Answer on X."


class Call(msgspec.Struct, frozen=True):
    """The request that creates the message; ids of files are put in when they are known."""

    path: str
    body: dict[str, Any]
    purpose: Purpose
    price: Price
    place: Place

    def with_files(self, media_ids: list[str]) -> dict[str, Any]:
        if not media_ids:
            return self.body
        if self.place == "dm":
            return {**self.body, "attachments": [{"media_id": each} for each in media_ids]}
        return {**self.body, "media": {"media_ids": media_ids}}


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    call = plan(outbound, account.fields.get("plan", ""))
    api = api_of(account, http)
    media_ids = [await upload(api, file, call.place) for file in outbound.attachments]
    try:
        answer = await api.call(
            "POST", call.path, json=call.with_files(media_ids), purpose=call.purpose, price=call.price
        )
    except Rejected as refusal:
        if refusal.code != "duplicate":
            raise
        return await _found_or_refused(api, outbound, account, refusal)
    return _sent(data_of(answer), call, outbound)


async def _found_or_refused(api: Api, outbound: Outbound, account: Account, refusal: Rejected) -> Sent:
    """A post that X takes for a copy may be the first attempt, whose answer was lost."""
    found = await find_post(api, outbound, account.platform_account_id)
    if isinstance(found, Sent):
        return found
    raise Rejected("duplicate", DUPLICATE, http_status=refusal.http_status)


def _sent(data: dict[str, Any], call: Call, outbound: Outbound) -> Sent:
    created = text_id(data.get("dm_event_id" if call.place == "dm" else "id"))
    if created is None:
        raise Unconfirmed("no_id", "X took the message without naming it.", http_status=200)
    if outbound.private_to is None:
        return Sent(created)
    return Sent(created, thread_key=text_id(data.get("dm_conversation_id")), thread_source=Source.DM)


def plan(outbound: Outbound, of_app: str) -> Call:
    """The request for this message; `of_app` is the app's plan. Raises Rejected for what X would refuse."""
    _check_content(outbound)
    if outbound.private_to is not None or outbound.source is Source.DM:
        return _direct_message(outbound)
    return _public_reply(outbound, of_app)


def _check_content(outbound: Outbound) -> None:
    rules = MANIFEST.sources.get(outbound.source)
    needed = Ability.PRIVATE_REPLY if outbound.private_to is not None else Ability.REPLY
    if rules is None or needed not in rules.abilities:
        raise Rejected("ability_missing", "X does not offer this here.")
    if outbound.quoted and Ability.QUOTE not in rules.abilities:
        raise Rejected("ability_missing", "X's API cannot answer one message of a conversation.")
    written = MANIFEST.sources[Source.DM] if outbound.private_to is not None else rules
    length = measure(outbound.text, written.text)
    if length > written.text.maximum:
        over = length - written.text.maximum
        raise Rejected("text_too_long", f"The text is {over} characters over X's {written.text.maximum}.")
    if not outbound.text.strip() and not outbound.attachments:
        raise Rejected("empty", "There is nothing to send.")
    _check_files(outbound.attachments, private=written is MANIFEST.sources[Source.DM])


def _check_files(files: tuple[OutboundAttachment, ...], *, private: bool) -> None:
    rules = MANIFEST.sources[Source.DM if private else Source.MENTION]
    if len(files) > rules.max_attachments:
        most = "one file" if private else "four pictures"
        raise Rejected("attachment_not_allowed", f"X takes at most {most} in one message here.")
    for file in files:
        rule = rules.kinds.get(file.kind)
        if rule is None or (rule.mime_types and file.mime_type not in rule.mime_types):
            raise Rejected("attachment_not_allowed", f"X does not take {file.name}: it is {file.mime_type}.")
        if len(file.content) > rule.max_bytes:
            most = f"{rule.max_bytes // (1024 * 1024)} MB"
            raise Rejected("attachment_too_large", f"{file.name} is larger than the {most} that X takes.")
    moving = [file for file in files if file.kind == "video" or file.mime_type == "image/gif"]
    if moving and len(files) > 1:
        raise Rejected("attachment_not_allowed", "A video or GIF stands alone in a post on X.")


def _direct_message(outbound: Outbound) -> Call:
    body = {"text": outbound.text} if outbound.text.strip() else {}
    return Call(_conversation_path(outbound), body, "dm", DM_CREATE, "dm")


def _conversation_path(outbound: Outbound) -> str:
    """One person by their id, a group by its own."""
    if outbound.private_to is not None:
        person = outbound.recipient or outbound.reply_to.get("author_id")
        if not person:
            raise Rejected(
                "no_recipient", "Who wrote this post is not known, so X cannot be told whom to write to."
            )
        return f"dm_conversations/with/{person}/messages"
    if outbound.reply_to.get("encrypted") or ":" in outbound.thread_key:
        raise Rejected("encrypted", _ENCRYPTED)
    group = outbound.reply_to.get("conversation")
    if group:
        return f"dm_conversations/{group}/messages"
    person = outbound.reply_to.get("participant") or outbound.recipient
    if person:
        return f"dm_conversations/with/{person}/messages"
    return f"dm_conversations/{outbound.thread_key}/messages"


def _public_reply(outbound: Outbound, of_app: str) -> Call:
    target = answered_post(outbound)
    summoned = outbound.reply_to.get("summoned", "")
    of_last = outbound.quoted in {None, outbound.reply_to.get("post_id")}
    if of_app != ENTERPRISE and of_last and summoned == "no":
        raise Rejected("not_summoned", NOT_SUMMONED)
    body: dict[str, Any] = {"text": outbound.text} if outbound.text.strip() else {}
    body["reply"] = {"in_reply_to_tweet_id": target}
    return Call("tweets", body, "reply", _price(outbound.text, summoned == "yes" and of_last), "tweet")


def answered_post(outbound: Outbound) -> str:
    """The post below which the answer stands: the one chosen, or the last one of the conversation."""
    target = outbound.quoted or outbound.reply_to.get("post_id") or outbound.thread_key.split("/")[0]
    if not target:
        raise Rejected("no_target", "Which post is to be answered is not known.")
    return target


def _price(text: str, summoned: bool) -> Price:
    """A link makes a post thirteen times as dear, whoever it answers."""
    if next(find_links(text), None) is not None:
        return POST_WITH_URL
    return SUMMONED_REPLY if summoned else POST_CREATE
