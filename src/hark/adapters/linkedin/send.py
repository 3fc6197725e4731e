"""Comments and actions in the name of the page: a pure plan of the one call to make, then the call."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.adapters.linkedin import urns
from hark.adapters.linkedin.client import Rest, rest_of
from hark.adapters.linkedin.comments import UNSURE, urn_of
from hark.adapters.linkedin.completing import parent_of
from hark.adapters.linkedin.manifest import COMMENT_CHARACTERS, MANIFEST, REACTIONS
from hark.adapters.linkedin.payloads import Comment
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Outbound,
    Reconnect,
    Rejected,
    Sent,
    Source,
    Unconfirmed,
)
from hark.channels.contract.limits import measure
from hark.infra.http import GuardedHttp

DONE_ALREADY = frozenset({409, 422})
"""Answers to a reaction that is there already."""


class Call(msgspec.Struct, frozen=True):
    method: str
    address: str
    body: Any = None
    partial: bool = False
    done_at: frozenset[int] = frozenset()
    """Refusals that say that it was done before."""


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    call, rest = plan(outbound, account.platform_account_id), rest_of(account, http)
    try:
        created = await rest.create(call.address, call.body)
    except Rejected as refusal:
        other = await _under_its_parent(rest, outbound, refusal)
        if other is None:
            raise
        call = plan(other, account.platform_account_id)
        created = await rest.create(call.address, call.body)
    return _sent(created.body, created.id, call.body["object"])


async def _under_its_parent(rest: Rest, outbound: Outbound, refusal: Rejected) -> Outbound | None:
    """The answer to the top comment, where LinkedIn refused one to a comment that proves to be an answer itself: its
    notification did not tell. The refused call made nothing."""
    comment = urns.urn(outbound.reply_to.get("comment"))
    if refusal.http_status != 400 or outbound.reply_to.get(UNSURE) != "unknown" or comment is None:
        return None
    parent = await parent_of(rest, comment)
    if parent is None:
        return None
    return msgspec.structs.replace(outbound, reply_to={**outbound.reply_to, "comment": parent, UNSURE: "top"})


def _sent(body: dict[str, Any], header: str | None, post: str) -> Sent:
    """The comment's URN in its full spelling: its echo is known by it."""
    try:
        comment = msgspec.convert(body, Comment)
    except msgspec.ValidationError:
        comment = Comment()
    found = urn_of(comment) or urns.urn(urns.comment_urn(post, header or ""))
    if found is None:
        raise Unconfirmed("no_id", "LinkedIn took the comment without naming it.", http_status=201)
    created = comment.created.time if comment.created else None
    return Sent(found, urns.instant(created) or urns.time_in(found))


def plan(outbound: Outbound, organization: str) -> Call:
    """The request for this comment. Raises Rejected for what LinkedIn would refuse."""
    rules = MANIFEST.sources.get(outbound.source)
    if rules is None:
        raise Rejected("ability_missing", MANIFEST.absent.get(outbound.source, "LinkedIn has no such place."))
    if outbound.private_to is not None or outbound.template is not None:
        raise Rejected("ability_missing", MANIFEST.lacking[Ability.PRIVATE_REPLY])
    if outbound.quoted and Ability.QUOTE not in rules.abilities:
        raise Rejected("ability_missing", MANIFEST.lacking[Ability.QUOTE])
    if outbound.attachments:
        raise Rejected(
            "attachment_not_allowed", "LinkedIn takes no files in comments of the page. Send the text alone."
        )
    _check_text(outbound.text)
    body: dict[str, Any] = {"actor": organization, "message": {"text": outbound.text}}
    return _comment(outbound, body)


def _check_text(text: str) -> None:
    if not text.strip():
        raise Rejected("empty", "There is nothing to send.")
    over = measure(text, MANIFEST.sources[Source.COMMENT].text) - COMMENT_CHARACTERS
    if over > 0:
        raise Rejected(
            "text_too_long",
            f"The text is {over} characters over LinkedIn's {COMMENT_CHARACTERS}; shorten it.",
        )


