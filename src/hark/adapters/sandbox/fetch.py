"""What Hark asks the network for: history, files, people."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from hark.adapters.sandbox.client import bearer, call, decoded
from hark.adapters.sandbox.manifest import MANIFEST
from hark.adapters.sandbox.payloads import Batch, Person
from hark.adapters.sandbox.webhook import split
from hark.channels.contract import Account, Author, FetchedPage, MediaRequest, Profile, Rejected
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
