"""The real guarded client with a transport that answers from a list and keeps what was asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from email.message import Message
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl

import httpx

from hark.infra.http import GuardedHttp

Answer = tuple[int, Any]
"""Status and body (JSON, or str for a page)."""


class Telegram:
    """`answers` are used in order; an exception among them is raised instead. `calls` are (method,
    parameters, file parts)."""

    def __init__(self, *answers: Answer | Exception | httpx.Response) -> None:
        self._answers = list(answers)
        self.calls: list[tuple[str, dict[str, Any], dict[str, tuple[str, bytes, str]]]] = []
        self.urls: list[str] = []
        self.http = GuardedHttp(client=httpx.AsyncClient(transport=httpx.MockTransport(self._answer)))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.urls.append(str(request.url))
        self.calls.append((request.url.path.rpartition("/")[2], *_parameters(request)))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        status, body = answer
        if isinstance(body, str):
            return httpx.Response(status, text=body, headers={"content-type": "text/html"})
        return httpx.Response(status, json=body)


def _parameters(request: httpx.Request) -> tuple[dict[str, Any], dict[str, tuple[str, bytes, str]]]:
    kind = request.headers.get("content-type", "")
    if kind == "application/json":
        return json.loads(request.content), {}
    if kind.startswith("multipart/"):
        return _multipart(kind, request.content)
    return dict(parse_qsl(request.content.decode())), {}


def _multipart(kind: str, body: bytes) -> tuple[dict[str, Any], dict[str, tuple[str, bytes, str]]]:
    """Read by the standard library's mail parser, which knows nothing of the client that wrote it."""
    whole = BytesParser().parsebytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, Any] = {}
    files: dict[str, tuple[str, bytes, str]] = {}
    for part in _parts(whole):
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        filename = _filename(part)
        if filename is None:
            fields[name] = content.decode()
        else:
            files[name] = (filename, content, part.get_content_type())
    return fields, files


def _filename(part: Message) -> str | None:
    """Browsers and httpx write UTF-8 as it is, which the mail parser keeps as surrogates."""
    header = dict(part.raw_items())["Content-Disposition"].encode("ascii", "surrogateescape").decode()
    _, found, name = header.partition('filename="')
    return name.rpartition('"')[0] if found else None


def _parts(whole: Message) -> Sequence[Message]:
    parts = whole.get_payload()
    assert isinstance(parts, list)
    return [part for part in parts if isinstance(part, Message)]


def sent(number: int, chat: int = 9100200300, date: int = 1793002000) -> Answer:
    return 200, {"ok": True, "result": message(number, chat, date)}


def message(number: int, chat: int = 9100200300, date: int = 1793002000) -> dict[str, Any]:
    return {"message_id": number, "chat": {"id": chat, "type": "private"}, "date": date, "text": "…"}


def done() -> Answer:
    return 200, {"ok": True, "result": True}


def refused(status: int, description: str, **parameters: Any) -> Answer:
    body = {"ok": False, "error_code": status, "description": description}
    return status, {**body, "parameters": parameters} if parameters else body
