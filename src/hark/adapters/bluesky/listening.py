"""Live: everything that is posted on the network goes by, and what is about the account is taken out.

A stream is quick and knows deletions, and it can have holes; the regular look at the notifications is the truth. Both give the
same raw items under the same keys.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from hark.adapters.bluesky.atproto import owner_of
from hark.adapters.bluesky.client import xrpc_of
from hark.adapters.bluesky.frames import Heard, read_firehose, read_frame
from hark.adapters.bluesky.items import raw_item
from hark.adapters.bluesky.manifest import MANIFEST, POST, STREAM
from hark.adapters.bluesky.payloads import Commit, PostView, Record
from hark.channels.contract import Account, Emit, PlatformProblem, RawItem, TryAgain
from hark.infra.http import Broken, GuardedHttp, SocketRefused

SAVE_EVERY = 2000
"""Frames between two notes of the place: after a restart at most so many are heard again."""
MOST_KNOWN = 5000
"""Posts whose deletion is noticed at once; those before are noticed by the regular look."""
PATIENCE = (0.0, 0.5, 1.0)
"""Seconds before each look at a post that was just heard of: the AppView may have it a little later."""
SILENCE = 120.0
"""A stream of all posts is never so long without one; a quiet server's own firehose may be."""


class Stream(msgspec.Struct, frozen=True):
    """Where and how: the address with its query, whether its frames are the firehose's, and its subprotocols."""

    address: str
    firehose: bool
    subprotocols: tuple[str, ...] = ()


class Ear(msgspec.Struct):
    """What is listened for, and what is known already: posts in which the account is concerned, newest last."""

    account: Account
    http: GuardedHttp
    known: OrderedDict[str, None]
    people: set[str]

    @property
    def did(self) -> str:
        return self.account.platform_account_id

    def remember(self, uri: str) -> None:
        self.known[uri] = None
        self.known.move_to_end(uri)
        self.people.add(owner_of(uri) or "")
        while len(self.known) > MOST_KNOWN:
            self.known.popitem(last=False)


def listens(account: Account) -> bool:
    return account.fields.get("stream_url") != "off"


async def listen(account: Account, http: GuardedHttp, emit: Emit) -> None:
    address = account.fields.get("stream_url") or STREAM
    place = _place(account.state.get("stream"), address)
    try:
        await _hear(account, http, emit, address, place)
    except SocketRefused as refusal:
        if place is None or refusal.answer.status != 400:
            raise TryAgain("stream_refused", f"The stream refused us ({refusal.answer.status}).") from refusal
        await _hear(
            account, http, emit, address, None
        )  # the place is too old: the look at the lists fills the hole


def _place(kept: Any, address: str) -> int | None:
    """Where to go on. A place is worth nothing on another stream."""
    fits = isinstance(kept, list) and len(kept) == 2 and kept[0] == address and isinstance(kept[1], int)
    return kept[1] if fits else None


def stream_of(address: str, place: int | None) -> Stream:
    parts = urlsplit(address)
    query: list[tuple[str, str]] = []
    firehose = parts.path.endswith("/com.atproto.sync.subscribeRepos")
    if parts.path.endswith("/subscribe"):
        query = [("wantedCollections", POST)]
    elif not firehose:
        query = [("kinds", "commit"), ("kinds", "account"), ("collections", POST)]
    if place is not None:
        query.append(("cursor", str(place)))
    return Stream(
        f"{address}?{urlencode(query)}" if query else address,
        firehose,
        () if firehose or parts.path.endswith("/subscribe") else ("xrpc.v1.json",),
    )


