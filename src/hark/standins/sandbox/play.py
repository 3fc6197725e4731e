"""What the page calls, under `/play`: acts of people, and the stream of changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post, put
from litestar.datastructures import State as AppState
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import ServerSentEvent

from hark.standins.sandbox import people
from hark.standins.sandbox.api import file_answer
from hark.standins.sandbox.errors import ApiProblem
from hark.standins.sandbox.models import Item, Media, Person
from hark.standins.sandbox.network import Network, noted
from hark.standins.sandbox.rules import MAX_BYTES, kind_of
from hark.standins.sandbox.sender import WebhookSender

SHOWN_ITEMS = 1000
"""How many of the newest items a page gets."""

SHOWN_EVENTS = 60

STREAM_PAUSE = 15.0
"""Seconds without a change after which a stream says that it is alive."""

_Request = Request[Any, Any, AppState]


@get("/state")
async def state(network: NamedDependency[Network], sender: NamedDependency[WebhookSender]) -> dict[str, Any]:
    kept = network.state
    account = kept.account
    items = list(kept.items.values())[-SHOWN_ITEMS:]
    return {
        "account": {"id": account.id, "name": account.name, "handle": account.handle, "token": account.token},
        "people": list(kept.people.values()),
        "posts": list(kept.posts.values()),
        "items": [shown(network, item) for item in items],
        "events": [noted(event) for event in reversed(kept.history[-SHOWN_EVENTS:])],
        "webhook": sender.status(),
        "read_by_us": kept.read_by_us,
    }


def shown(network: Network, item: Item) -> dict[str, Any]:
    """An item with its files spelled out."""
    return {**msgspec.to_builtins(item), "files": [network.state.media[name] for name in item.media]}


@get("/changes")
async def changes(network: NamedDependency[Network]) -> ServerSentEvent:
    return ServerSentEvent(_stream(network))


async def _stream(network: Network) -> AsyncIterator[dict[str, str] | str]:
    queue = network.listen()
    try:
        yield {"event": "hello", "data": "{}"}
        while True:
            try:
                change = await asyncio.wait_for(queue.get(), STREAM_PAUSE)
            except TimeoutError:
                yield {"event": "alive", "data": "{}"}
                continue
            if change is None:
                return
            data = shown(network, change.data) if isinstance(change.data, Item) else change.data
            yield {"event": change.type, "data": msgspec.json.encode(data).decode()}
    finally:
        network.forget(queue)


class Words(msgspec.Struct):
    """What a person publishes; which fields count depends on the place."""

    person: str
    text: str = ""
    media: list[str] = []
    post: str = ""
    in_reply_to: str | None = None
    quoted: str | None = None
    rating: int = 0
    button: str | None = None
    content: str = "text"


@post("/dm")
async def write(data: JSONBody[Words], network: NamedDependency[Network]) -> dict[str, Any]:
    item = people.write(
        network,
        data.person,
        data.text,
        media=data.media,
        quoted=data.quoted,
        button=data.button,
        content=data.content,
    )
    return shown(network, item)


@post("/comment")
async def comment(data: JSONBody[Words], network: NamedDependency[Network]) -> dict[str, Any]:
    item = people.comment(
        network, data.person, data.text, post=data.post, in_reply_to=data.in_reply_to, media=data.media
    )
    return shown(network, item)


@post("/mention")
async def mention(data: JSONBody[Words], network: NamedDependency[Network]) -> dict[str, Any]:
    item = people.mention(network, data.person, data.text, in_reply_to=data.in_reply_to, media=data.media)
    return shown(network, item)


@post("/review")
async def review(data: JSONBody[Words], network: NamedDependency[Network]) -> dict[str, Any]:
    return shown(network, people.review(network, data.person, data.text, rating=data.rating))


class EditBody(msgspec.Struct):
    text: str | None = None
    rating: int | None = None


@patch("/items/{item_id:str}")
async def edit(
    item_id: FromPath[str], data: JSONBody[EditBody], network: NamedDependency[Network]
) -> dict[str, Any]:
    return shown(network, people.edit(network, item_id, text=data.text, rating=data.rating))


@delete("/items/{item_id:str}")
async def remove(item_id: FromPath[str], network: NamedDependency[Network]) -> None:
    people.delete(network, item_id)


class ReactionBody(msgspec.Struct):
    person: str
    emoji: list[str]


@put("/items/{item_id:str}/reaction")
async def react(
    item_id: FromPath[str], data: JSONBody[ReactionBody], network: NamedDependency[Network]
) -> dict[str, Any]:
    return shown(network, people.react(network, item_id, data.person, data.emoji[:1]))


class JoinBody(msgspec.Struct):
    name: str
    language: str = "en"


@post("/people")
async def join(data: JSONBody[JoinBody], network: NamedDependency[Network]) -> Person:
    return people.join(network, data.name, data.language)


class PhoneBody(msgspec.Struct):
    """None leaves as it is."""

    online: bool | None = None
    blocked: bool | None = None


@patch("/people/{person_id:str}")
async def change_person(
    person_id: FromPath[str], data: JSONBody[PhoneBody], network: NamedDependency[Network]
) -> Person:
    if data.online is not None:
        people.switch_phone(network, person_id, data.online)
    if data.blocked is not None:
        people.block(network, person_id, data.blocked)
    return network.load_person(person_id)


@post("/people/{person_id:str}/read", status_code=200)
async def read(person_id: FromPath[str], network: NamedDependency[Network]) -> dict[str, int]:
    return {"read": people.read(network, network.load_person(person_id).id)}


@post("/people/{person_id:str}/call", status_code=200)
async def call(person_id: FromPath[str], network: NamedDependency[Network]) -> dict[str, bool]:
    people.call_business(network, person_id)
    return {"ok": True}


@post("/people/{person_id:str}/typing", status_code=200)
async def type_words(person_id: FromPath[str], network: NamedDependency[Network]) -> dict[str, bool]:
    people.type_words(network, person_id)
    return {"ok": True}


@post("/media", request_max_body_size=max(MAX_BYTES.values()))
async def upload(
    request: _Request, network: NamedDependency[Network], name: FromQuery[str] = "file"
) -> Media:
    """The file itself as the body."""
    mime_type = request.headers.get("content-type", "application/octet-stream").split(";")[0].strip()[:100]
    content = await request.body()
    kind = kind_of(mime_type)
    if not content or len(content) > MAX_BYTES[kind]:
        raise ApiProblem(413, "file_too_large", "The file is empty or too large.")
    return network.keep_file(name, mime_type, content, kind)


@get("/media/{media_id:str}")
async def media(media_id: FromPath[str], network: NamedDependency[Network]) -> Response[bytes]:
    return file_answer(network, media_id)


ROUTER = Router(
    "/play",
    route_handlers=[
        state,
        changes,
        write,
        comment,
        mention,
        review,
        edit,
        remove,
        react,
        join,
        change_person,
        read,
        call,
        type_words,
        upload,
        media,
    ],
)
