"""Answers and moderation of comments."""

from __future__ import annotations

from hark.adapters.youtube.client import change, create, get
from hark.adapters.youtube.manifest import COMMENT_CHARACTERS
from hark.adapters.youtube.split import instant
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Outbound,
    Rejected,
    Sent,
    Source,
    Unconfirmed,
)
from hark.infra.http import GuardedHttp

LOOK_PAGES = 3


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    """A reply under the thread's first comment: YouTube has no deeper ones. Whom it answers is named by @handle."""
    parent = _check(outbound)
    text = outbound.text
    if outbound.quoted and outbound.quoted != parent:
        text = addressed(text, await _handle_of(outbound.quoted, account, http))
        _check_length(text)
    snippet = {"parentId": parent, "textOriginal": text}
    answer = await create(account, http, "comments", {"snippet": snippet}, part="snippet")
    comment_id = answer.get("id")
    if not isinstance(comment_id, str) or not comment_id:
        raise Unconfirmed("no_id", "YouTube took the comment without naming it.", http_status=200)
    made = answer.get("snippet")
    return Sent(comment_id, at=instant(made.get("publishedAt")) if isinstance(made, dict) else None)


def _check(outbound: Outbound) -> str:
    """The id of the comment to answer under. Raises Rejected for what YouTube would refuse."""
    if outbound.source is not Source.COMMENT or outbound.private_to is not None or outbound.template:
        raise Rejected("ability_missing", "YouTube does not offer this here.")
    if outbound.attachments:
        raise Rejected("attachment_not_allowed", "A comment on YouTube is text only. Put a link into it.")
    if not outbound.text.strip():
        raise Rejected("empty", "There is nothing to send.")
    _check_length(outbound.text)
    return (outbound.reply_to.get("parent") or outbound.thread_key).split(".", 1)[0]


def _check_length(text: str) -> None:
    over = len(text) - COMMENT_CHARACTERS
    if over > 0:
        raise Rejected("text_too_long", f"The text is {over} characters over YouTube's {COMMENT_CHARACTERS}.")


async def _handle_of(comment_id: str, account: Account, http: GuardedHttp) -> str | None:
    """The @handle of a reply's author; None for one who has none, or whose comment is gone."""
    answer = await get(account, http, "comments", part="snippet", id=comment_id, textFormat="plainText")
    rows = answer.get("items")
    snippet = (
        rows[0].get("snippet") if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None
    )
    name = snippet.get("authorDisplayName") if isinstance(snippet, dict) else None
    return name if isinstance(name, str) and name.startswith("@") else None


def addressed(text: str, handle: str | None) -> str:
    if handle is None or text.lstrip().lower().startswith(handle.lower()):
        return text
    return f"{handle} {text}"


async def look_up(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | None:
    """Our reply with these words among the thread's replies. YouTube's lists run behind, so that one without it
    proves nothing."""
    parent = (outbound.reply_to.get("parent") or outbound.thread_key).split(".", 1)[0]
    page = ""
    for _ in range(LOOK_PAGES):
        query = {"parentId": parent, "part": "snippet", "maxResults": "100", "textFormat": "plainText"}
        answer = await get(account, http, "comments", **query, **({"pageToken": page} if page else {}))
        for row in answer.get("items") or ():
            if isinstance(row, dict) and _is_it(row.get("snippet"), outbound, account):
                return Sent(str(row["id"]), at=instant(row["snippet"].get("publishedAt")))
        page = answer.get("nextPageToken") or ""
        if not page:
            break
    return None


def _is_it(snippet: object, outbound: Outbound, account: Account) -> bool:
    if not isinstance(snippet, dict):
        return False
    author = snippet.get("authorChannelId")
    ours = isinstance(author, dict) and author.get("value") == account.platform_account_id
    text = str(snippet.get("textOriginal") or snippet.get("textDisplay") or "").strip()
    at = instant(snippet.get("publishedAt"))
    recent = at is not None and (at - outbound.at).total_seconds() > -60
    return ours and recent and (text == outbound.text.strip() or text.endswith(" " + outbound.text.strip()))


_STATUSES = {
    Ability.HIDE: {"moderationStatus": "heldForReview"},
    Ability.UNHIDE: {"moderationStatus": "published"},
    Ability.BAN: {"moderationStatus": "rejected", "banAuthor": "true"},
}


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    """Moderation, and changes of our own comments; each may be repeated without harm."""
    ability, target = action.ability, action.target
    if ability not in {*_STATUSES, Ability.EDIT, Ability.DELETE}:
        raise Rejected("ability_missing", "YouTube does not offer this.")
    if target is None:
        raise Rejected("no_target", "This needs a comment to act on.")
    if ability in _STATUSES:
        await change(account, http, "POST", "comments/setModerationStatus", id=target, **_STATUSES[ability])
    elif ability is Ability.EDIT:
        await _edit(action, target, account, http)
    else:
        await _delete(action, target, account, http)


async def _edit(action: Action, target: str, account: Account, http: GuardedHttp) -> None:
    text = action.text or ""
    if not text.strip():
        raise Rejected("empty", "A comment needs words. Delete it instead.")
    _check_length(text)
    body = {"id": target, "snippet": {"textOriginal": text}}
    await change(account, http, "PUT", "comments", body, part="snippet")


async def _delete(action: Action, target: str, account: Account, http: GuardedHttp) -> None:
    """What is gone already is as it should be."""
    if action.author not in {None, account.platform_account_id}:
        raise Rejected(
            "not_ours", "YouTube deletes only the channel's own comments. Hide this one, or ban its author."
        )
    try:
        await change(account, http, "DELETE", "comments", id=target)
    except Rejected as refusal:
        if refusal.http_status != 404:
            raise
