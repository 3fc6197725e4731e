"""Everything that is neither message nor post: deletions, likes, reads, typing, encrypted messages, withdrawn access."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.x.payloads import Known, User
from hark.adapters.x.people import SITE, author_of, pair_key, user_id
from hark.adapters.x.wire import millis, minted, text_id, written
from hark.channels.contract import (
    AccountNotice,
    Deletion,
    Ignored,
    InboundEvent,
    Message,
    Reaction,
    Receipt,
    Source,
    Thread,
    Unrecognized,
)

HEART = "❤️"
ENCRYPTED = "encrypted message, open X"
_REVOKED = "X reports that the account withdrew this app's access. Connect the account again."
_REPLAY_FAILED = (
    "X could not send again what was missed while the webhook was off: {why}. Fetch the account's history."
)

ASIDE: Mapping[str, str] = {
    "follow_events": "follow",
    "block_events": "block",
    "mute_events": "mute",
    "follow": "follow",
    "mute": "mute",
    "block": "block",
    "profile": "profile_change",
    "spaces": "space",
    "broadcast": "broadcast",
    "news": "news",
    "chat": "chat_membership",
}
"""What an inbox does not show, by the key of a list or the first word of an event, with the reason that is counted."""


def from_delete(known: Known, received_at: datetime) -> list[InboundEvent]:
    item = _object(known)
    status = item.get("status")
    gone = text_id(status.get("id")) if isinstance(status, dict) else text_id(item.get("id"))
    if gone is None:
        raise Unrecognized("a deletion that names no post")
    return [Deletion(target=gone, at=millis(item.get("timestamp_ms")) or received_at)]


def from_like(known: Known, received_at: datetime) -> list[InboundEvent]:
    """v1.1 has the liked post and the person who likes; v2 only names the post and its author."""
    item = _object(known)
    at = millis(item.get("timestamp_ms")) or written(item.get("created_at")) or received_at
    liked = item.get("favorited_status")
    user = _user(item.get("user"))
    if isinstance(liked, dict):
        target, person = text_id(liked.get("id_str")) or text_id(liked.get("id")), user_id(user)
    else:
        target = text_id(item.get("liked_tweet_id")) or text_id(item.get("liked_post_id"))
        person = _liker(item, known)
    if target is None or person is None:
        raise Unrecognized("a like that names no post or nobody")
    return [
        Reaction(
            target=target, at=at, author=author_of(person, known.account, known.users, user), emoji=(HEART,)
        )
    ]


def _liker(item: Mapping[str, Any], known: Known) -> str | None:
    """The payload does not say who likes; the subscription's direction does, or whose the post is."""
    author = text_id(item.get("liked_tweet_author_id")) or text_id(item.get("liked_post_author_id"))
    ours = author == known.account
    if known.beside.get("direction") == "outbound" or not ours:
        return known.account or None
    others = [person for person in known.users if person != known.account]
    return others[0] if len(others) == 1 else None


def from_read(known: Known, received_at: datetime) -> list[InboundEvent]:
    """Who read what: everything of the conversation up to a message."""
    item = _object(known)
    reader, recipient = text_id(item.get("sender_id")), _recipient(item)
    last = text_id(item.get("last_read_event_id"))
    if reader is None or last is None:
        raise Unrecognized("a read receipt of unknown form")
    at = millis(item.get("created_timestamp")) or received_at
    if reader == known.account:
        return [Ignored("read_by_us", at)]
    thread = Thread(
        Source.DM, pair_key(reader, recipient or known.account), author_of(reader, known.account, known.users)
    )
    receipts: list[InboundEvent] = [Receipt(status="read", at=at, target=last)]
    until = minted(last)
    if until is not None:
        receipts.append(Receipt(status="read", at=at, thread=thread, until=until))
    return receipts


def from_typing(known: Known, received_at: datetime) -> list[InboundEvent]:
    item = _object(known)
    return [Ignored("typing", millis(item.get("created_timestamp")) or received_at)]


def from_chat(known: Known, received_at: datetime) -> list[InboundEvent]:
    """An end-to-end encrypted message: that it came is known, what it says only on X."""
    item = _object(known)
    own, sender, conversation = (text_id(item.get(key)) for key in ("id", "sender_id", "conversation_id"))
    if own is None or sender is None or conversation is None:
        raise Unrecognized("an encrypted message without id, sender or conversation")
    people = conversation.split(":") if ":" in conversation else conversation.split("-")
    others = [person for person in people if person != known.account]
    other = sender if sender != known.account else others[0] if len(others) == 1 else None
    thread = Thread(
        Source.DM,
        conversation,
        customer=author_of(other, known.account, known.users) if other else None,
        reply_to={"encrypted": "yes"},
    )
    message = Message(
        id=own,
        thread=thread,
        author=author_of(sender, known.account, known.users),
        at=millis(item.get("created_at_msec")) or received_at,
        unsupported=ENCRYPTED,
        opens_window=sender != known.account,
        url=f"{SITE}/messages",
    )
    return [message]


def from_revoke(known: Known, received_at: datetime) -> list[InboundEvent]:
    item = _object(known)
    revoke = item.get("revoke", item)
    at = written(revoke.get("date_time")) if isinstance(revoke, dict) else None
    return [
        AccountNotice(
            "access_withdrawn", at or received_at, state={"revoked": True}, alert=_REVOKED, fetch=True
        )
    ]


def from_replay(known: Known, received_at: datetime) -> list[InboundEvent]:
    """The end of a replay that was asked for; one that failed needs a look at the lists instead."""
    item = _object(known)
    state = str(item.get("job_state") or "")
    failed = state.lower() in {"failed", "error", "incomplete"}
    why = str(item.get("job_state_description") or state)
    alert = _REPLAY_FAILED.format(why=why.rstrip(".")) if failed else None
    return [AccountNotice("replay", received_at, state={"replay": state}, alert=alert, fetch=failed)]


def from_unknown(known: Known, received_at: datetime) -> list[InboundEvent]:
    """Recognized as nothing for an inbox, or not at all."""
    reason = ASIDE.get(known.event) or ASIDE.get(known.event.split(".")[0] if "." in known.event else "")
    if reason is None:
        raise Unrecognized(f"an event of the unknown kind {known.event[:80]!r}")
    return [Ignored(reason, None)]


def _object(known: Known) -> dict[str, Any]:
    item = msgspec.json.decode(known.item)
    if not isinstance(item, dict):
        raise Unrecognized(f"{known.event[:80]} is not an object")
    return item


def _user(value: Any) -> User | None:
    try:
        return msgspec.convert(value, User) if isinstance(value, dict) else None
    except msgspec.ValidationError:
        return None


def _recipient(item: Mapping[str, Any]) -> str | None:
    target = item.get("target")
    return text_id(target.get("recipient_id")) if isinstance(target, dict) else None
