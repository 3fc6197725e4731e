"""Whether a reply may be sent, by the platform's own table. Pure; what is refused here never reaches the
network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from hark.channels.contract import (
    Ability,
    Manifest,
    ReplyWindow,
    Source,
    SourceRules,
    TextLimit,
    Unit,
    abilities_of,
)
from hark.channels.contract.limits import measure, octets
from hark.delivery.models import AnsweredComment, Draft, DraftAttachment, PrivateReplyState, Refusal
from hark.inbox.models import ReplyWindowState


def window_state(
    window: ReplyWindow | None, opened_at: datetime | None, now: datetime
) -> ReplyWindowState | None:
    """The reply window of a conversation; None where the platform has none. Never opened is closed."""
    if window is None:
        return None
    if opened_at is None:
        return ReplyWindowState(state="closed", closes_at=None, human_closes_at=None)
    closes_at = opened_at + timedelta(seconds=window.seconds)
    human_closes_at = (
        None if window.human_seconds is None else opened_at + timedelta(seconds=window.human_seconds)
    )
    if now < closes_at:
        return ReplyWindowState(state="open", closes_at=closes_at, human_closes_at=human_closes_at)
    if human_closes_at is not None and now < human_closes_at:
        return ReplyWindowState(state="human", closes_at=closes_at, human_closes_at=human_closes_at)
    return ReplyWindowState(state="closed", closes_at=closes_at, human_closes_at=human_closes_at)


def private_state(rules: SourceRules, comment: AnsweredComment, now: datetime) -> PrivateReplyState:
    """Whether a comment may be answered privately: for so long after it was written, and once, where the platform says so."""
    closes_at = None
    if rules.private_window is not None:
        closes_at = comment.written_at + timedelta(seconds=rules.private_window.seconds)
    if rules.private_once and comment.used:
        return PrivateReplyState("used", closes_at)
    if closes_at is not None and now >= closes_at:
        return PrivateReplyState("expired", closes_at)
    return PrivateReplyState("open", closes_at)


def rules_of(manifest: Manifest, source: Source, fields: Mapping[str, str]) -> SourceRules:
    """What holds in a source for an account with these connection values: it may have fewer abilities than the platform."""
    rules = manifest.sources[source]
    abilities = abilities_of(manifest, source, fields)
    return rules if abilities == rules.abilities else msgspec.structs.replace(rules, abilities=abilities)


def private_rules(manifest: Manifest, rules: SourceRules) -> SourceRules:
    """What holds for a private reply in a source with these rules: it is written under those of direct messages, if the
    platform has them, with the abilities and the times of the place that it answers."""
    direct = manifest.sources.get(Source.DM)
    if direct is None:
        return rules
    return msgspec.structs.replace(
        direct,
        abilities=rules.abilities,
        window=rules.window,
        private_window=rules.private_window,
        private_once=rules.private_once,
    )


def reasons_of(manifest: Manifest) -> Mapping[Ability, str]:
    """Why the platform lacks an ability, as sentences. Where it gives no direct messages, nothing can be answered by one."""
    direct = manifest.absent.get(Source.DM)
    return manifest.lacking if direct is None else {Ability.PRIVATE_REPLY: direct, **manifest.lacking}


def check_reply(
    rules: SourceRules,
    draft: Draft,
    window: ReplyWindowState | None,
    *,
    reachable: bool,
    account_status: str,
    private: PrivateReplyState | None = None,
    reasons: Mapping[Ability, str] = {},
) -> list[Refusal]:
    """Everything that forbids this reply now, the most fundamental first; empty when it may go. `private` is the state of
    the comment that is answered privately; `reasons` are `reasons_of` the platform."""
    return [
        *_check_account(account_status),
        *_check_abilities(rules, draft, reasons),
        *_check_person(rules, draft, reachable),
        *check_places(window, private, draft.by_human, template=draft.template is not None),
        *_check_content(draft),
        *_check_text(rules, draft),
        *_check_attachments(rules, draft),
    ]


def check_ability(
    rules: SourceRules, ability: Ability, account_status: str, reasons: Mapping[Ability, str] = {}
) -> list[Refusal]:
    """Everything that forbids an action (hide, like, typing …) in this source."""
    return [*_check_account(account_status), *_needs(rules, ability, reasons)]


def check_places(
    window: ReplyWindowState | None, private: PrivateReplyState | None, by_human: bool, *, template: bool
) -> Iterator[Refusal]:
    """What time forbids: the reply window, for all but templates, and the time and number of private replies."""
    if not template:
        yield from check_window(window, by_human)
    if private is not None and private.state == "expired" and private.closes_at is not None:
        yield Refusal(
            "private_reply_expired",
            f"The comment could be answered privately until {private.closes_at:%Y-%m-%d %H:%M} UTC. Answer in public.",
            {"closed_at": private.closes_at},
        )
    if private is not None and private.state == "used":
        yield Refusal(
            "private_reply_used",
            "This comment has its one private reply already. Go on in the direct messages, or answer in public.",
        )


def check_window(window: ReplyWindowState | None, by_human: bool) -> Iterator[Refusal]:
    if window is None or window.state == "open" or (window.state == "human" and by_human):
        return
    closed_at = (window.human_closes_at or window.closes_at) if by_human else window.closes_at
    if closed_at is None:
        yield Refusal("reply_window_closed", "The customer has to write first.", {"closed_at": None})
        return
    yield Refusal(
        "reply_window_closed",
        f"The reply window is closed since {closed_at:%Y-%m-%d %H:%M} UTC, until the customer writes.",
        {"closed_at": closed_at},
    )


def _check_account(status: str) -> Iterator[Refusal]:
    if status != "connected":
        yield Refusal(
            "account_not_connected",
            f"The channel account is not connected (it is {status}).",
            {"status": status},
        )


def _check_abilities(rules: SourceRules, draft: Draft, reasons: Mapping[Ability, str]) -> Iterator[Refusal]:
    if draft.template is not None:
        yield from _needs(rules, Ability.TEMPLATE, reasons)
    elif draft.private_to is not None:
        yield from _needs(rules, Ability.PRIVATE_REPLY, reasons)
    else:
        yield from _needs(rules, Ability.REPLY, reasons)
    if draft.quoted is not None:
        yield from _needs(rules, Ability.QUOTE, reasons)


def _needs(rules: SourceRules, ability: Ability, reasons: Mapping[Ability, str]) -> Iterator[Refusal]:
    """The platform's own reason where the adapter knows one (`reason` has it), for people to read."""
    if ability in rules.abilities:
        return
    words = ability.value.replace("_", " ")
    reason = reasons.get(ability)
    yield Refusal(
        "ability_missing",
        reason or f"This channel does not offer “{words}” here.",
        {"ability": ability.value} | ({"reason": reason} if reason else {}),
    )


