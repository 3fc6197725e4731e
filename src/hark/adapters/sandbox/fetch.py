"""What Hark asks the network for: history, files, people."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from hark.adapters.sandbox import payloads
from hark.adapters.sandbox.client import bearer, call, decoded
from hark.adapters.sandbox.manifest import MANIFEST
from hark.adapters.sandbox.payloads import Batch, Person
from hark.adapters.sandbox.webhook import split
from hark.channels.contract import (
    Account,
    Author,
    FetchedPage,
    MediaRequest,
    Post,
    Profile,
    Rejected,
    Template,
)
from hark.infra.http import GuardedHttp

_LARGEST_FILE = 25 * 1024 * 1024


async def fetch_page(
    cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
) -> FetchedPage:
    """Events in the form of a webhook body, oldest first, with the ids that the webhooks had."""
    query = {"cursor": cursor} if cursor else {"since": str(int(since.timestamp() * 1000))} if since else {}
    answer = await call(account, http, "GET", "/history", query=query)
    page = decoded(answer, Batch)
    return FetchedPage(items=tuple(split(answer.body)), next=page.next)


async def locate_media(file_id: str, account: Account, http: GuardedHttp) -> MediaRequest:
    """Files stand at a fixed address below the API and need the account's token."""
    base = account.base_url(MANIFEST.base_url)
    return MediaRequest(
        url=f"{base}/v1/media/{quote(file_id, safe='')}",
        headers=bearer(account.secrets.get("access_token")),
        max_bytes=_LARGEST_FILE,
    )


async def fetch_post(post_id: str, account: Account, http: GuardedHttp) -> Post | None:
    """None for a post that is gone."""
    try:
        answer = await call(account, http, "GET", f"/posts/{quote(post_id, safe='')}")
    except Rejected as problem:
        if problem.http_status == 404:
            return None
        raise
    post = decoded(answer, payloads.ToldPost)
    return Post(
        id=post.id,
        url=post.url,
        text=post.text,
        author_name=post.author_name,
        picture_url=post.picture_url,
        kind="organic",
        at=None if post.at is None else datetime.fromtimestamp(post.at / 1000, UTC),
    )


async def list_templates(account: Account, http: GuardedHttp) -> tuple[Template, ...]:
    found = decoded(await call(account, http, "GET", "/templates"), payloads.Templates).items
    return tuple(Template(each.name, each.language, each.body) for each in found)


async def fetch_profile(person_id: str, account: Account, http: GuardedHttp) -> Profile | None:
    """None for somebody who has left the network."""
    try:
        answer = await call(account, http, "GET", f"/people/{quote(person_id, safe='')}")
    except Rejected as problem:
        if problem.http_status == 404:
            return None
        raise
    person = decoded(answer, Person)
    return Profile(
        author=Author(
            id=person.id,
            name=person.name,
            handle=person.handle,
            avatar_url=person.avatar_url,
            language=person.language,
        )
    )
