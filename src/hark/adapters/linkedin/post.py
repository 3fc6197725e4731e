"""The post under which comments stand, and the page that wrote a comment."""

from __future__ import annotations

from typing import Any

from hark.adapters.linkedin import urns
from hark.adapters.linkedin.client import Rest, rest_of
from hark.channels.contract import (
    Account,
    Author,
    PlatformProblem,
    Post,
    Profile,
    Reconnect,
    Rejected,
    TryAgain,
)
from hark.infra.http import GuardedHttp

GONE = frozenset({400, 404})
"""400: an activity is no post that can be asked for; its comments can."""


async def fetch_post(post_id: str, account: Account, http: GuardedHttp) -> Post | None:
    rest, post = rest_of(account, http), urns.urn(post_id)
    if post is None:
        return None
    try:
        row = await rest.get(f"posts/{urns.encoded(post)}")
    except Rejected as problem:
        if problem.http_status in GONE:
            return None
        raise
    author = urns.urn(row.get("author"))
    return Post(
        post,
        url=urns.post_address(post),
        text=_text(row.get("commentary")),
        author_name=account.name if author == account.platform_account_id else None,
        picture_url=await _picture(rest, row.get("content")),
        kind="ad" if row.get("adContext") else "organic",
        at=urns.instant(row.get("publishedAt")) or urns.instant(row.get("createdAt")),
    )


async def _picture(rest: Rest, content: Any) -> str | None:
    """The first picture of the post. One that cannot be had costs nothing but itself."""
    name = _image_in(content)
    if name is None:
        return None
    try:
        image = await rest.get(f"images/{urns.encoded(name)}")
    except (Reconnect, Rejected, TryAgain):
        return None
    url = image.get("downloadUrl")
    return url if isinstance(url, str) and url.startswith("https://") else None


def _image_in(content: Any) -> str | None:
    if not isinstance(content, dict):
        return None
    several = _dict(content.get("multiImage")).get("images")
    first = several[0] if isinstance(several, list) and several else None
    candidates = (
        _dict(content.get("media")).get("id"),
        _dict(first).get("id"),
        _dict(content.get("article")).get("thumbnail"),
    )
    found = (urns.urn(each) for each in candidates)
    return next((each for each in found if each and each.startswith("urn:li:image:")), None)


async def fetch_profile(user_id: str, account: Account, http: GuardedHttp) -> Profile | None:
    """The name of a page. Members stay nameless: LinkedIn gives their names only with a permission of its own, and then
    for 24 hours."""
    name = urns.organization_urn(user_id)
    if name is None:
        return None
    try:
        row = await rest_of(account, http).get(f"organizations/{urns.id_of(name)}")
    except PlatformProblem as problem:
        if problem.http_status in {403, 404}:
            return None
        raise
    return Profile(Author(name, _text(row.get("localizedName")), handle=_text(row.get("vanityName"))))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