async def _hear(account: Account, http: GuardedHttp, emit: Emit, address: str, place: int | None) -> None:
    stream = stream_of(address, place)
    ear = _ear(account, http)
    guarded = http.allowing(MANIFEST.hosts, account.base_url(MANIFEST.base_url), address)
    unsaved = 0
    silence = None if stream.firehose else SILENCE
    async with guarded.websocket(stream.address, subprotocols=stream.subprotocols, timeout=silence) as socket:
        await emit((), {})
        async for frame in socket:
            for heard in _read(stream, frame, ear):
                items = await _items(ear, heard)
                unsaved += 1
                if items or unsaved >= SAVE_EVERY:
                    await emit(items, {"stream": [address, heard.place]})
                    unsaved = 0
    raise Broken("the stream ended")


def _ear(account: Account, http: GuardedHttp) -> Ear:
    ear = Ear(account, http, OrderedDict(), set())
    seen = account.state.get("seen")
    for uri in reversed(list(seen)) if isinstance(seen, dict) else ():
        ear.remember(str(uri))
    return ear


def _read(stream: Stream, frame: str | bytes, ear: Ear) -> Iterator[Heard]:
    """Most frames are about others, and are not even taken apart: whatever is about the account has its DID in it, except a
    deletion or a closed account."""
    if stream.firehose:
        content = frame if isinstance(frame, bytes) else frame.encode()
        if _concerns(content, ear):
            yield from read_firehose(content)
        return
    text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
    if ear.did in text or '"delete"' in text or "#account" in text or '"error"' in text:
        heard = read_frame(text)
        if heard is not None:
            yield heard


def _concerns(content: bytes, ear: Ear) -> bool:
    return (
        ear.did.encode() in content or b"fdelete" in content or b"#account" in content or b"eerror" in content
    )


async def _items(ear: Ear, heard: Heard) -> list[RawItem]:
    if heard.actor is not None:
        told = heard.actor.get("did") in ear.people and "account" in heard.actor
        return [raw_item(ear.did, "actor", heard.actor)] if told else []
    commit = heard.commit
    if commit is None or commit.collection != POST:
        return []
    if commit.operation == "delete":
        return [_commit_item(ear, commit)] if commit.uri in ear.known else []
    if not concerns(commit, ear.did):
        return []
    ear.remember(commit.uri)
    if commit.operation == "create" and commit.did != ear.did:
        return await _with_author(ear, commit)
    return [_commit_item(ear, commit)]


def concerns(commit: Commit, did: str) -> bool:
    """Whether a post mentions the account, answers or quotes one of its posts, or is an answer of its own."""
    try:
        record = msgspec.convert(commit.record, Record)
    except msgspec.ValidationError:
        return False
    if commit.did == did:
        return record.reply is not None
    answers = record.reply is not None and did in {
        owner_of(record.reply.root.uri),
        owner_of(record.reply.parent.uri),
    }
    mentions = any(
        feature.get("did") == did
        for facet in record.facets
        for feature in (facet.get("features") or ())
        if isinstance(feature, dict)
    )
    return answers or mentions or f"at://{did}/" in msgspec.json.encode(record.embed).decode()


def _commit_item(ear: Ear, commit: Commit) -> RawItem:
    return raw_item(ear.did, "commit", msgspec.to_builtins(commit))


async def _with_author(ear: Ear, commit: Commit) -> list[RawItem]:
    """With name and picture, as the list would have it; whom the account muted or blocked stays out, as there."""
    for pause in PATIENCE:
        await asyncio.sleep(pause)
        view = await _find(ear, commit.uri)
        if view is not None:
            viewer = msgspec.convert(view, PostView).author.viewer
            unwanted = viewer is not None and (viewer.muted or viewer.blocking is not None)
            return [] if unwanted else [raw_item(ear.did, "post", view)]
    return [_commit_item(ear, commit)]


class _Posts(msgspec.Struct):
    posts: list[dict[str, Any]]


async def _find(ear: Ear, uri: str) -> dict[str, Any] | None:
    try:
        found = await xrpc_of(ear.account, ear.http).get("app.bsky.feed.getPosts", _Posts, {"uris": [uri]})
    except PlatformProblem:
        return None  # heard all the same: the post itself is in the frame
    return found.posts[0] if found.posts else None
