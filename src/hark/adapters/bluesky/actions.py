"""What else an agent can do: like, hide, delete, block, mark as read, react. Each may be repeated without harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from hark.adapters.bluesky.atproto import RecordAddress, address_of, tid_from, timestamp
from hark.adapters.bluesky.client import Nothing, Xrpc, xrpc_of
from hark.adapters.bluesky.payloads import ChatMessage
from hark.channels.contract import Ability, Account, Action, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now

LIKE = "app.bsky.feed.like"
BLOCK = "app.bsky.graph.block"
GATE = "app.bsky.feed.threadgate"
MOST_HIDDEN = 300
"""lexicon app.bsky.feed.threadgate: hiddenReplies."""


class _LikeViewer(msgspec.Struct):
    like: str | None = None


class _Post(msgspec.Struct):
    uri: str
    cid: str
    viewer: _LikeViewer = msgspec.field(default_factory=_LikeViewer)


class _Posts(msgspec.Struct):
    posts: list[_Post]


class _BlockViewer(msgspec.Struct):
    blocking: str | None = None


class _Person(msgspec.Struct):
    did: str
    viewer: _BlockViewer = msgspec.field(default_factory=_BlockViewer)


class _Gate(msgspec.Struct):
    cid: str
    value: dict[str, Any]


class _Messages(msgspec.Struct):
    messages: list[ChatMessage]


class Doing(msgspec.Struct, frozen=True):
    """An action with what it needs."""

    action: Action
    account: Account
    xrpc: Xrpc

    @property
    def did(self) -> str:
        return self.account.platform_account_id

    @property
    def target(self) -> str:
        if not self.action.target:
            raise Rejected("no_target", "This needs a message to act on.")
        return self.action.target

    @property
    def convo(self) -> str:
        return self.action.reply_to.get("convo") or self.action.thread_key

    async def put(
        self, collection: str, rkey: str, record: Mapping[str, Any], version: str | None = None
    ) -> None:
        body: dict[str, Any] = {
            "repo": self.did,
            "collection": collection,
            "rkey": rkey,
            "record": {**record, "$type": collection},
        }
        if version is not None:
            body["swapRecord"] = version
        await self.xrpc.post("com.atproto.repo.putRecord", Nothing, body)

    async def remove(self, record: RecordAddress) -> None:
        body = {"repo": self.did, "collection": record.collection, "rkey": record.rkey}
        await self.xrpc.post("com.atproto.repo.deleteRecord", Nothing, body)


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    known = _ACTIONS.get(action.ability)
    if known is None:
        raise Rejected("ability_missing", "Bluesky does not offer this here.")
    await known(Doing(action, account, xrpc_of(account, http)))


async def _like(doing: Doing) -> None:
    post = await _post(doing)
    if post is None:
        raise Rejected("post_gone", "The post no longer exists on Bluesky.")
    if post.viewer.like is None:
        record = {"subject": {"uri": post.uri, "cid": post.cid}, "createdAt": timestamp(utc_now())}
        await doing.put(LIKE, tid_from(LIKE, post.uri), record)


async def _unlike(doing: Doing) -> None:
    """The like may have been given in the app, under another key: the server says which one it is."""
    post = await _post(doing)
    given = address_of(post.viewer.like) if post and post.viewer.like else None
    if given is not None:
        await doing.remove(given)


async def _post(doing: Doing) -> _Post | None:
    found = await doing.xrpc.get("app.bsky.feed.getPosts", _Posts, {"uris": [doing.target]})
    return next(iter(found.posts), None)


async def _delete(doing: Doing) -> None:
    address = address_of(doing.target)
    if address is None or address.did != doing.did:
        raise Rejected(
            "not_ours",
            "On Bluesky only one's own posts can be deleted. Hide the reply instead, or block its author.",
        )
    await doing.remove(address)


async def _hide(doing: Doing) -> None:
    await _set_hidden(doing, True)


async def _unhide(doing: Doing) -> None:
    await _set_hidden(doing, False)


async def _set_hidden(doing: Doing, hidden: bool) -> None:
    """Replies are hidden by a list beside the thread's first post, which must be ours."""
    root = address_of(doing.action.reply_to.get("root_uri") or doing.action.thread_key.partition("#")[0])
    if root is None or root.did != doing.did:
        raise Rejected("not_our_thread", "On Bluesky replies can be hidden only under one's own posts.")
    post = f"at://{'/'.join(root)}"
    version, record = await _gate(doing, root, post)
    before = [uri for uri in record.get("hiddenReplies") or [] if uri != doing.target]
    after = [*before, doing.target] if hidden else before
    if len(after) > MOST_HIDDEN:
        raise Rejected("too_many_hidden", f"Bluesky hides at most {MOST_HIDDEN} replies under one post.")
    if after != (record.get("hiddenReplies") or []):
        await doing.put(GATE, root.rkey, {**record, "hiddenReplies": after}, version)


