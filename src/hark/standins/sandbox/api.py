"""The network's API for businesses, under `/v1`. Errors are `{"error": {"code", "message"}}`."""

from __future__ import annotations

import hmac
from typing import Any

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post, put
from litestar.datastructures import State as AppState
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from hark.standins.sandbox import business
from hark.standins.sandbox.business import Submission, Upload
from hark.standins.sandbox.errors import ApiProblem
from hark.standins.sandbox.models import Item
from hark.standins.sandbox.network import Network
from hark.standins.sandbox.rules import CALLS_PER_SECOND, TEMPLATES
from hark.standins.sandbox.sender import WebhookSender

HISTORY_PAGE = 100
MAX_BODY = 64 * 1024 * 1024

_Request = Request[Any, Any, AppState]


class Settings(msgspec.Struct):
    """What the control API may set: seconds in which messages can be answered (None: always), calls per
    second."""

    dm_window: int | None = None
    calls_per_second: int = CALLS_PER_SECOND


class Budget:
    """A bucket of calls that fills with time."""

    def __init__(self) -> None:
        self._left = float(CALLS_PER_SECOND)
        self._at = 0

    def take(self, now: int, per_second: int) -> None:
        """`now` in milliseconds."""
        self._left = min(float(per_second), self._left + (now - self._at) / 1000 * per_second)
        self._at = now
        if self._left < 1:
            raise ApiProblem(429, "too_many_calls", f"At most {per_second} calls a second.", retry_after="1")
        self._left -= 1


