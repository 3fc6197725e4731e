"""What else an agent can do: favourite, delete, change, block, mark as read. Each may be repeated without harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from hark.adapters.mastodon.client import Nothing, Server, server_of
from hark.adapters.mastodon.html import text_of
from hark.adapters.mastodon.payloads import Conversation, Status
from hark.adapters.mastodon.send import length_of, limit_of, with_name
from hark.channels.contract import Ability, Account, Action, Rejected
from hark.infra.http import GuardedHttp


class Doing(msgspec.Struct, frozen=True):
    """An action with what it needs."""

    action: Action
    account: Account
    server: Server

    @property
    def target(self) -> str:
        if not self.action.target:
            raise Rejected("no_target", "This needs a post to act on.")
        return self.action.target

    @property
    def person(self) -> str:
        found = self.action.author or self.action.recipient or self.action.reply_to.get("person")
        if not found or found == self.account.platform_account_id:
            raise Rejected("no_author", "It is not known who wrote this.")
        return found


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    known = _ACTIONS.get(action.ability)
    if known is None:
        raise Rejected("ability_missing", "Mastodon does not offer this here.")
    await known(Doing(action, account, server_of(account, http)))


async def _favourite(doing: Doing) -> None:
    await doing.server.post(f"/api/v1/statuses/{doing.target}/favourite", Nothing)


async def _unfavourite(doing: Doing) -> None:
    await doing.server.post(f"/api/v1/statuses/{doing.target}/unfavourite", Nothing)


async def _delete(doing: Doing) -> None:
    """A post of ours. One that is gone already counts as deleted."""
    try:
        await _check_ours(doing, await doing.server.get(f"/api/v1/statuses/{doing.target}", Status))
        await doing.server.call("DELETE", f"/api/v1/statuses/{doing.target}")
    except Rejected as refusal:
        if refusal.http_status not in {404, 410}:
            raise


async def _check_ours(doing: Doing, status: Status) -> None:
    if status.account.id != doing.account.platform_account_id:
        raise Rejected(
            "not_ours",
            "On Mastodon only one's own posts can be changed or deleted. Block the author instead.",
        )


async def _edit(doing: Doing) -> None:
    """Changes the text and nothing else: what an edit does not name, Mastodon takes away."""
    text = (doing.action.text or "").strip()
    if not text:
        raise Rejected("empty", "A post needs a text.")
    before = await doing.server.get(f"/api/v1/statuses/{doing.target}", Status)
    await _check_ours(doing, before)
    named = [
        each.acct for each in before.mentions if f"@{each.acct.partition('@')[0]}" in text_of(before.content)
    ]
    text = with_name(text, doing.action.reply_to.get("acct") or (named[0] if named else ""))
    limit = limit_of(doing.account)
    if length_of(text, limit) > limit.maximum:
        raise Rejected("text_too_long", f"A post on this server has at most {limit.maximum} characters.")
    body: dict[str, Any] = {
        "status": text,
        "sensitive": before.sensitive,
        "spoiler_text": before.spoiler_text or "",
    }
    if before.media_attachments:
        body["media_ids"] = [media.id for media in before.media_attachments]
    await doing.server.call("PUT", f"/api/v1/statuses/{doing.target}", body=body)


async def _block(doing: Doing) -> None:
    await doing.server.post(f"/api/v1/accounts/{doing.person}/block", Nothing)


async def _unblock(doing: Doing) -> None:
    await doing.server.post(f"/api/v1/accounts/{doing.person}/unblock", Nothing)


async def _mark_read(doing: Doing) -> None:
    """Direct conversations have numbers of their own, found by who takes part in them."""
    person = doing.action.recipient or doing.action.reply_to.get("person") or doing.action.thread_key
    conversations = await doing.server.get("/api/v1/conversations", list[Conversation], {"limit": 40})
    for conversation in conversations:
        if [account.id for account in conversation.accounts] == [person]:
            await doing.server.post(f"/api/v1/conversations/{conversation.id}/read", Nothing)


_ACTIONS: Mapping[Ability, Callable[[Doing], Awaitable[None]]] = {
    Ability.LIKE: _favourite,
    Ability.UNLIKE: _unfavourite,
    Ability.DELETE: _delete,
    Ability.EDIT: _edit,
    Ability.BAN: _block,
    Ability.UNBAN: _unblock,
    Ability.MARK_READ: _mark_read,
}