async def _gate(doing: Doing, root: RecordAddress, post: str) -> tuple[str | None, dict[str, Any]]:
    query = {"repo": doing.did, "collection": GATE, "rkey": root.rkey}
    try:
        found = await doing.xrpc.get("com.atproto.repo.getRecord", _Gate, query)
    except Rejected as refusal:
        if refusal.code != "RecordNotFound":
            raise
        return None, {"post": post, "createdAt": timestamp(utc_now())}
    return found.cid, found.value


async def _ban(doing: Doing) -> None:
    person = await _person(doing)
    if person.viewer.blocking is None:
        await doing.put(
            BLOCK, tid_from(BLOCK, person.did), {"subject": person.did, "createdAt": timestamp(utc_now())}
        )


async def _unban(doing: Doing) -> None:
    person = await _person(doing)
    given = address_of(person.viewer.blocking or "")
    if given is None:
        return
    if given.did != doing.did:
        raise Rejected("blocked_by_list", "This person is blocked by a list, not by the account itself.")
    await doing.remove(given)


async def _person(doing: Doing) -> _Person:
    action = doing.action
    did = action.author or action.recipient or action.reply_to.get("person")
    if did is None and action.target:
        address = address_of(action.target)
        did = address.did if address else None
    if not did or did == doing.did:
        raise Rejected("no_author", "It is not known who wrote this.")
    return await doing.xrpc.get("app.bsky.actor.getProfile", _Person, {"actor": did})


async def _mark_read(doing: Doing) -> None:
    body = {"convoId": doing.convo}
    if doing.action.target:
        body["messageId"] = doing.action.target
    await doing.xrpc.post("chat.bsky.convo.updateRead", Nothing, body)


async def _react(doing: Doing) -> None:
    """Our one reaction to a message is this emoji, or none."""
    wanted = (doing.action.text or "").strip()
    held = await _held(doing)
    for emoji in held:
        if emoji != wanted:
            await doing.xrpc.post("chat.bsky.convo.removeReaction", Nothing, _reaction(doing, emoji))
    if wanted and wanted not in held:
        await doing.xrpc.post("chat.bsky.convo.addReaction", Nothing, _reaction(doing, wanted))


async def _held(doing: Doing) -> list[str]:
    """What we have on it now; a message older than the newest hundred counts as without."""
    target = doing.target
    page = await doing.xrpc.get(
        "chat.bsky.convo.getMessages", _Messages, {"convoId": doing.convo, "limit": 100}
    )
    message = next((each for each in page.messages if each.id == target), None)
    return [each.value for each in message.reactions if each.sender.did == doing.did] if message else []


def _reaction(doing: Doing, emoji: str) -> dict[str, str]:
    return {"convoId": doing.convo, "messageId": doing.target, "value": emoji}


_ACTIONS: Mapping[Ability, Callable[[Doing], Awaitable[None]]] = {
    Ability.LIKE: _like,
    Ability.UNLIKE: _unlike,
    Ability.DELETE: _delete,
    Ability.HIDE: _hide,
    Ability.UNHIDE: _unhide,
    Ability.BAN: _ban,
    Ability.UNBAN: _unban,
    Ability.MARK_READ: _mark_read,
    Ability.REACT: _react,
}
