"""Requests as Rest.li sees them (on the raw address: what is encoded is content, what is not is structure), and answers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec


class Refusal(Exception):
    """An error in LinkedIn's form."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "status": status, **more}


class Request(msgspec.Struct, frozen=True):
    """`path` is raw, without the leading slash; `query` raw values by name."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        try:
            value = msgspec.json.decode(self.body or b"{}")
        except msgspec.DecodeError as error:
            raise Refusal(400, "The body is not JSON") from error
        if not isinstance(value, dict):
            raise Refusal(400, "The body is not an object")
        return value

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))

    def number(self, name: str, default: int) -> int:
        value = self.query.get(name, str(default))
        if not value.isdecimal():
            raise Refusal(400, f"Parameter {name} is not a number", serviceErrorCode=100)
        return int(value)

    def urn(self, name: str) -> str:
        return decoded(self.query.get(name, ""))


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: Any = None
    headers: dict[str, str] = {}


async def read_request(scope: Any, receive: Any) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    raw = scope.get("raw_path", scope["path"].encode()).split(b"?")[0].decode("ascii")
    pairs = (part.partition("=") for part in scope["query_string"].decode("ascii").split("&") if part)
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = {name: value for name, _, value in pairs}
    return Request(scope["method"], raw.lstrip("/"), query, headers, body)


async def write_answer(send: Any, answer: Answer) -> None:
    content = b"" if answer.body is None else msgspec.json.encode(answer.body)
    headers = {"content-type": "application/json", "content-length": str(len(content)), **answer.headers}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": content})


def decoded(value: str) -> str:
    """A URN out of an address. One with bare colons or parentheses is refused: protocol 2.0.0 asks for them encoded."""
    if re.search(r"[:(),]", value):
        raise Refusal(400, f"Syntax exception in path variables or parameters: {value}", serviceErrorCode=100)
    return unquote(value)


def page_of(rows: list[Any], request: Request, default: int = 10, most: int = 100) -> dict[str, Any]:
    """A Rest.li list with its `next` link."""
    start, count = request.number("start", 0), min(request.number("count", default), most)
    links = []
    if start + count < len(rows):
        links = [
            {
                "type": "application/json",
                "rel": "next",
                "href": f"/{request.path}?start={start + count}&count={count}",
            }
        ]
    paging = {"start": start, "count": count, "links": links, "total": len(rows)}
    return {"paging": paging, "elements": rows[start : start + count]}