def _comment(outbound: Outbound, body: dict[str, Any]) -> Call:
    top, post = place_of(outbound)
    body["object"] = post
    if top is not None:
        body["parentComment"] = top
    return Call("POST", f"socialActions/{urns.encoded(top or post)}/comments", body)


def place_of(outbound: Outbound) -> tuple[str | None, str]:
    """The top comment under which the answer goes (None: straight under the post), and the post. An answer to an answer
    hangs under the top comment too: LinkedIn has two levels."""
    post = urns.urn(outbound.reply_to.get("post"))
    if outbound.source is Source.MENTION:
        found = post or urns.urn(outbound.thread_key)
        if found is None:
            raise Rejected("no_place", "The post that is answered is not known any more.")
        return None, found
    top = urns.urn(outbound.reply_to.get("comment")) or urns.urn(outbound.thread_key)
    parts = urns.parts_of(top) if top else None
    if top is None or parts is None:
        raise Rejected("no_place", "The comment that is answered is not known any more.")
    return top, post or parts[0]


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    """Edits, deletions and reactions of the page; each may be repeated without harm."""
    call = plan_action(action, account.platform_account_id)
    try:
        await _do(rest_of(account, http), call)
    except Rejected as refusal:
        if refusal.http_status not in call.done_at:
            raise
    except Reconnect as problem:
        if problem.http_status != 403 or action.ability is not Ability.DELETE or _is_ours(action, account):
            raise
        words = "LinkedIn lets the page remove only its own comments. Remove it on linkedin.com, as an administrator."
        raise Rejected("not_ours", words, http_status=403) from problem


def _is_ours(action: Action, account: Account) -> bool:
    return action.author == account.platform_account_id


async def _do(rest: Rest, call: Call) -> None:
    await rest.act(call.method, call.address, call.body, partial=call.partial)


def plan_action(action: Action, organization: str) -> Call:
    """The request for this action. Raises Rejected for what LinkedIn does not offer."""
    if action.ability not in MANIFEST.sources[Source.COMMENT].abilities:
        raise Rejected(
            "ability_missing", MANIFEST.lacking.get(action.ability, "LinkedIn does not offer this.")
        )
    target = urns.urn(action.target)
    if target is None:
        raise Rejected("no_target", "This needs a comment or post to act on.")
    match action.ability:
        case Ability.EDIT:
            _check_text(action.text or "")
            changed = {"patch": {"message": {"$set": {"text": action.text}}}}
            return Call("POST", _own(target, organization), changed, partial=True)
        case Ability.DELETE:
            return Call("DELETE", _own(target, organization), done_at=frozenset({404}))
        case Ability.LIKE:
            return _react(target, organization, "LIKE")
        case Ability.REACT if action.text:
            return _react(target, organization, _reaction(action.text))
        case Ability.UNLIKE | Ability.REACT:
            key = f"(actor:{urns.encoded(organization)},entity:{urns.encoded(target)})"
            return Call("DELETE", f"reactions/{key}", done_at=frozenset({404}))
    raise Rejected("ability_missing", "LinkedIn does not offer this.")


def _own(target: str, organization: str) -> str:
    parts = urns.parts_of(target)
    if parts is None:
        raise Rejected("no_target", "Only comments can be changed here; posts are changed on linkedin.com.")
    post, number = parts
    return f"socialActions/{urns.encoded(post)}/comments/{number}?actor={urns.encoded(organization)}"


def _react(target: str, organization: str, kind: str) -> Call:
    address = f"reactions?actor={urns.encoded(organization)}"
    return Call("POST", address, {"root": target, "reactionType": kind}, done_at=DONE_ALREADY)


def _reaction(emoji: str) -> str:
    plain = {key.replace("\ufe0f", ""): kind for key, kind in REACTIONS.items()}
    kind = plain.get(emoji.replace("\ufe0f", ""))
    if kind is None:
        raise Rejected("reaction_unknown", f"LinkedIn knows these reactions only: {' '.join(REACTIONS)}.")
    return kind
