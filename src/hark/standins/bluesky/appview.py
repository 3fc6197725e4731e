"""What the AppView makes of the records: notifications, feeds, threads, profiles, as one account sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hark.standins.bluesky.world import Json, Record, Refused, World, owner, stamp
from hark.standins.kit.asked import Asked, Told

LEVELS = 5
"""A reply is told to the authors of so many posts above it."""


def list_notifications(world: World, did: str, asked: Asked) -> Told:
    """Newest first; one for each post, as a mention before a quote before a reply."""
    if "seenAt" in asked.query:
        raise Refused(400, "InvalidRequest", "The seenAt parameter is unsupported")
    limit, start = _page(asked)
    wanted = asked.every("reasons")
    rows = [
        (reason, record)
        for record in reversed(world.posts())
        if (reason := _reason(world, did, record)) and (not wanted or reason in wanted)
    ]
    told = [
        {**_view(world, did, record, record_key=True), "reason": reason, "isRead": False}
        for reason, record in rows[start : start + limit]
    ]
    answer: Json = {"notifications": told, "priority": False}
    if start + limit < len(rows):
        answer["cursor"] = str(start + limit)
    return Told(answer)


def _page(asked: Asked) -> tuple[int, int]:
    try:
        limit, start = int(asked.query.get("limit", 50)), int(asked.query.get("cursor", 0))
    except ValueError as error:
        raise Refused(502, "InternalServerError", "Internal Server Error") from error
    if not 1 <= limit <= 100:
        raise Refused(400, "InvalidRequest", "limit can not be greater than 100")
    return limit, start


def _reason(world: World, did: str, record: Record) -> str | None:
    author = owner(record.uri)
    if author == did or world.blocks(did, author) or world.blocks(author, did):
        return None
    value = record.value
    named = [
        feature.get("did") for facet in value.get("facets") or [] for feature in facet.get("features") or []
    ]
    if did in named:
        return "mention"
    embedded = (value.get("embed") or {}).get("record") or {}
    if owner(str(embedded.get("uri", ""))) == did:
        return "quote"
    return "reply" if _answers(world, did, value) else None


def _answers(world: World, did: str, value: Json) -> bool:
    for _ in range(LEVELS):
        above = ((value.get("reply") or {}).get("parent") or {}).get("uri")
        if above is None:
            return False
        if owner(above) == did:
            return True
        parent = world.records.get(above)
        if parent is None:
            return False
        value = parent.value
    return False


def _view(world: World, did: str, record: Record, *, record_key: bool = False) -> Json:
    liked = next(
        (
            like.uri
            for like in world.of(did, "app.bsky.feed.like")
            if like.value["subject"]["uri"] == record.uri
        ),
        None,
    )
    view: Json = {
        "uri": record.uri,
        "cid": record.cid,
        "author": _profile(world, did, owner(record.uri)),
        "record": record.value,
        "indexedAt": stamp(record.indexed_at),
        "labels": [],
    }
    if not record_key:
        view["viewer"] = {"like": liked} if liked else {}
    return view


def _profile(world: World, did: str, who: str) -> Json:
    viewer: Json = {"muted": False, "blockedBy": world.blocks(who, did) is not None}
    if blocking := world.blocks(did, who):
        viewer["blocking"] = blocking
    return {**world.people[who], "viewer": viewer, "labels": []}


def get_posts(world: World, did: str, asked: Asked) -> Told:
    uris = asked.every("uris")
    if not 1 <= len(uris) <= 25:
        raise Refused(400, "InvalidRequest", "uris must have 1 to 25 items")
    found = [world.records[uri] for uri in uris if uri in world.records]
    return Told(
        {"posts": [_view(world, did, record) for record in found if not world.blocks(owner(record.uri), did)]}
    )


def get_post_thread(world: World, did: str, asked: Asked) -> Told:
    uri = asked.query.get("uri", "")
    record = world.records.get(uri)
    if record is None:
        raise Refused(400, "NotFound", f"Post not found: {uri}")
    if world.blocks(owner(uri), did):
        author = {"did": owner(uri), "viewer": {"blockedBy": True}}
        return Told(
            {
                "thread": {
                    "$type": "app.bsky.feed.defs#blockedPost",
                    "uri": uri,
                    "blocked": True,
                    "author": author,
                }
            }
        )
    return Told(
        {
            "thread": {
                "$type": "app.bsky.feed.defs#threadViewPost",
                "post": _view(world, did, record),
                "replies": [],
            }
        }
    )


def get_author_feed(world: World, did: str, asked: Asked) -> Told:
    limit, start = _page(asked)
    rows = [record for record in reversed(world.posts()) if owner(record.uri) == asked.query.get("actor")]
    answer: Json = {"feed": [{"post": _view(world, did, record)} for record in rows[start : start + limit]]}
    if start + limit < len(rows):
        answer["cursor"] = str(start + limit)
    return Told(answer)


def get_profile(world: World, did: str, asked: Asked) -> Told:
    who = asked.query.get("actor", "")
    if who not in world.people:
        raise Refused(400, "InvalidRequest", "Profile not found")
    return Told(_profile(world, did, who))


METHODS: Mapping[str, Callable[[World, str, Asked], Told]] = {
    "app.bsky.notification.listNotifications": list_notifications,
    "app.bsky.feed.getPosts": get_posts,
    "app.bsky.feed.getPostThread": get_post_thread,
    "app.bsky.feed.getAuthorFeed": get_author_feed,
    "app.bsky.actor.getProfile": get_profile,
}
