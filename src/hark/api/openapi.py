"""The OpenAPI 3.1 document, made from the route table when somebody first asks.

Bodies and answers are described by msgspec, which also decodes and encodes them, so the schema says what really happens;
paths, parameters and rights come from the handlers.
"""

from __future__ import annotations

import re
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin

import msgspec
from litestar import Response
from litestar.params import PathParameter, QueryParameter

from hark.api.auth import PUBLIC, SIGNED_IN
from hark.api.bounds import MULTIPART
from hark.api.examples import EXAMPLES
from hark.api.frames import ClientFrame, ServerFrame
from hark.api.problems import MEDIA_TYPE, TITLES, Problem
from hark.api.routes import HANDLERS
from hark.api.version import VERSION
from hark.inbox.files.sniff import UNKNOWN

REF = "#/components/schemas/{name}"
ABOUT = """One inbox for every social network. Sign in by cookie (browsers; then send `X-CSRF-Token` on every request that
changes something) or send `Authorization: Bearer hk_…` (programs). Lists are paged by `limit` and `after`. Errors are problem
documents (RFC 9457) with a stable `code`. Live updates: `WS /api/v1/live`, frames as in `ServerFrame` and `ClientFrame`."""

SECURITY = {
    "session": {"type": "apiKey", "in": "cookie", "name": "hark_session"},
    "key": {"type": "http", "scheme": "bearer", "bearerFormat": "hk_…"},
}
HEADERS = {
    "X-Workspace": "The workspace, where the user belongs to several.",
    "Idempotency-Key": "1 to 200 characters. A repeated request with the same key gets the first one's answer.",
    "X-CSRF-Token": "Needed with a cookie: the value from GET /api/v1/session.",
}
_LIMITS = {
    "ge": "minimum",
    "le": "maximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
}
_GENERIC = re.compile(r"Page_(\w+?)_")

Json = dict[str, Any]


@cache
def document() -> Json:
    """As JSON values."""
    bodies = [body for handler in HANDLERS if (body := _body_type(handler)) is not None]
    answers = [answer for handler in HANDLERS if (answer := _answer_type(handler)) is not None]
    schemas = _Schemas(bodies, [*answers, Problem, ServerFrame, ClientFrame])
    paths: Json = {}
    for handler in HANDLERS:
        for path in sorted(handler.paths):
            for method in sorted(handler.http_methods):
                place = paths.setdefault(re.sub(r"\{(\w+):\w+\}", r"{\1}", path), {})
                place[method.lower()] = _operation(handler, method, schemas)
    paths["/api/v1/live"] = {"get": _live()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hark",
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(tag for handler in HANDLERS for tag in handler.tags)],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {f"Problem{status}": _problem(status) for status in sorted(TITLES)},
            "securitySchemes": SECURITY,
        },
    }


class _Schemas:
    """Schemas of types by reference. What only answers have is always there, so it is required."""

    def __init__(self, bodies: list[Any], answers: list[Any]) -> None:
        types = [*bodies, *answers]
        found, components = msgspec.json.schema_components(types, ref_template=REF)
        asked = set(msgspec.json.schema_components(bodies, ref_template=REF)[1])
        named = _renamed({"found": list(found), "components": components})
        self._by_type = dict(zip(map(str, types), named["found"], strict=True))
        self.components: Json = named["components"]
        for name, schema in self.components.items():
            if name not in asked and name != "Problem" and "properties" in schema:
                schema["required"] = list(schema["properties"])
            if name in EXAMPLES:
                schema["examples"] = [msgspec.to_builtins(EXAMPLES[name])]
        self.components["ServerFrame"] = self._by_type.pop(str(ServerFrame))
        self.components["ClientFrame"] = self._by_type.pop(str(ClientFrame))

    def of(self, kind: Any) -> Json:
        return self._by_type[str(kind)]  # type: ignore[no-any-return]


def _renamed(tree: Any) -> Any:
    """`Page_Tag_` is called `TagPage`."""
    text = msgspec.json.encode(tree).decode()
    return msgspec.json.decode(_GENERIC.sub(r"\1Page", text))


def _operation(handler: Any, method: str, schemas: _Schemas) -> Json:
    right, body = handler.opt["right"], _body_type(handler)
    sentence, _, rest = (handler.fn.__doc__ or "").strip().partition("\n\n")
    operation: Json = {
        "operationId": handler.operation_id,
        "summary": " ".join(sentence.split()),
        "tags": list(handler.tags),
        "parameters": [*_parameters(handler), *_headers(handler, method, right)],
        "responses": _responses(handler, method, schemas),
        "security": []
        if right == PUBLIC
        else [{"session": []}]
        if right == SIGNED_IN
        else [{"session": []}, {"key": []}],
    }
    if right not in {PUBLIC, SIGNED_IN}:
        operation["x-right"] = right
    if rest:
        operation["description"] = " ".join(rest.split())
    if handler.opt.get("accepts") == MULTIPART:
        operation["requestBody"] = _form()
    elif body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas.of(body)}},
        }
    return operation