def _check_person(rules: SourceRules, draft: Draft, reachable: bool) -> Iterator[Refusal]:
    """A public answer needs nobody's consent; a direct message does."""
    if not reachable and (not rules.public or draft.private_to is not None):
        yield Refusal("unreachable", "This person cannot be written to: they blocked or left the chat.")


def _check_content(draft: Draft) -> Iterator[Refusal]:
    if not draft.content.strip() and not draft.attachments:
        yield Refusal("empty", "There is nothing to send.")


def _check_text(rules: SourceRules, draft: Draft) -> Iterator[Refusal]:
    limit = _limit_of_one_call(rules, draft)
    if limit is not None and draft.template is None:
        yield from check_text(draft.content, limit)


def check_text(text: str, limit: TextLimit) -> Iterator[Refusal]:
    """Whether a text fits one call."""
    yield from _over(measure(text, limit), limit.maximum, limit.unit)
    if limit.max_bytes is not None:
        yield from _over(octets(text), limit.max_bytes, Unit.BYTES)


def _over(length: int, maximum: int, unit: Unit) -> Iterator[Refusal]:
    if (over := length - maximum) > 0:
        yield Refusal(
            "text_too_long",
            f"The text is {over:,} over {maximum:,} {_name(unit)}.",
            {"over": over, "length": length, "maximum": maximum, "unit": unit.value},
        )


def _limit_of_one_call(rules: SourceRules, draft: Draft) -> TextLimit | None:
    """The limit that the whole text must keep; None where it may be cut. A private reply is a single call."""
    if draft.private_to is None:
        return None if rules.splits else rules.text
    return rules.caption or rules.text if draft.attachments else rules.text


def _name(unit: Unit) -> str:
    return "bytes" if unit is Unit.BYTES else "characters"


def _check_attachments(rules: SourceRules, draft: Draft) -> Iterator[Refusal]:
    if draft.template is not None and draft.attachments:
        yield Refusal("attachment_not_allowed", "A template goes without attachments.")
        return
    for attachment in draft.attachments:
        yield from _check_attachment(rules, attachment)
    if draft.private_to is not None and _needs_more_calls(rules, draft):
        yield Refusal(
            "attachment_not_allowed", "A private reply is one message: send the attachments after it."
        )


def _needs_more_calls(rules: SourceRules, draft: Draft) -> bool:
    alone = rules.caption is None or any(each.kind in rules.captionless for each in draft.attachments[:1])
    beside = bool(draft.content.strip()) and alone
    return bool(draft.attachments) and (beside or len(draft.attachments) > rules.max_attachments)


def _check_attachment(rules: SourceRules, attachment: DraftAttachment) -> Iterator[Refusal]:
    rule = rules.kinds.get(attachment.kind) if rules.max_attachments else None
    named = {"attachment": str(attachment.id), "name": attachment.name}
    if rule is None:
        yield Refusal(
            "attachment_not_allowed",
            f"“{attachment.name}”: this channel takes no attachment of the kind {attachment.kind} here.",
            {**named, "kind": attachment.kind},
        )
    elif rule.mime_types and attachment.mime_type not in rule.mime_types:
        yield Refusal(
            "attachment_not_allowed",
            f"“{attachment.name}”: {attachment.mime_type} is not among {', '.join(rule.mime_types)}.",
            {**named, "mime_type": attachment.mime_type, "allowed": list(rule.mime_types)},
        )
    elif attachment.size > rule.max_bytes:
        yield Refusal(
            "attachment_not_allowed",
            f"“{attachment.name}” has {attachment.size:,} bytes; at most {rule.max_bytes:,} may be sent.",
            {**named, "size": attachment.size, "maximum": rule.max_bytes},
        )
    elif attachment.size == 0:
        yield Refusal("attachment_not_allowed", f"“{attachment.name}” is empty.", {**named, "size": 0})
    elif rule.alt is not None and len(attachment.alt) > rule.alt:
        yield Refusal(
            "attachment_not_allowed",
            f"“{attachment.name}”: the description may have {rule.alt:,} characters.",
            {**named, "alt": len(attachment.alt), "maximum": rule.alt},
        )
