"""The chat's log and the messages of a conversation, as events."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.bluesky import embeds
from hark.adapters.bluesky.atproto import instant
from hark.adapters.bluesky.payloads import ChatMessage, ChatReaction, Convo, Entry, Log, Profile
from hark.channels.contract import (
    Author,
    Deletion,
    Ignored,
    InboundEvent,
    Message,
    Reaction,
    Source,
    Thread,
    Unrecognized,
    Unsupported,
)

NO_MESSAGE = frozenset(
    {
        "logBeginConvo", "logAcceptConvo", "logLeaveConvo", "logMuteConvo", "logUnmuteConvo",
        "logReadConvo", "logReadMessage", "logReadJoinRequests",
    }
)  # fmt: skip
"""What the account itself did to a conversation. Its own read position is no receipt of the customer."""


class Place(msgspec.Struct, frozen=True):
    """Where a message stands, and who is there."""

    account: str
    convo_id: str
    people: dict[str, Profile]
    status: str | None
    group: bool
    members: tuple[str, ...]

    def author(self, did: str) -> Author:
        known = self.people.get(did)
        return Author(
            id=did,
            name=(known.display_name or None) if known else None,
            handle=known.handle if known else None,
            avatar_url=known.avatar if known else None,
            us=did == self.account,
        )

    def thread(self, sender: str | None) -> Thread:
        """A conversation of two is with the other; in a group it is with whoever writes."""
        others = [did for did in self.members if did != self.account]
        other = sender if sender not in {None, self.account} else others[0] if len(others) == 1 else None
        named = {"convo": self.convo_id, "status": self.status, "person": other}
        return Thread(
            Source.DM,
            self.convo_id,
            customer=self.author(other) if other and not self.group else None,
            reply_to={key: value for key, value in named.items() if value},
        )


def from_log(entry: Entry, log: Log, received_at: datetime) -> list[InboundEvent]:
    kind = log.type_.rpartition("#")[2]
    if kind in NO_MESSAGE:
        return [Ignored(f"chat:{kind}")]
    place = _place(entry, log.convo_id, log.related_profiles)
    message = _message(log.message)
    if kind == "logCreateMessage" and message is not None:
        return said(place, message, received_at)
    if kind == "logDeleteMessage" and message is not None:
        return [Deletion(message.id, received_at)]
    if kind in {"logAddReaction", "logRemoveReaction"} and message is not None and log.reaction is not None:
        return [_reaction(place, message, log.reaction, kind == "logAddReaction", received_at)]
    return [Unsupported(place.thread(None), received_at, _words(kind), dict(_plain(entry.item)))]


def from_history(entry: Entry, message: ChatMessage, received_at: datetime) -> list[InboundEvent]:
    place = _place(entry, entry.convo.id if entry.convo else None, [])
    return said(place, message, received_at)


def said(place: Place, message: ChatMessage, received_at: datetime) -> list[InboundEvent]:
    at = instant(message.sent_at) or received_at
    if message.type_.endswith("#deletedMessageView"):
        return [Deletion(message.id, at)]
    if message.sender is None:
        return [_event(place, message, at)]
    author = place.author(message.sender.did)
    files, text = embeds.of_chat(message.embed), message.text or None
    links = [str(f["uri"]) for facet in message.facets for f in _features(facet) if f.get("uri")]
    told = Message(
        id=message.id,
        thread=place.thread(message.sender.did),
        author=author,
        at=at,
        text=text,
        attachments=files,
        quoted=message.reply_to.id if message.reply_to else None,
        unsupported=None if text or files else "empty",
        opens_window=not author.us,
        metadata={
            **({"links": links} if links else {}),
            **({"request": True} if place.status == "request" else {}),
        },
    )
    return [told, *_reactions(place, message, at)]


def _event(place: Place, message: ChatMessage, at: datetime) -> InboundEvent:
    """Somebody joined or left, the group has another name: what no person wrote."""
    data = message.data or {}
    kind = str(data.get("$type") or message.type_).rpartition("#")[2] or "unknown"
    what = _words(kind.removeprefix("systemMessageData"))
    return Unsupported(place.thread(None), at, what, {"id": message.id, **data})


def _reactions(place: Place, message: ChatMessage, at: datetime) -> list[InboundEvent]:
    by: dict[str, list[ChatReaction]] = {}
    for reaction in message.reactions:
        by.setdefault(reaction.sender.did, []).append(reaction)
    return [
        Reaction(
            message.id,
            max((instant(each.created_at) or at for each in given), default=at),
            place.author(did),
            tuple(dict.fromkeys(each.value for each in given)),
        )
        for did, given in by.items()
    ]


def _reaction(
    place: Place, message: ChatMessage, reaction: ChatReaction, added: bool, received_at: datetime
) -> Reaction:
    """All that this person has on the message now. The view beside the change has them all; the change itself counts."""
    did, value = reaction.sender.did, reaction.value
    held = [each.value for each in message.reactions if each.sender.did == did]
    emoji = [*held, value] if added else [each for each in held if each != value]
    at = (instant(reaction.created_at) if added else None) or received_at
    return Reaction(message.id, at, place.author(did), tuple(dict.fromkeys(emoji)))


def _place(entry: Entry, convo_id: str | None, related: list[Profile]) -> Place:
    convo = entry.convo or Convo(id=convo_id or "")
    where = convo_id or convo.id
    if not where:
        raise Unrecognized("something of the chat without its conversation")
    people = {profile.did: profile for profile in [*convo.members, *related]}
    members = tuple(profile.did for profile in convo.members) or tuple(people)
    return Place(entry.account, where, people, convo.status, convo.is_group, members)


def _message(value: dict[str, Any] | None) -> ChatMessage | None:
    return None if value is None else msgspec.convert(value, ChatMessage)


def _features(facet: dict[str, Any]) -> list[dict[str, Any]]:
    features = facet.get("features")
    return [each for each in features if isinstance(each, dict)] if isinstance(features, list) else []


def _plain(item: msgspec.Raw) -> dict[str, Any]:
    value = msgspec.json.decode(item)
    return value if isinstance(value, dict) else {}


def _words(name: str) -> str:
    """logLockConvo as chat_lock_convo."""
    short = name.removeprefix("log") or "unknown"
    return "chat_" + re.sub(r"(?<!^)(?=[A-Z])", "_", short).lower()