def guard(
    request: _Request,
    network: NamedDependency[Network],
    budget: NamedDependency[Budget],
    settings: NamedDependency[Settings],
) -> None:
    """Token first, then the budget. Given to every route as the dependency `allowed`."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    if not hmac.compare_digest(given, network.account.token.encode()):
        raise ApiProblem(401, "token_invalid", "This access token is not valid (any more).")
    budget.take(network.now(), settings.calls_per_second)


def accepted(item: Item) -> dict[str, Any]:
    return {"id": item.id, "thread": item.thread, "source": item.source, "at": item.at}


@get("/me")
async def me(network: NamedDependency[Network], allowed: NamedDependency[None]) -> dict[str, str]:
    return {"id": network.account.id, "name": network.account.name}


@get("/webhook")
async def show_webhook(
    sender: NamedDependency[WebhookSender], allowed: NamedDependency[None]
) -> dict[str, Any]:
    return sender.status()


class WebhookBody(msgspec.Struct):
    url: str
    secret: str


@put("/webhook")
async def set_webhook(
    data: JSONBody[WebhookBody], sender: NamedDependency[WebhookSender], allowed: NamedDependency[None]
) -> dict[str, Any]:
    if not data.url.startswith(("http://", "https://")) or len(data.secret) < 16:
        raise ApiProblem(
            400, "invalid_webhook", "An http(s) address and a secret of 16 characters or more are needed."
        )
    sender.subscribe(data.url, data.secret)
    return sender.status()


@delete("/webhook")
async def remove_webhook(sender: NamedDependency[WebhookSender], allowed: NamedDependency[None]) -> None:
    sender.unsubscribe()


@post("/messages", request_max_body_size=MAX_BODY)
async def create(
    request: _Request,
    network: NamedDependency[Network],
    settings: NamedDependency[Settings],
    allowed: NamedDependency[None],
) -> dict[str, Any]:
    submission, uploads = await _read_submission(request)
    window = None if settings.dm_window is None else settings.dm_window * 1000
    return accepted(business.send(network, submission, uploads, window))


async def _read_submission(request: _Request) -> tuple[Submission, list[Upload]]:
    try:
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            return msgspec.json.decode(await request.body(), type=Submission), []
        form = await request.form()
        submission = msgspec.json.decode(form.get("message") or "", type=Submission)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ApiProblem(400, "invalid_request", f"The body is not a message: {error}") from error
    # The form is a multi-dict without order: fields are named media0, media1, …
    files = [value for _, value in sorted(form.multi_items(), key=_field) if isinstance(value, UploadFile)]
    return submission, [Upload(file.filename, file.content_type, await file.read()) for file in files]


def _field(part: tuple[str, object]) -> str:
    return part[0]


@get("/messages")
async def find(
    network: NamedDependency[Network], allowed: NamedDependency[None], reference: FromQuery[str]
) -> dict[str, Any]:
    return {"items": [accepted(item) for item in network.by_reference(reference)]}


class ChangeBody(msgspec.Struct):
    text: str | None = None
    hidden: bool | None = None


@patch("/messages/{item_id:str}")
async def change(
    item_id: FromPath[str],
    data: JSONBody[ChangeBody],
    network: NamedDependency[Network],
    allowed: NamedDependency[None],
) -> dict[str, Any]:
    return accepted(business.change(network, item_id, text=data.text, hidden=data.hidden))


@delete("/messages/{item_id:str}")
async def remove(
    item_id: FromPath[str], network: NamedDependency[Network], allowed: NamedDependency[None]
) -> None:
    business.delete(network, item_id)


class LikeBody(msgspec.Struct):
    liked: bool


@put("/messages/{item_id:str}/like")
async def like(
    item_id: FromPath[str],
    data: JSONBody[LikeBody],
    network: NamedDependency[Network],
    allowed: NamedDependency[None],
) -> dict[str, Any]:
    return accepted(business.like(network, item_id, data.liked))


class ReactionBody(msgspec.Struct):
    emoji: list[str]


@put("/messages/{item_id:str}/reaction")
async def react(
    item_id: FromPath[str],
    data: JSONBody[ReactionBody],
    network: NamedDependency[Network],
    allowed: NamedDependency[None],
) -> dict[str, Any]:
    return accepted(business.react(network, item_id, data.emoji))


class BanBody(msgspec.Struct):
    banned: bool


@put("/people/{person_id:str}/ban")
async def ban(
    person_id: FromPath[str],
    data: JSONBody[BanBody],
    network: NamedDependency[Network],
    allowed: NamedDependency[None],
) -> dict[str, bool]:
    business.ban(network, person_id, data.banned)
    return {"banned": data.banned}


@get("/templates")
async def list_templates(allowed: NamedDependency[None]) -> dict[str, Any]:
    items = [
        {"name": name, "language": language, "body": body} for (name, language), body in TEMPLATES.items()
    ]
    return {"items": items}


@get("/posts/{post_id:str}")
async def show_post(
    post_id: FromPath[str], network: NamedDependency[Network], allowed: NamedDependency[None]
) -> dict[str, Any]:
    described = network.described_post(post_id)
    if described is None:
        raise ApiProblem(404, "not_found", "There is no such post.")
    return {**described, "at": network.state.posts[post_id].at}


@post("/threads/{thread:str}/typing", status_code=200)
async def type_words(
    thread: FromPath[str], network: NamedDependency[Network], allowed: NamedDependency[None]
) -> dict[str, bool]:
    business.type_words(network, thread)
    return {"ok": True}


@post("/threads/{thread:str}/read", status_code=200)
async def read(
    thread: FromPath[str], network: NamedDependency[Network], allowed: NamedDependency[None]
) -> dict[str, bool]:
    business.read(network, thread)
    return {"ok": True}


@get("/history")
async def history(
    network: NamedDependency[Network],
    allowed: NamedDependency[None],
    cursor: FromQuery[str | None] = None,
    since: FromQuery[int | None] = None,
) -> dict[str, Any]:
    """Events as the webhook sent them, oldest first; `cursor` is the last event seen."""
    events = network.state.history
    start = _place_after(network, cursor) if cursor else 0
    if cursor is None and since is not None:
        start = next((place for place, event in enumerate(events) if event.at >= since), len(events))
    page = events[start : start + HISTORY_PAGE]
    more = start + HISTORY_PAGE < len(events)
    return {
        "account": network.account.id,
        "events": [event.body for event in page],
        "next": page[-1].id if page and more else None,
    }


def _place_after(network: Network, cursor: str) -> int:
    for place, event in enumerate(network.state.history):
        if event.id == cursor:
            return place + 1
    raise ApiProblem(400, "cursor_unknown", "The history does not reach back that far any more.")


@get("/media/{media_id:str}")
async def media(
    media_id: FromPath[str], network: NamedDependency[Network], allowed: NamedDependency[None]
) -> Response[bytes]:
    return file_answer(network, media_id)


def file_answer(network: Network, media_id: str) -> Response[bytes]:
    """A file that browsers neither run nor guess about."""
    known, content = network.state.media.get(media_id), network.files.get(media_id)
    if known is None or content is None:
        raise ApiProblem(404, "not_found", "There is no such file, or it was deleted.")
    inline = known.mime_type in {"image/jpeg", "image/png", "image/webp", "image/gif"} or known.kind in {
        "video",
        "audio",
    }
    headers = {
        "x-content-type-options": "nosniff",
        "content-disposition": "inline" if inline else "attachment",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type=known.mime_type, headers=headers)


@get("/people/{person_id:str}")
async def person(
    person_id: FromPath[str], network: NamedDependency[Network], allowed: NamedDependency[None]
) -> dict[str, Any]:
    network.load_person(person_id)
    return network.author(person_id)


ROUTER = Router(
    "/v1",
    route_handlers=[
        me,
        show_webhook,
        set_webhook,
        remove_webhook,
        create,
        find,
        change,
        remove,
        like,
        react,
        ban,
        list_templates,
        show_post,
        type_words,
        read,
        history,
        media,
        person,
    ],
)
