"""One raw item of Google into inbound events. Pure.

A review is a conversation of its own: the review, and its one answer.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.googlereviews.names import instant, reply_id, review_id
from hark.adapters.googlereviews.payloads import Envelope, Reply, Review, Reviewer
from hark.channels.contract import (
    AccountNotice,
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Receipt,
    Source,
    Thread,
    Unrecognized,
)

STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
REVIEW_TYPES = frozenset({"NEW_REVIEW", "UPDATED_REVIEW"})
OTHER_TYPES = frozenset(
    {
        "GOOGLE_UPDATE",
        "NEW_CUSTOMER_MEDIA",
        "NEW_QUESTION",
        "UPDATED_QUESTION",
        "NEW_ANSWER",
        "UPDATED_ANSWER",
        "DUPLICATE_LOCATION",
        "UPDATED_LOCATION_STATE",
    }
)
"""Notifications about the profile itself."""
CONTROL_TYPES = frozenset({"LOSS_OF_VOICE_OF_MERCHANT", "VOICE_OF_MERCHANT_UPDATED"})
_CONTROL = "Google changed whether you control this profile. If it is no longer verified, reviews cannot be answered."

_TRANSLATED = "(Translated by Google)"
_ORIGINAL = "(Original)"
_AFTER = re.compile(r"\n\s*\(Translated by Google\)\s*")


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    try:
        envelope = msgspec.json.decode(payload, type=Envelope)
        if envelope.kind == "push":
            return _pushed(envelope, received_at)
        if envelope.kind in {"gone", "reply_gone"}:
            return [_gone(envelope, received_at)]
        return _listed(envelope, received_at)
    except msgspec.DecodeError as error:
        raise Unrecognized(f"an item of another form: {error}") from error


def _pushed(envelope: Envelope, received_at: datetime) -> list[InboundEvent]:
    """Only that there is something: the list tells what."""
    told = envelope.item if isinstance(envelope.item, dict) else {}
    words = {value for value in told.values() if isinstance(value, str)}
    at = instant(envelope.at) or received_at
    names_review = any("/reviews/" in word for word in words)
    if words & REVIEW_TYPES or names_review:
        return [AccountNotice("review_changed", at, fetch=True)]
    if words & CONTROL_TYPES:
        return [AccountNotice("control_changed", at, alert=_CONTROL)]
    if known := words & OTHER_TYPES:
        return [Ignored(f"type:{min(known)}", at)]
    raise Unrecognized("a notification of no known type")


def _gone(envelope: Envelope, received_at: datetime) -> Deletion:
    found = review_id(envelope.item)
    if found is None:
        raise Unrecognized("something gone without its id")
    target = reply_id(found) if envelope.kind == "reply_gone" else found
    return Deletion(target, instant(envelope.at) or received_at)


def _listed(envelope: Envelope, received_at: datetime) -> list[InboundEvent]:
    review = msgspec.convert(envelope.item, Review)
    found = review_id(review.review_id) or review_id((review.name or "").rpartition("/")[2])
    if found is None:
        raise Unrecognized("a review without its id")
    thread = Thread(Source.REVIEW, found, reply_to={"review": found})
    reply = review.review_reply or Reply()
    if envelope.kind == "reply_changed":
        changed = Edit(reply_id(found), instant(reply.update_time) or received_at, text=reply.comment)
        return [changed]
    if envelope.kind == "reply":
        return _reply(reply, thread, envelope.location or "", received_at)
    return _review(review, thread, received_at)


def _review(review: Review, thread: Thread, received_at: datetime) -> list[InboundEvent]:
    """The review; and what it says now, where it was changed after it was written."""
    written, changed = instant(review.create_time), instant(review.update_time)
    at = written or changed or received_at
    text, translation = split_translation(review.comment)
    files, rating = tuple(_files(review.review_media_items)), STARS.get(review.star_rating or "")
    message = Message(
        id=thread.key,
        thread=thread,
        author=_author(review.reviewer or Reviewer(), thread.key),
        at=at,
        text=text,
        attachments=files,
        rating=rating,
        unsupported=None if text or rating or files else "empty_review",
        url=_https(review.review_reply_url),
        metadata={"translation": translation} if translation else {},
    )
    if changed is None or changed <= at:
        return [message]
    # A comment that was taken away leaves the stars.
    return [message, Edit(thread.key, changed, text=text or "", attachments=files or None, rating=rating)]


def split_translation(comment: str | None) -> tuple[str | None, str | None]:
    """What the reviewer wrote, and Google's translation where it put one into the same text, before or behind."""
    text = (comment or "").strip()
    if text.startswith(_TRANSLATED) and _ORIGINAL in text:
        translation, _, original = text.removeprefix(_TRANSLATED).partition(_ORIGINAL)
        return original.strip() or None, translation.strip() or None
    behind = _AFTER.search(text)
    if behind is not None and text[: behind.start()].strip():
        return text[: behind.start()].strip(), text[behind.end() :].strip() or None
    return comment or None, None


def _author(reviewer: Reviewer, review: str) -> Author:
    """A person has one review per location, and no id: they are known by the review."""
    named = reviewer.display_name if not reviewer.is_anonymous else None
    photo = _https(reviewer.profile_photo_url)
    return Author(
        f"reviewer:{review}", name=named or None, avatar_url=None if reviewer.is_anonymous else photo
    )


def _files(items: list[Any] | None) -> list[Attachment]:
    """Pictures and films. Google documents addresses of both; every https address of an item counts."""
    files = []
    for item in items or []:
        fields = item if isinstance(item, dict) else {}
        addresses = {key: url for key, value in fields.items() if (url := _https(value))}
        film = next((url for key, url in addresses.items() if "video" in key.lower()), None)
        url = film or next(iter(addresses.values()), None)
        skip = None if url else "no_address"
        files.append(Attachment("video" if film else "image", url=url, skip=skip))
    return files


def _https(value: Any) -> str | None:
    return value if isinstance(value, str) and value.startswith("https://") else None


def _reply(reply: Reply, thread: Thread, location: str, received_at: datetime) -> list[InboundEvent]:
    """The answer as Google has it: our own, or one that was written in the profile; then whether Google shows it."""
    at, answer = instant(reply.update_time) or received_at, reply_id(thread.key)
    message = Message(
        id=answer,
        thread=thread,
        author=Author(location, us=True),
        at=at,
        text=reply.comment or None,
        quoted=thread.key,
        unsupported=None if reply.comment else "empty_reply",
    )
    return [message, *_judgment(reply, answer, at)]


def _judgment(reply: Reply, answer: str, at: datetime) -> list[InboundEvent]:
    if reply.review_reply_state == "APPROVED":
        return [Receipt("delivered", at, target=answer)]
    if reply.review_reply_state != "REJECTED":
        return []
    violation = reply.policy_violation if isinstance(reply.policy_violation, str) else "policy"
    words = f"Google does not show this answer ({violation.replace('_', ' ').lower()}). Edit it and send it again."
    return [Receipt("failed", at, target=answer, code=violation[:100], reason=words)]
