"""What is done to threads and comments without making anything: each may be repeated without harm."""

from __future__ import annotations

from hark.adapters._meta.acts import IN_CONVERSATION, ActionCall, in_conversation, target_of
from hark.adapters.instagram.client import graph_of, owner_of
from hark.adapters.instagram.manifest import MANIFEST, NAME
from hark.channels.contract import Ability, Account, Action, Rejected
from hark.infra.http import GuardedHttp

GONE = "100/33"


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    """Typing, marks, reactions and moderation. What is gone already needs no deleting."""
    request = plan_action(action, owner_of(account))
    try:
        await graph_of(account, http).call(
            request.method, request.path, query=request.query, json=request.body
        )
    except Rejected as refusal:
        if action.ability is Ability.DELETE and refusal.code == GONE:
            return
        raise


def plan_action(action: Action, owner: str) -> ActionCall:
    """The request for this action. Raises Rejected, with the reason, for what Instagram does not offer."""
    ability = action.ability
    if ability in IN_CONVERSATION:
        return in_conversation(action, f"{owner}/messages", NAME)
    if ability in {Ability.HIDE, Ability.UNHIDE}:
        hide = "true" if ability is Ability.HIDE else "false"
        return ActionCall("POST", target_of(action), query={"hide": hide})
    if ability is Ability.DELETE:
        return ActionCall("DELETE", target_of(action))
    reason = MANIFEST.lacking.get(ability, "Instagram does not offer this here.")
    raise Rejected("ability_missing", reason)
