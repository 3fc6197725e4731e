"""Was a comment taken whose answer never came? LinkedIn knows no reference of ours, so the comments are read again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from hark.adapters.linkedin import urns
from hark.adapters.linkedin.client import Rest, rest_of
from hark.adapters.linkedin.comments import urn_of
from hark.adapters.linkedin.lists import elements, has_next
from hark.adapters.linkedin.payloads import Comment
from hark.adapters.linkedin.send import place_of
from hark.channels.contract import Account, NotSent, Outbound, Sent
from hark.infra.http import GuardedHttp

SKEW = timedelta(seconds=5)
"""How far our clock and LinkedIn's may be apart. Small, so that the same words said before are not taken for it."""
LATEST = timedelta(minutes=15)
AT_ONCE = 50
MOST_PAGES = 10
"""A list that is longer is not read to its end, and then nothing is certain."""


async def look_up(outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | NotSent | None:
    """The comment as LinkedIn has it; `NotSent` when the whole list was read and the page has said nothing like it there.
    The same words of another time prove neither: None."""
    top, post = place_of(outbound)
    comments, whole = await list_comments(rest_of(account, http), top or post)
    alike = [each for each in comments if _is_alike(each, outbound, account.platform_account_id)]
    found = [each for each in alike if _is_of_that_time(each, outbound)]
    if found:
        first = min(found, key=lambda each: _time(each) or 0)
        name = urn_of(first)
        assert name is not None
        return Sent(name, urns.instant(_time(first)))
    return NotSent() if whole and not alike else None


async def list_comments(rest: Rest, under: str) -> tuple[list[Comment], bool]:
    """The comments under a post or comment, and whether these are all."""
    comments: list[Comment] = []
    for page in range(MOST_PAGES):
        start = page * AT_ONCE
        answer = await rest.get(f"socialActions/{urns.encoded(under)}/comments?start={start}&count={AT_ONCE}")
        comments += [comment for row in elements(answer) if (comment := _read(row)) is not None]
        if not has_next(answer):
            return comments, True
    return comments, False


def _read(row: Any) -> Comment | None:
    try:
        return msgspec.convert(row, Comment)
    except msgspec.ValidationError:
        return None


def _is_alike(comment: Comment, outbound: Outbound, organization: str) -> bool:
    said = comment.message.text if comment.message else None
    ours = urns.urn(comment.actor) == organization and urn_of(comment) is not None
    return ours and (said or "").strip() == outbound.text.strip()


def _is_of_that_time(comment: Comment, outbound: Outbound) -> bool:
    at = urns.instant(_time(comment))
    return at is not None and outbound.at - SKEW <= at <= outbound.at + LATEST


def _time(comment: Comment) -> float | None:
    return comment.created.time if comment.created else None
