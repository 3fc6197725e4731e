"""What is done to threads, comments and people without making anything: each may be repeated without harm."""

from __future__ import annotations

from hark.adapters._meta.acts import IN_CONVERSATION, ActionCall, in_conversation, target_of
from hark.adapters._meta.people import ANONYMOUS
from hark.adapters.facebook.client import graph_of
from hark.adapters.facebook.manifest import COMMENT_CHARACTERS, NAME
from hark.channels.contract import Ability, Account, Action, Rejected
from hark.infra.http import GuardedHttp

GONE = "100/33"


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    """Typing, marks, reactions and moderation. What is gone already needs no deleting."""
    graph = graph_of(account, http)
    request = plan_action(action, account.platform_account_id)
    try:
        await graph.call(request.method, request.path, query=request.query, json=request.body)
    except Rejected as refusal:
        if action.ability is Ability.DELETE and refusal.code == GONE:
            return
        raise


def plan_action(action: Action, page_id: str) -> ActionCall:
    """The request for this action. Raises Rejected for what Facebook does not offer."""
    ability = action.ability
    if ability in IN_CONVERSATION:
        return in_conversation(action, f"{page_id}/messages", NAME)
    if ability in {Ability.BAN, Ability.UNBAN}:
        return _block(action, page_id)
    if ability is Ability.EDIT:
        return _edit(target_of(action), action.text or "")
    if ability in {Ability.HIDE, Ability.UNHIDE}:
        hidden = "true" if ability is Ability.HIDE else "false"
        return ActionCall("POST", target_of(action), query={"is_hidden": hidden})
    if ability in {Ability.LIKE, Ability.UNLIKE}:
        return ActionCall("POST" if ability is Ability.LIKE else "DELETE", f"{target_of(action)}/likes")
    if ability is Ability.DELETE:
        return ActionCall("DELETE", target_of(action))
    raise Rejected("ability_missing", "Facebook does not offer this here.")


def _block(action: Action, page_id: str) -> ActionCall:
    """Whoever is blocked can neither comment nor write. A conversation knows the person by the page-scoped id of
    Messenger, a comment by that of its author."""
    kind = "psid" if action.recipient or action.reply_to.get("recipient") else "user"
    person = action.recipient or action.reply_to.get("recipient") or action.author
    if not person or person.startswith(ANONYMOUS):
        raise Rejected("no_author", "Facebook does not tell who wrote this, so nobody can be blocked.")
    if person == page_id:
        raise Rejected("own_page", "The page wrote this itself and cannot block itself.")
    method = "POST" if action.ability is Ability.BAN else "DELETE"
    return ActionCall(method, f"{page_id}/blocked", query={kind: person})


def _edit(target: str, text: str) -> ActionCall:
    if not text.strip() or len(text) > COMMENT_CHARACTERS:
        raise Rejected("text_too_long", f"A comment has 1 to {COMMENT_CHARACTERS} characters.")
    return ActionCall("POST", target, body={"message": text})
