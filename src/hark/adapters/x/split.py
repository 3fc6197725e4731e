"""A body of either webhook, or a page of a list, into raw items: whose each is, and a key that is the same whichever way
the thing came (both webhooks, a replay, a list)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from hark.adapters.x.payloads import Envelope, Form, Kind
from hark.adapters.x.wire import read_json, text_id
from hark.channels.contract import MalformedPayload, RawItem

LONGEST_KEY = 400

ACCOUNT_ACTIVITY: Mapping[str, Kind] = {
    "direct_message_events": "dm",
    "direct_message_mark_read_events": "read",
    "direct_message_indicate_typing_events": "typing",
    "tweet_create_events": "tweet",
    "tweet_delete_events": "delete",
    "favorite_events": "like",
}
"""The lists of the Account Activity API that have a form of their own."""

BESIDE = frozenset({"for_user_id", "users", "apps", "user_has_blocked"})
"""What stands beside the lists and is no event itself."""

ACTIVITY: Mapping[str, Kind] = {
    "post.create": "post",
    "post.mention.create": "post",
    "post.reply.create": "post",
    "post.quote.create": "post",
    "post.repost.create": "post",
    "post.delete": "delete",
    "dm.received": "dm",
    "dm.sent": "dm",
    "dm.read": "read",
    "dm.indicate_typing": "typing",
    "chat.received": "chat",
    "chat.sent": "chat",
    "like.create": "like",
    "oauth.revoke": "revoke",
}
"""The events of the X Activity API that have a form of their own."""

_INNER = {"dm": "direct_message_events", "read": "direct_message_mark_read_events"}
_INNER["typing"] = "direct_message_indicate_typing_events"


def split(body: bytes) -> list[RawItem]:
    """All events of a delivery, in body order. What neither product is known to send stays one item, to be shown.

    Raises MalformedPayload for what is no object.
    """
    delivery = read_json(body)
    if not isinstance(delivery, dict):
        raise MalformedPayload("the body is not an object")
    data = delivery.get("data")
    events = [event for event in (data if isinstance(data, list) else [data]) if isinstance(event, dict)]
    if events and all("event_type" in event for event in events):
        return [_item(envelope) for event in events for envelope in _activity(event)]
    return [_item(envelope) for envelope in _account_activity(delivery)]


def _account_activity(delivery: Mapping[str, Any]) -> Iterator[Envelope]:
    account = text_id(delivery.get("for_user_id")) or ""
    users = _people(delivery.get("users"))
    beside = {key: delivery[key] for key in ("user_has_blocked", "apps") if key in delivery}
    found = False
    for key, value in delivery.items():
        if key in BESIDE:
            continue
        found = True
        yield from _of_list(key, value, account, users, beside)
    if not found:
        yield Envelope("unknown", "nothing", dict(delivery), account)


def _of_list(
    key: str, value: Any, account: str, users: Mapping[str, Any], beside: dict[str, Any]
) -> Iterator[Envelope]:
    if key == "user_event":
        revoke = value.get("revoke") if isinstance(value, dict) else None
        yield Envelope("revoke" if revoke is not None else "unknown", key, value, account or _revoked(revoke))
    elif key in {"replay_job_status", "replay_event"}:
        yield Envelope("replay", key, value, account)
    elif not isinstance(value, list):
        yield Envelope("unknown", key, value, account)
    else:
        form = ACCOUNT_ACTIVITY.get(key, "unknown")
        for item in value:
            yield Envelope(form, key, item, account, users=_of(users, item, form), beside=beside)


def _activity(event: Mapping[str, Any]) -> Iterator[Envelope]:
    kind = str(event.get("event_type") or "")
    form = ACTIVITY.get(kind, "unknown")
    payload, includes, about = (
        _object(event.get("payload")),
        event.get("includes"),
        _object(event.get("filter")),
    )
    account = text_id(about.get("user_id")) or ""
    if form == "revoke":
        account = account or text_id(payload.get("user_id")) or ""
    inner = payload.get(_INNER.get(form, ""))
    if isinstance(inner, list):
        users = _people(payload.get("users"))
        beside = {"apps": payload["apps"]} if "apps" in payload else {}
        for item in inner:
            yield Envelope(form, kind, item, account, users=_of(users, item, form), beside=beside)
        return
    yield Envelope(
        form,
        kind,
        event.get("payload"),
        account,
        users=_people(_listed(includes, "users")),
        media=_objects(_listed(includes, "media")),
        posts=_objects(_listed(includes, "tweets") or _listed(includes, "posts")),
        beside={"direction": about["direction"]} if "direction" in about else {},
    )


def listed_items(form: Form, answer: Mapping[str, Any], account: str) -> list[RawItem]:
    """The rows of a list answer (`data` with `includes`), in its order, each with only what belongs to it."""
    includes = answer.get("includes")
    users = _people(_listed(includes, "users"))
    media = _objects(_listed(includes, "media"))
    posts = _objects(_listed(includes, "tweets") or _listed(includes, "posts"))
    items = []
    for row in _objects(answer.get("data")):
        named = _ids_in(row)
        items.append(
            _item(
                Envelope(
                    form,
                    "listed",
                    row,
                    account,
                    users={key: user for key, user in users.items() if key in named},
                    media=[file for file in media if file.get("media_key") in named],
                    posts=[post for post in posts if text_id(post.get("id")) in named],
                )
            )
        )
    return items


def _ids_in(value: Any) -> set[str]:
    """Every text below a row: ids of people and posts and keys of files are among them."""
    if isinstance(value, str):
        return {value}
    below: Iterable[Any] = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    return {text for each in below for text in _ids_in(each)}


def _item(envelope: Envelope) -> RawItem:
    key = _key(envelope) or "state:" + _digest((envelope.account, envelope.event, envelope.item))
    key = key if len(key) <= LONGEST_KEY else "long:" + _digest(key)
    return RawItem(key, msgspec.json.encode(envelope), platform_account_id=envelope.account or None)


def _key(envelope: Envelope) -> str | None:
    item = envelope.item
    if not isinstance(item, dict):
        return None
    own = text_id(item.get("id_str")) or text_id(item.get("id"))
    match envelope.form:
        case "dm" | "dm_event":
            return f"dm:{own}" if own else None
        case "tweet" | "post":
            return f"post:{own}" if own else None
        case "like" | "chat":
            return f"{envelope.form}:{own}" if own else None
        case "delete":
            status = item.get("status")
            gone = text_id(status.get("id")) if isinstance(status, dict) else own
            return f"delete:{gone}" if gone else None
        case "read":
            reader, last = text_id(item.get("sender_id")), text_id(item.get("last_read_event_id"))
            return f"read:{reader}:{last}" if reader and last else None
    return None


def _digest(value: Any) -> str:
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=20).hexdigest()


def _revoked(revoke: Any) -> str:
    source = revoke.get("source") if isinstance(revoke, dict) else None
    return (text_id(source.get("user_id")) or "") if isinstance(source, dict) else ""


def _of(users: Mapping[str, Any], item: Any, form: str) -> dict[str, Any]:
    """Those of the body's people who are in the item; posts carry their author themselves."""
    if not users or form not in {"dm", "read", "typing"}:
        return {}
    named = _ids_in(item)
    return {key: user for key, user in users.items() if key in named}


def _people(users: Any) -> dict[str, Any]:
    """People by id, from a map or a list, with or without `data` around each."""
    rows = list(users.values()) if isinstance(users, dict) else users if isinstance(users, list) else []
    found: dict[str, Any] = {}
    for row in rows:
        user = row.get("data", row) if isinstance(row, dict) else None
        own = text_id(user.get("id_str")) or text_id(user.get("id")) if isinstance(user, dict) else None
        if own:
            found[own] = user
    return found


def _listed(includes: Any, key: str) -> Any:
    return includes.get(key) if isinstance(includes, dict) else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(rows: Any) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
