"""Posts as messages: to which conversation one belongs, what it says, what happened to it.

A conversation is one person in one thread of posts: under a post of ours that hundreds answer, each of them has their own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from hark.adapters.bluesky import embeds
from hark.adapters.bluesky.atproto import address_of, instant, owner_of, web_address, written_at
from hark.adapters.bluesky.items import TALK
from hark.adapters.bluesky.manifest import POST
from hark.adapters.bluesky.payloads import Commit, PostView, Profile, Record
from hark.channels.contract import (
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Post,
    Reachability,
    Source,
    Thread,
    Unrecognized,
)

REASONS_OF_NO_MESSAGE = frozenset(
    {
        "like", "repost", "follow", "starterpack-joined", "verified", "unverified", "like-via-repost",
        "repost-via-repost", "subscribed-post", "contact-match",
    }
)  # fmt: skip
GONE_STATES = frozenset({"deactivated", "deleted", "suspended", "takendown"})


def from_post(account: str, view: PostView, received_at: datetime) -> list[InboundEvent]:
    """A notification, or a post that was looked at."""
    if view.reason is not None and view.reason not in TALK:
        return _no_message(view, received_at)
    return _written(account, view, received_at)


def _no_message(view: PostView, received_at: datetime) -> list[InboundEvent]:
    if view.reason in REASONS_OF_NO_MESSAGE:
        return [Ignored(f"notification:{view.reason}", instant(view.indexed_at) or received_at)]
    raise Unrecognized(f"a notification with the reason {view.reason!r}")


def _written(account: str, view: PostView, received_at: datetime) -> list[InboundEvent]:
    address = address_of(view.uri)
    if address is None or address.collection != POST:
        raise Unrecognized(f"a post that is at {view.uri[:200]!r}")
    record = msgspec.convert(view.record, Record)
    at = written_at(record.created_at, view.indexed_at, received_at)
    author = _author(view.author, account)
    thread = _thread(account, view, record)
    if thread is None:
        return [Ignored("own_post", at)]
    files = embeds.of_record(view.uri, record.embed)
    text = record.text or None
    message = Message(
        id=view.uri,
        thread=thread,
        author=author,
        at=at,
        text=text,
        attachments=files,
        quoted=_quoted(record),
        unsupported=None if text or files else "empty",
        opens_window=not author.us,
        url=web_address(view.uri),
        metadata=_metadata(view, record),
    )
    return [message, *_unreachable(view.author, author, at)]


def _author(profile: Profile, account: str) -> Author:
    return Author(
        id=profile.did,
        name=profile.display_name or None,
        handle=profile.handle or None,
        avatar_url=profile.avatar or None,
        us=profile.did == account,
    )


def _unreachable(profile: Profile, author: Author, at: datetime) -> list[InboundEvent]:
    """An answer to somebody who blocks the account is taken by the server, and nobody sees it."""
    blocked = profile.viewer is not None and profile.viewer.blocked_by and not author.us
    return [Reachability(author, at, reachable=False)] if blocked else []


def _thread(account: str, view: PostView, record: Record) -> Thread | None:
    """Under a post of ours it is a comment, anywhere else a mention: also what continues a mention, so that both stay together.
    None for our own posts that answer nobody."""
    ours = view.author.did == account
    root = record.reply.root.uri if record.reply else view.uri
    person = (owner_of(record.reply.parent.uri) if record.reply else None) if ours else view.author.did
    if person is None or person == account:
        return None
    source = Source.COMMENT if owner_of(root) == account else Source.MENTION
    return Thread(
        source,
        thread_key(root, person),
        customer=Author(id=person) if ours else None,
        post=_post(record),
        reply_to={} if ours else _address(view, record),
    )


def thread_key(root: str, person: str) -> str:
    return f"{root}#{person}"


def _address(view: PostView, record: Record) -> dict[str, str]:
    """What an answer to this post must carry."""
    parent = {"parent_uri": view.uri, "parent_cid": view.cid, "person": view.author.did}
    if record.reply is None:
        return {**parent, "root_uri": view.uri, "root_cid": view.cid}
    return {**parent, "root_uri": record.reply.root.uri, "root_cid": record.reply.root.cid}


def _post(record: Record) -> Post | None:
    """What is talked about: the first post of the thread, or the one that is quoted. A mention
    that stands alone is its own post."""
    if record.reply is not None:
        return Post(record.reply.root.uri, url=web_address(record.reply.root.uri))
    quoted = _quoted_post(record.embed)
    return Post(quoted, url=web_address(quoted)) if quoted else None


def _quoted_post(embed: Any) -> str | None:
    """The post that an embed shows, one level down where pictures stand beside it."""
    found = embed
    for _ in range(2):
        found = found.get("record") if isinstance(found, dict) else None
        if isinstance(found, dict) and isinstance(found.get("uri"), str):
            uri: str = found["uri"]
            return uri if web_address(uri) else None
    return None


def _quoted(record: Record) -> str | None:
    """The post that is answered, where it is not the one on top."""
    if record.reply is None or record.reply.parent.uri == record.reply.root.uri:
        return None
    return record.reply.parent.uri


def _metadata(view: PostView, record: Record) -> dict[str, Any]:
    features = [feature for facet in record.facets for feature in _features(facet)]
    found = {
        "content_warning": _warnings(view, record),
        "languages": record.langs,
        "links": [str(feature["uri"]) for feature in features if feature.get("uri")],
        "tags": [str(feature["tag"]) for feature in features if feature.get("tag")],
    }
    return {key: value for key, value in found.items() if value}


def _features(facet: dict[str, Any]) -> list[dict[str, Any]]:
    features = facet.get("features")
    return [each for each in features if isinstance(each, dict)] if isinstance(features, list) else []


def _warnings(view: PostView, record: Record) -> list[str]:
    """What the author or a labeler says must not be shown without asking."""
    own = record.labels.get("values") if record.labels else None
    labels = [*view.labels, *(own if isinstance(own, list) else [])]
    named = [label.get("val") for label in labels if isinstance(label, dict) and not label.get("neg")]
    return list(dict.fromkeys(name for name in named if isinstance(name, str) and name))


def from_edit(view: PostView, received_at: datetime) -> list[InboundEvent]:
    record = msgspec.convert(view.record, Record)
    at = instant(view.indexed_at) or received_at
    return [_edit(view.uri, record, at)]


def _edit(uri: str, record: Record, at: datetime) -> Edit:
    files: tuple[Attachment, ...] = embeds.of_record(uri, record.embed)
    return Edit(uri, at, text=record.text, attachments=files or None)


def from_commit(account: str, commit: Commit, received_at: datetime) -> list[InboundEvent]:
    """A change that a stream told, without the author's name."""
    at = instant(commit.time) or received_at
    if commit.collection != POST:
        return [Ignored(f"commit:{commit.collection}", at)]
    if commit.operation == "delete":
        return [Deletion(commit.uri, at)]
    if commit.record is None or commit.operation not in {"create", "update"}:
        raise Unrecognized(f"a commit with the operation {commit.operation!r}")
    if commit.operation == "update":
        return [_edit(commit.uri, msgspec.convert(commit.record, Record), at)]
    author = Profile(did=commit.did)
    view = PostView(commit.uri, commit.cid or "", author, commit.record, indexed_at=commit.time)
    return _written(account, view, received_at)


def from_actor(item: dict[str, Any], account: str, received_at: datetime) -> list[InboundEvent]:
    """An account was closed or opened again, or has another handle."""
    did, state = item.get("did"), item.get("account")
    at = instant(item.get("time")) or received_at
    if not isinstance(did, str) or not did:
        raise Unrecognized("a change of an account without its DID")
    if not isinstance(state, dict):
        return [Ignored("identity", at)]
    active = state.get("active") is not False and str(state.get("status")) not in GONE_STATES
    return [Reachability(Author(id=did, us=did == account), at, reachable=active)]