def _parameters(handler: Any) -> list[Json]:
    found = []
    for name, field in handler.parsed_fn_signature.parameters.items():
        place = field.kwarg_definition
        if not isinstance(place, PathParameter | QueryParameter):
            continue
        schema = _not_null(msgspec.json.schema(field.annotation))
        for ours, theirs in _LIMITS.items():
            if getattr(place, ours) is not None:
                schema[theirs] = getattr(place, ours)
        if isinstance(place, PathParameter):
            found.append({"name": name, "in": "path", "required": True, "schema": schema})
            continue
        given: Json = {
            "name": place.name or name,
            "in": "query",
            "required": not field.has_default,
            "schema": schema,
        }
        if place.description:
            given["description"] = place.description
        found.append(given)
    return found


def _not_null(schema: Json) -> Json:
    """A parameter that is not given is absent, never null."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind != {"type": "null"}]
    only: Json = dict(kinds[0])
    if None in only.get("enum", ()):
        only["enum"] = [value for value in only["enum"] if value is not None]
    return {key: value for key, value in only.items() if key != "default" or value is not None}


def _headers(handler: Any, method: str, right: str) -> list[Json]:
    names = [] if right in {PUBLIC, SIGNED_IN} else ["X-Workspace"]
    if "once" in handler.parsed_fn_signature.parameters:
        names.append("Idempotency-Key")
    if method != "GET" and right != PUBLIC:
        names.append("X-CSRF-Token")
    needed = {"Idempotency-Key"} if handler.operation_id == "reply" else set()
    shape = {"X-Workspace": {"type": "string", "format": "uuid"}}
    return [
        {
            "name": name,
            "in": "header",
            "required": name in needed,
            "description": HEADERS[name],
            "schema": shape.get(name, {"type": "string", "maxLength": 200}),
        }
        for name in names
    ]


def _responses(handler: Any, method: str, schemas: _Schemas) -> Json:
    answer = _answer_type(handler)
    good: Json = {"description": "Done." if answer is None else "As asked."}
    if answer is bytes:
        kind = "*/*" if handler.media_type == UNKNOWN else handler.media_type.split(";")[0]
        good["content"] = {kind: {"schema": {"type": "string", "format": "binary"}}}
    elif answer is not None:
        good["content"] = {"application/json": {"schema": schemas.of(answer)}}
    found = {str(handler.status_code): good}
    return found | {
        str(status): {"$ref": f"#/components/responses/Problem{status}"}
        for status in _failures(handler, method)
    }


def _failures(handler: Any, method: str) -> list[int]:
    """Which problems an operation may answer with."""
    right, parameters = handler.opt["right"], _parameters(handler)
    failures = {500, 503}
    if right != PUBLIC:
        failures |= {401, 403, 404}
    if parameters:
        failures |= {404, 422}
    if method != "GET":
        failures |= {400, 403, 409, 413, 415, 422}
    if handler.operation_id in {"signIn", "showTyping", "actOnMessage"}:
        failures |= {401, 429}
    if handler.operation_id in {"getLink", "redeemLink"}:
        failures |= {404}
    if handler.operation_id == "getMetrics":
        failures |= {403}
    return sorted(failures)


def _problem(status: int) -> Json:
    content = {MEDIA_TYPE: {"schema": {"$ref": REF.format(name="Problem")}}}
    return {"description": TITLES[status], "content": content}


def _form() -> Json:
    file = {"type": "string", "format": "binary"}
    schema = {"type": "object", "properties": {"file": file}, "required": ["file"]}
    return {"required": True, "content": {MULTIPART: {"schema": schema}}}


def _live() -> Json:
    frames = {"server": REF.format(name="ServerFrame"), "client": REF.format(name="ClientFrame")}
    resume = {
        "name": "workspace",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "format": "uuid"},
    }
    return {
        "operationId": "live",
        "summary": "A WebSocket: facts in order after `hello`, presence, and resumption from a `seq`.",
        "tags": ["live"],
        "parameters": [resume],
        "responses": {
            "101": {"description": "The connection is open."},
            "401": {"$ref": "#/components/responses/Problem401"},
        },
        "security": [{"session": []}, {"key": []}],
        "x-right": "live",
        "x-frames": frames,
    }


def _body_type(handler: Any) -> Any:
    field = handler.parsed_fn_signature.parameters.get("data")
    return None if field is None else field.annotation


def _answer_type(handler: Any) -> Any:
    kind = handler.parsed_fn_signature.return_type.annotation
    if get_origin(kind) is Response:
        kind = get_args(kind)[0]
    return None if kind in {None, NoneType} else kind
