"""The one answer of a review: put, changed, taken away, and looked for when its outcome is not known."""

from __future__ import annotations

from typing import Any

from hark.adapters.googlereviews.client import Api, api_of, resource_of
from hark.adapters.googlereviews.manifest import BASE_URL, MANIFEST, REPLY_BYTES
from hark.adapters.googlereviews.names import instant, reply_id, review_id
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    NotSent,
    Outbound,
    Rejected,
    Sent,
    Source,
    Unconfirmed,
)
from hark.channels.contract.limits import octets
from hark.infra.http import GuardedHttp


async def send(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
    """A review has one answer: a second one takes the place of the first."""
    review = check_content(outbound)
    answer = await _put(api_of(account, http), account, review, outbound.text)
    if not isinstance(answer.get("comment"), str):
        raise Unconfirmed(
            "no_reply", "Google's answer does not show the reply; it may be there.", http_status=200
        )
    return Sent(reply_id(review), instant(answer.get("updateTime")))


def check_content(outbound: Outbound) -> str:
    """The review that is answered. Raises Rejected for what Google would refuse."""
    if outbound.source is not Source.REVIEW:
        words = MANIFEST.absent.get(outbound.source, "Google gives reviews only.")
        raise Rejected("ability_missing", words)
    if outbound.private_to is not None:
        raise Rejected("ability_missing", MANIFEST.lacking[Ability.PRIVATE_REPLY])
    if outbound.quoted is not None or outbound.template is not None:
        raise Rejected("ability_missing", "An answer to a review is a plain text.")
    if outbound.attachments:
        raise Rejected("attachment_not_allowed", "Google takes no files in answers. Send the text alone.")
    _check_text(outbound.text)
    return _review(outbound.reply_to.get("review") or outbound.thread_key)


def _check_text(text: str) -> None:
    if not text.strip():
        raise Rejected("empty", "There is nothing to send.")
    over = octets(text) - REPLY_BYTES
    if over > 0:
        raise Rejected(
            "text_too_long", f"The text is {over} bytes over Google's {REPLY_BYTES:,}; shorten it."
        )


def _review(value: str | None) -> str:
    found = review_id((value or "").removesuffix("/reply"))
    if found is None:
        raise Rejected("no_review", "The review that is answered is not known any more.")
    return found


async def _put(api: Api, account: Account, review: str, text: str) -> dict[str, Any]:
    path = f"v4/{resource_of(account)}/reviews/{review}/reply"
    return await api.call("PUT", BASE_URL, path, json={"comment": text})


async def perform(action: Action, account: Account, http: GuardedHttp) -> None:
    """Changes or removes our answer; both may be repeated without harm."""
    if action.ability not in MANIFEST.sources[Source.REVIEW].abilities:
        raise Rejected("ability_missing", MANIFEST.lacking.get(action.ability, "Google does not offer this."))
    if action.target is None or not action.target.endswith("/reply"):
        raise Rejected(
            "not_ours", "Only our own answer can be changed or removed; reviews are Google's to remove."
        )
    review = _review(action.target)
    if action.ability is Ability.EDIT:
        _check_text(action.text or "")
        await _put(api_of(account, http), account, review, action.text or "")
        return
    await _delete(api_of(account, http), account, review)


async def _delete(api: Api, account: Account, review: str) -> None:
    try:
        await api.call("DELETE", BASE_URL, f"v4/{resource_of(account)}/reviews/{review}/reply")
    except Rejected as refusal:
        if refusal.http_status != 404:
            raise


async def look_up(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | NotSent | None:
    """Whether the review has this answer. It is one thing that is read, so the answer is certain."""
    review = _review(outbound.reply_to.get("review") or outbound.thread_key)
    found = await api_of(account, http).reviews(f"{resource_of(account)}/reviews/{review}")
    reply = found.get("reviewReply")
    if not isinstance(reply, dict) or str(reply.get("comment", "")).strip() != outbound.text.strip():
        return NotSent()
    return Sent(reply_id(review), instant(reply.get("updateTime")))
