"""A call's parameters, from JSON, a form or multipart. Values of forms are text, so every reader here takes both."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import multipart

from hark.standins.telegram.errors import bad

MAX_BODY = 60 * 1024 * 1024


class Upload(msgspec.Struct):
    name: str
    content: bytes
    mime_type: str


class Parameters:
    """What a call was given. `files` are uploads by field name."""

    def __init__(self, values: dict[str, Any], files: dict[str, Upload]) -> None:
        self.values = values
        self.files = files

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def find_number(self, name: str) -> int | None:
        value = self.values.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad(f"parameter {name} must be an integer") from None

    def number(self, name: str) -> int:
        value = self.find_number(name)
        if value is None:
            raise bad(f"parameter {name} is required")
        return value

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in {"true", "1", "yes"}

    def json(self, name: str, default: Any = None) -> Any:
        """A nested value: an object in JSON bodies, its JSON text in forms."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return default if value is None else value
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise bad(f"can't parse {name} JSON object") from None


def read_parameters(content_type: str, query: bytes, body: bytes) -> Parameters:
    """The query counts too; the body goes before it."""
    values: dict[str, Any] = dict(parse_qsl(query.decode("utf-8", "replace")))
    kind, options = multipart.parse_options_header(content_type)
    if kind == "application/json":
        return Parameters({**values, **_read_json(body)}, {})
    if kind == "multipart/form-data":
        fields, files = _read_multipart(options.get("boundary", ""), body)
        return Parameters({**values, **fields}, files)
    return Parameters(
        {**values, **dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))}, {}
    )


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad("request body can't be parsed as JSON") from None
    if not isinstance(found, dict):
        raise bad("request body must be a JSON object")
    return found


def _read_multipart(boundary: str, body: bytes) -> tuple[dict[str, Any], dict[str, Upload]]:
    fields: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    try:
        for part in multipart.MultipartParser(io.BytesIO(body), boundary, memory_limit=MAX_BODY):
            if part.filename is None:
                fields[part.name] = part.value
            else:
                mime_type = part.content_type or "application/octet-stream"
                files[part.name] = Upload(part.filename, part.raw, mime_type)
    except multipart.MultipartError as error:
        raise bad(f"can't parse multipart body: {error}") from None
    return fields, files
