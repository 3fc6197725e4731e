"""A call as the handlers see it, and the table that finds a handler."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from email.parser import BytesParser
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from hark.standins.x.auth import Who
from hark.standins.x.errors import invalid


class Upload(msgspec.Struct, frozen=True):
    """Fields and files of a multipart body."""

    fields: Mapping[str, str] = {}
    files: Mapping[str, bytes] = {}


class Asked(msgspec.Struct, frozen=True):
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    who: Who = "user"
    ids: tuple[str, ...] = ()

    def json(self, *known: str) -> dict[str, Any]:
        """The object; X refuses keys that it does not know."""
        try:
            value = msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            value = None
        if not isinstance(value, dict):
            raise invalid("The body is not a JSON object.")
        for key in value:
            if key not in known:
                raise invalid(f"The field {key} is not one of {', '.join(known)}.", field=key)
        return value

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))

    def upload(self) -> Upload:
        head = f"content-type: {self.headers.get('content-type', '')}\r\n\r\n".encode()
        fields, files = dict[str, str](), dict[str, bytes]()
        for part in BytesParser().parsebytes(head + self.body).walk():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if not isinstance(name, str) or not isinstance(content, bytes):
                continue
            if part.get_filename() is None:
                fields[name] = content.decode("utf-8", "replace")
            else:
                files[name] = content
        return Upload(fields, files)


class Answer(msgspec.Struct, frozen=True):
    body: Any
    status: int = 200
    headers: Mapping[str, str] = {}


Handler = Callable[[Asked], "Answer | Awaitable[Answer]"]
H = TypeVar("H", bound=Handler)


class Route(msgspec.Struct, frozen=True):
    """`who` may call; `scopes` are what a token of OAuth 2 needs for it."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    who: frozenset[Who]
    scopes: frozenset[str]


def route(method: str, path: str, handler: Handler, who: str = "user oauth2", scopes: str = "") -> Route:
    """`{}` in a path stands for an id."""
    pattern = re.compile(path.replace("{}", r"([\w:.-]+)"))
    return Route(method, pattern, handler, frozenset(who.split()), frozenset(scopes.split()))  # type: ignore[arg-type]
