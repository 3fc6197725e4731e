"""Authors, and addresses where they and their posts are seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hark.adapters.x.payloads import User
from hark.adapters.x.wire import text_id
from hark.channels.contract import Author, Rejected

SITE = "https://x.com"


def author_of(person: str, account: str, users: Mapping[str, User] = {}, user: User | None = None) -> Author:
    """Somebody by id, with whatever the body tells of them."""
    known = user or users.get(person) or User()
    picture = known.profile_image_url_https or known.profile_image_url
    return Author(
        id=person,
        name=known.name or None,
        handle=known.screen_name or known.username or None,
        avatar_url=larger(picture),
        us=person == account,
    )


def larger(picture: str | None) -> str | None:
    """X names a picture of 48 points; the same picture with 400 is beside it."""
    return picture.replace("_normal.", "_400x400.") if picture else None


def user_id(user: User | None) -> str | None:
    return (text_id(user.id_str) or text_id(user.id)) if user else None


def post_address(post_id: str, handle: str | None = None) -> str:
    """`i` stands for anybody: X leads on to the author."""
    return f"{SITE}/{handle or 'i'}/status/{post_id}"


def pair_key(one: str, other: str) -> str:
    """X's name of a one-to-one conversation: both ids, the smaller number first."""
    pair = sorted((one, other), key=lambda person: (len(person), person))
    return "-".join(pair)


def handle_of(answer: Mapping[str, Any]) -> tuple[str, str]:
    """Id and name of the account that `users/me` tells. Raises Rejected when it tells nobody."""
    data = answer.get("data")
    own = text_id(data.get("id")) if isinstance(data, dict) else None
    if own is None or not isinstance(data, dict):
        raise Rejected("no_account", "X did not say whose tokens these are.")
    handle = data.get("username")
    return own, f"@{handle}" if isinstance(handle, str) and handle else str(data.get("name") or own)
