"""The account's own server: records, files, names. It judges records as the real one does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from hark.kernel.text import graphemes
from hark.standins.bluesky.world import POST, Json, Record, Refused, World
from hark.standins.kit.asked import Asked, Told

MOST_BLOB = 5 * 1024 * 1024
MOST_IMAGE = 2_000_000


def put_record(world: World, did: str, asked: Asked) -> Told:
    body = _own(did, asked)
    rkey = str(body.get("rkey", ""))
    if not rkey:
        raise Refused(400, "InvalidRequest", "Missing rkey")
    uri = f"at://{did}/{body['collection']}/{rkey}"
    before = world.records.get(uri)
    if "swapRecord" in body and (before.cid if before else None) != body["swapRecord"]:
        raise Refused(400, "InvalidSwap", "Record was at another version")
    return Told(_written(world, did, body, rkey))


def create_record(world: World, did: str, asked: Asked) -> Told:
    body = _own(did, asked)
    return Told(_written(world, did, body, str(body.get("rkey") or world.tid())))


def _own(did: str, asked: Asked) -> Json:
    body = asked.json()
    if body.get("repo") != did:
        raise Refused(401, "AuthenticationRequired", "Authentication Required")
    if not isinstance(body.get("collection"), str):
        raise Refused(400, "InvalidRequest", "Missing collection")
    return body


def _written(world: World, did: str, body: Json, rkey: str) -> Json:
    value = body.get("record")
    if not isinstance(value, dict) or value.get("$type") != body["collection"]:
        raise Refused(400, "InvalidRequest", "Invalid record")
    if body["collection"] == POST:
        _check_post(world, value)
    record = world.put(did, body["collection"], rkey, value)
    return {"uri": record.uri, "cid": record.cid, "validationStatus": "valid"}


def _check_post(world: World, value: Json) -> None:
    text = value.get("text")
    if not isinstance(text, str) or not value.get("createdAt"):
        _refuse("Missing required key")
    if len(graphemes(str(text))) > 300:
        _refuse(f"grapheme too big (maximum 300, got {len(graphemes(str(text)))}) at $.record.text")
    if len(str(text).encode()) > 3000:
        _refuse("string too big (maximum 3000) at $.record.text")
    for place in ("root", "parent"):
        reply = value.get("reply")
        if reply is not None and not (
            isinstance(reply.get(place), dict) and reply[place].get("uri") and reply[place].get("cid")
        ):
            _refuse(f'Missing required key "{place}" at $.record.reply')
    _check_images(world, value.get("embed"))
    _check_facets(str(text).encode(), value.get("facets") or [])


def _check_images(world: World, embed: Json | None) -> None:
    images = (embed or {}).get("images") or []
    if len(images) > 4:
        _refuse("array too big (maximum 4) at $.record.embed.images")
    for image in images:
        link = image["image"]["ref"]["$link"]
        if "alt" not in image:
            _refuse('Missing required key "alt"')
        if link not in world.blobs:
            raise Refused(400, "BlobNotFound", f"Could not find blob: {link}")
        if len(world.blobs[link][1]) > MOST_IMAGE:
            _refuse("blob too big (maximum 2000000) at $.record.embed.images[0].image")


def _check_facets(text: bytes, facets: list[Json]) -> None:
    for facet in facets:
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        if not 0 <= start < end <= len(text):
            _refuse("facet out of range")
        text[start:end].decode()  # a place inside a character is a fault of the client


def _refuse(why: str) -> None:
    raise Refused(400, "InvalidRequest", f"Invalid app.bsky.feed.post record: {why}")


def get_record(world: World, did: str, asked: Asked) -> Told:
    query = asked.query
    uri = f"at://{query.get('repo')}/{query.get('collection')}/{query.get('rkey')}"
    record = world.records.get(uri)
    if record is None:
        raise Refused(400, "RecordNotFound", f"Could not locate record: {uri}")
    return Told(_shown(record))


def _shown(record: Record) -> Json:
    return {"uri": record.uri, "cid": record.cid, "value": record.value}


def delete_record(world: World, did: str, asked: Asked) -> Told:
    body = _own(did, asked)
    world.delete(did, body["collection"], str(body.get("rkey")))
    return Told({})


def upload_blob(world: World, did: str, asked: Asked) -> Told:
    if len(asked.body) > MOST_BLOB:
        raise Refused(413, "PayloadTooLarge", "request entity too large")
    kind = asked.headers.get("content-type", "application/octet-stream")
    link = "bafkrei" + hashlib.sha256(asked.body).hexdigest()[:52]
    world.blobs[link] = (kind, asked.body)
    return Told(
        {"blob": {"$type": "blob", "ref": {"$link": link}, "mimeType": kind, "size": len(asked.body)}}
    )


def get_blob(world: World, did: str, asked: Asked) -> Told:
    blob = world.blobs.get(asked.query.get("cid", ""))
    if blob is None:
        raise Refused(400, "BlobNotFound", "Blob not found")
    return Told(blob[1], headers={"content-type": blob[0]})


def resolve_handle(world: World, did: str, asked: Asked) -> Told:
    found = world.did_of(asked.query.get("handle", ""))
    if found is None:
        raise Refused(400, "InvalidRequest", "Unable to resolve handle")
    return Told({"did": found})


Method = Callable[[World, str, Asked], Told]

METHODS: Mapping[str, Method] = {
    "com.atproto.repo.putRecord": put_record,
    "com.atproto.repo.createRecord": create_record,
    "com.atproto.repo.getRecord": get_record,
    "com.atproto.repo.deleteRecord": delete_record,
    "com.atproto.repo.uploadBlob": upload_blob,
    "com.atproto.sync.getBlob": get_blob,
    "com.atproto.identity.resolveHandle": resolve_handle,
}
