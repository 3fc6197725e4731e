"""Typing, read marks and reactions in direct messages: calls that make nothing."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.adapters._meta.people import REACTION_NAMES, reaction_name
from hark.channels.contract import Ability, Action, Rejected

SENDER_ACTIONS = {Ability.TYPING: "typing_on", Ability.MARK_READ: "mark_seen"}
IN_CONVERSATION = frozenset({*SENDER_ACTIONS, Ability.REACT})


class ActionCall(msgspec.Struct, frozen=True):
    method: str
    path: str
    query: dict[str, str] = {}
    body: dict[str, Any] | None = None


def target_of(action: Action) -> str:
    if not action.target:
        raise Rejected("no_target", "Choose the message or comment that this is for.")
    return action.target


def recipient_of(action: Action) -> str:
    return action.recipient or action.reply_to.get("recipient") or action.thread_key


def in_conversation(action: Action, path: str, name: str) -> ActionCall:
    """A sender action: typing, seen, or a reaction (none takes it back)."""
    body: dict[str, Any] = {"recipient": {"id": recipient_of(action)}}
    if action.ability is not Ability.REACT:
        return ActionCall("POST", path, body={**body, "sender_action": SENDER_ACTIONS[action.ability]})
    payload = {"message_id": target_of(action)}
    if not action.text:
        return ActionCall("POST", path, body={**body, "sender_action": "unreact", "payload": payload})
    try:
        payload["reaction"] = reaction_name(action.text)
    except KeyError as error:
        known = " ".join(REACTION_NAMES)
        raise Rejected("reaction_not_allowed", f"{name} takes these reactions: {known}.") from error
    return ActionCall("POST", path, body={**body, "sender_action": "react", "payload": payload})
