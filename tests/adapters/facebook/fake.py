"""A Graph API that answers from a list and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message as MimeMessage
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec

from hark.infra.http import GuardedHttp
from tests.adapters.facebook.cases import Answer, Request

Route = Callable[[httpx.Request], "Answer | Exception"]


class FakeGraph:
    """Give answers in order, or a function of the request; an exception in the list is raised by the
    network."""

    def __init__(self, *answers: Answer | Exception, route: Route | None = None) -> None:
        self.answers = list(answers)
        self.route = route
        self.requests: list[httpx.Request] = []

    def http(self) -> GuardedHttp:
        return GuardedHttp(client=httpx.AsyncClient(transport=httpx.MockTransport(self._answer)))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.route(request) if self.route else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = answer
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return httpx.Response(status, headers=headers, content=content)


def seen(request: httpx.Request) -> Request:
    """A request in the form of the cases, without the proof that every call carries."""
    query = {key: value for key, value in request.url.params.items() if key != "appsecret_proof"}
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/"):
        form, files = multipart(request)
        return Request(request.method, request.url.path, query=query, form=form, files=files)
    if kind.startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(request.content.decode()))
        return Request(request.method, request.url.path, query=query, form=form)
    json = msgspec.json.decode(request.content) if request.content else None
    return Request(request.method, request.url.path, json=json, query=query)


def multipart(request: httpx.Request) -> tuple[dict[str, Any], dict[str, tuple[str, bytes, str]]]:
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    message: MimeMessage = BytesParser().parsebytes(head + request.content)
    form: dict[str, Any] = {}
    files: dict[str, tuple[str, bytes, str]] = {}
    for part in message.get_payload():
        assert isinstance(part, MimeMessage)
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if part.get_filename() is not None:
            files[name] = (str(part.get_filename()), content, part.get_content_type())
        else:
            form[name] = _parsed(content)
    return form, files


def _parsed(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError:
        return content.decode()
