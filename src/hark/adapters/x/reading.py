"""People, posts and files by their id."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from hark.adapters.x.client import api_of, data_of
from hark.adapters.x.fetch import MEDIA_FIELDS, POST_FIELDS, USER_FIELDS
from hark.adapters.x.payloads import Media, User
from hark.adapters.x.payloads import Post as V2Post
from hark.adapters.x.people import author_of
from hark.adapters.x.prices import POST_READ, USER_READ
from hark.adapters.x.v2posts import context_of
from hark.adapters.x.wire import text_id
from hark.channels.contract import Account, MediaRequest, Post, Profile, Rejected
from hark.infra.http import GuardedHttp

T = TypeVar("T")

_ID = re.compile(r"\d{1,19}", re.ASCII)
_FILE = re.compile(r"dm/\d{1,19}/\d{1,19}/[\w.:-]{1,200}", re.ASCII)
_OLD_FILES = "https://ton.twitter.com/1.1/ton/data"
MOST_BYTES = 64 * 1024 * 1024


async def fetch_profile(person: str, account: Account, http: GuardedHttp) -> Profile | None:
    """Name, handle and picture; None for people who left X or were suspended."""
    if not _ID.fullmatch(person):
        return None
    try:
        answer = await api_of(account, http).get(
            f"users/{person}", {"user.fields": USER_FIELDS}, price=USER_READ
        )
    except Rejected as refusal:
        if refusal.http_status == 404:
            return None
        raise
    user = _as(data_of(answer), User)
    if user is None or text_id(user.id) is None:
        return None
    return Profile(author_of(person, account.platform_account_id, user=user))


async def fetch_post(post_id: str, account: Account, http: GuardedHttp) -> Post | None:
    """Text, picture, author and time of a post; None where it is gone or protected. X does not tell which posts are ads."""
    if not _ID.fullmatch(post_id):
        return None
    query = {
        "tweet.fields": POST_FIELDS,
        "expansions": "author_id,attachments.media_keys",
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
    }
    try:
        answer = await api_of(account, http).get(f"tweets/{post_id}", query, price=POST_READ)
    except Rejected as refusal:
        if refusal.http_status == 404:
            return None
        raise
    post = _as(data_of(answer), V2Post)
    if post is None or text_id(post.id) is None:
        return None
    includes = answer.get("includes")
    given = includes if isinstance(includes, dict) else {}
    users = [user for row in given.get("users") or () if (user := _as(row, User))]
    media = [file for row in given.get("media") or () if (file := _as(row, Media))]
    author = next((user for user in users if text_id(user.id) == text_id(post.author_id)), User())
    return context_of(post, post_id, author.username, author.name, media)


async def locate_media(file_id: str, account: Account, http: GuardedHttp) -> MediaRequest:
    """Where a file of a direct message is. Only the account itself may fetch it, so the request is signed."""
    if not _FILE.fullmatch(file_id):
        raise Rejected("no_file", "X gave no address for this file.")
    api = api_of(account, http)
    if account.secrets.get("oauth2_access_token"):
        url = f"{api.base}/2/dm_conversations/media/{file_id.removeprefix('dm/')}"
    else:
        url = f"{_OLD_FILES}/{file_id}"
    return MediaRequest(url, headers=api.signed("GET", url, "user"), max_bytes=MOST_BYTES)


def _as(value: object, shape: type[T]) -> T | None:
    try:
        return msgspec.convert(value, shape) if isinstance(value, dict) and value else None
    except msgspec.ValidationError:
        return None
