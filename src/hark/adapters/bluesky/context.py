"""What surrounds a message: people, the post that is talked about, the files of a post."""

from __future__ import annotations

from typing import Any

import msgspec

from hark.adapters.bluesky.atproto import address_of, instant, web_address
from hark.adapters.bluesky.client import xrpc_of
from hark.adapters.bluesky.manifest import DIRECTORY, MANIFEST
from hark.adapters.bluesky.payloads import Profile as Person
from hark.channels.contract import Account, Author, MediaRequest, Post, Profile, Rejected, TryAgain
from hark.infra.http import CallFailed, GuardedHttp

MOST_VIDEO = 300_000_000
"""lexicon app.bsky.embed.video (docs: up to 300 MB); smaller caps of ours apply first."""


class _View(msgspec.Struct, rename="camel"):
    uri: str
    author: Person
    record: dict[str, Any]
    embed: dict[str, Any] | None = None
    indexed_at: str | None = None


class _Views(msgspec.Struct):
    posts: list[_View]


async def fetch_profile(user_id: str, account: Account, http: GuardedHttp) -> Profile | None:
    """Name, handle and picture; None for an account that is closed."""
    try:
        found = await xrpc_of(account, http).get("app.bsky.actor.getProfile", Person, {"actor": user_id})
    except Rejected:
        return None
    author = Author(found.did, found.display_name or None, found.handle or None, found.avatar or None)
    return Profile(author)


async def fetch_post(post_id: str, account: Account, http: GuardedHttp) -> Post | None:
    view = await _view(post_id, account, http)
    if view is None:
        return None
    text = view.record.get("text")
    return Post(
        view.uri,
        url=web_address(view.uri),
        text=text if isinstance(text, str) and text else None,
        author_name=view.author.display_name or view.author.handle,
        picture_url=_picture(view.embed),
        kind="organic",
        at=instant(view.indexed_at),
    )


async def _view(uri: str, account: Account, http: GuardedHttp) -> _View | None:
    if address_of(uri) is None:
        return None
    found = await xrpc_of(account, http).get("app.bsky.feed.getPosts", _Views, {"uris": [uri]})
    return next((view for view in found.posts if view.uri == uri), None)


def _picture(embed: Any) -> str | None:
    """The first picture of a post: its own, a film's, or a link card's."""
    if not isinstance(embed, dict):
        return None
    images = pictures_of(embed)
    if images:
        return images[0]
    external = embed.get("external")
    shown = external.get("thumb") if isinstance(external, dict) else embed.get("thumbnail")
    return shown if isinstance(shown, str) else _picture(embed.get("media"))


def pictures_of(embed: Any) -> list[str | None]:
    """The addresses of a post's pictures, in order."""
    if not isinstance(embed, dict):
        return []
    if isinstance(embed.get("media"), dict):
        return pictures_of(embed["media"])
    images = embed.get("images") or embed.get("items")
    rows = [image for image in images if isinstance(image, dict)] if isinstance(images, list) else []
    return [row["fullsize"] if isinstance(row.get("fullsize"), str) else None for row in rows]


async def locate_media(file_id: str, account: Account, http: GuardedHttp) -> MediaRequest:
    """A picture is where the network shows it. A film there is a list of pieces, so it is fetched from its author's server."""
    kind, uri, place, cid = _parts(file_id)
    if kind == "image":
        view = await _view(uri, account, http)
        shown = pictures_of(view.embed) if view else []
        address = shown[place] if place < len(shown) else None
        if address is not None:
            return MediaRequest(address)
    return await _at_its_server(uri, cid, account, http)


def _parts(file_id: str) -> tuple[str, str, int, str]:
    parts = file_id.split(" ")
    if len(parts) != 4 or not parts[2].isdecimal():
        raise Rejected("no_file", "This is no file of Bluesky.")
    return parts[0], parts[1], int(parts[2]), parts[3]


async def _at_its_server(uri: str, cid: str, account: Account, http: GuardedHttp) -> MediaRequest:
    address = address_of(uri)
    if address is None:
        raise Rejected("no_file", "This is no file of Bluesky.")
    if address.did == account.platform_account_id:
        server = account.base_url(MANIFEST.base_url)
    else:
        server = await _server_of(address.did, account, http)
    return MediaRequest(
        f"{server}/xrpc/com.atproto.sync.getBlob?did={address.did}&cid={cid}", max_bytes=MOST_VIDEO
    )


async def _server_of(did: str, account: Account, http: GuardedHttp) -> str:
    """From the public directory. People who name their own domain instead (did:web) are asked at it, where it is allowed."""
    directory = (account.fields.get("directory_url") or DIRECTORY).rstrip("/")
    where = f"{directory}/{did}" if did.startswith("did:plc:") else f"https://{did[8:]}/.well-known/did.json"
    guarded = http.allowing((*MANIFEST.hosts, *([] if did.startswith("did:plc:") else [did[8:]])), directory)
    try:
        answer = await guarded.call("GET", where)
    except CallFailed as failure:
        raise TryAgain(
            "no_directory", "The directory of Bluesky's accounts could not be reached."
        ) from failure
    document = answer.json() if answer.status == 200 else None
    services = document.get("service") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else ():
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            return str(service.get("serviceEndpoint", "")).rstrip("/")
    raise Rejected("no_server", "The author's account no longer has a server.")
