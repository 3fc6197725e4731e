"""What can be done to posts and people without creating anything; each may be repeated without harm."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.adapters.x.client import Api, Method, api_of
from hark.adapters.x.errors import ENTERPRISE_ONLY
from hark.adapters.x.manifest import ENTERPRISE
from hark.adapters.x.prices import INTERACTION, INTERACTION_DELETE, MANAGE, Price
from hark.channels.contract import Ability, Account, Action, Rejected
from hark.infra.http import GuardedHttp

_NOT_OURS = "X lets an account delete only its own posts and messages. Hide the reply instead."


class ActionCall(msgspec.Struct, frozen=True):
    method: Method
    path: str
    price: Price
    body: dict[str, Any] | None = None


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    call = plan_action(action, account.platform_account_id, account.fields.get("plan", ""))
    api = api_of(account, http)
    try:
        await _do(api, call)
    except Rejected as refusal:
        if action.ability is Ability.DELETE and refusal.http_status == 404:
            return
        raise


async def _do(api: Api, call: ActionCall) -> None:
    await api.call(call.method, call.path, json=call.body, purpose="act", price=call.price)


def plan_action(action: Action, account_id: str, of_app: str) -> ActionCall:
    """The request for this action; `of_app` is the app's plan. Raises Rejected for what X does not offer."""
    ability = action.ability
    if ability in {Ability.BAN, Ability.UNBAN}:
        return _block(action, ability is Ability.BAN)
    if ability not in {Ability.HIDE, Ability.UNHIDE, Ability.LIKE, Ability.UNLIKE, Ability.DELETE}:
        raise Rejected("ability_missing", "X's API does not offer this.")
    if not action.target:
        raise Rejected("no_target", "This needs a post or message to act on.")
    if ability is Ability.DELETE:
        return _delete(action, action.target, account_id)
    if ability in {Ability.HIDE, Ability.UNHIDE}:
        body = {"hidden": ability is Ability.HIDE}
        return ActionCall("PUT", f"tweets/{action.target}/hidden", MANAGE, body)
    if of_app != ENTERPRISE:
        raise Rejected("enterprise_only", ENTERPRISE_ONLY)
    if ability is Ability.LIKE:
        return ActionCall("POST", f"users/{account_id}/likes", INTERACTION, {"tweet_id": action.target})
    return ActionCall("DELETE", f"users/{account_id}/likes/{action.target}", INTERACTION_DELETE)


def _delete(action: Action, target: str, account_id: str) -> ActionCall:
    if action.author is not None and action.author != account_id:
        raise Rejected("not_ours", _NOT_OURS)
    public = "/" in action.thread_key
    return ActionCall("DELETE", f"{'tweets' if public else 'dm_events'}/{target}", INTERACTION_DELETE)


def _block(action: Action, blocks: bool) -> ActionCall:
    """Blocks somebody's direct messages. X has no call that blocks a person altogether."""
    person = action.author or action.recipient or action.reply_to.get("participant")
    if not person:
        raise Rejected("no_target", "Whom this is about is not known.")
    verb = "block" if blocks else "unblock"
    return ActionCall("POST", f"users/{person}/dm/{verb}", INTERACTION)
