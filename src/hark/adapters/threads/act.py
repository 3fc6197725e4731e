"""Hiding, showing, deleting: each may be repeated without harm."""

from __future__ import annotations

from hark.adapters._meta.acts import target_of
from hark.adapters.threads.client import graph_of
from hark.adapters.threads.manifest import MANIFEST
from hark.channels.contract import Ability, Account, Action, Rejected
from hark.infra.http import GuardedHttp

GONE = "100/33"


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    """Hiding a reply hides what was replied to it; a reply further down cannot be hidden alone."""
    graph = graph_of(account, http)
    if action.ability in {Ability.HIDE, Ability.UNHIDE}:
        hide = action.ability is Ability.HIDE
        await graph.call("POST", f"{target_of(action)}/manage_reply", json={"hide": hide})
    elif action.ability is Ability.DELETE:
        await _delete(target_of(action), action, account, http)
    else:
        reason = MANIFEST.lacking.get(action.ability, "Threads does not offer this here.")
        raise Rejected("ability_missing", reason)


async def _delete(target: str, action: Action, account: Account, http: GuardedHttp) -> None:
    ours = {account.platform_account_id, account.fields.get("username")}
    if action.author and action.author not in ours:
        raise Rejected(
            "not_ours", "Threads deletes only what the profile wrote itself; hide the reply instead."
        )
    try:
        await graph_of(account, http).call("DELETE", target)
    except Rejected as refusal:
        if refusal.code != GONE:
            raise
