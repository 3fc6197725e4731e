"""What the adapter sends is what X's published OpenAPI description takes.

The description itself (https://api.x.com/2/openapi.json; repository xdevplatform/docs) stands under X's developer agreement
and is not kept here. `openapi/requests.yaml` states the facts of it that matter for our requests, in its own form, and is
always checked. The whole description is checked as well where it lies on the machine: `HARK_X_OPENAPI` names the file.
"""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest

from tests.adapters.x.traffic import body_of, everything, parameters

HERE = Path(__file__).parent / "openapi"
MIRROR = Path(__file__).parents[4] / ".mirror" / "xdevplatform+docs" / "repo"
RENAMED = {
    "tweet.fields": "post.fields",
    "note_tweet": "note_post",
    "referenced_tweets.id": "referenced_posts",
}
"""The description has new words for old things; prose, samples and all recorded traffic have the old ones, which we send."""
BESIDE = {
    "post.fields": {"author_id", "in_reply_to_user_id", "referenced_tweets", "edit_history_tweet_ids"},
    "dm_event.fields": {"sender_id", "referenced_tweets"},
}
"""Fields that X's own samples ask for and recordings were answered with, and that the description does not list."""


class Operation(msgspec.Struct, frozen=True):
    """What is known of one call: who may make it, its query parameters and its body, as JSON schemas."""

    call: str
    who: tuple[str, ...]
    query: dict[str, Any] = {}
    required: tuple[str, ...] = ()
    body: dict[str, Any] | None = None

    @property
    def method(self) -> str:
        return self.call.split(" ")[0]

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{\w+\}", r"[^/]+", self.call.split(" ")[1]))


def facts() -> list[Operation]:
    return msgspec.yaml.decode((HERE / "requests.yaml").read_bytes(), type=list[Operation])


def faults_of(request: httpx.Request, operations: list[Operation]) -> list[str]:
    """What X would refuse, as sentences."""
    fitting = [
        each
        for each in operations
        if each.method == request.method and each.pattern.fullmatch(request.url.path)
    ]
    if not fitting:
        return [f"{request.method} {request.url.path} is no call of X"]
    operation = min(fitting, key=lambda each: each.call.count("{"))
    query = {RENAMED.get(name, name): value for name, value in parameters(request).items()}
    faults = [f"{operation.call}: {name} is missing" for name in operation.required if name not in query]
    for name, value in query.items():
        faults += [f"{operation.call}: {fault}" for fault in _query_faults(operation, name, value)]
    faults += [f"{operation.call}: {fault}" for fault in _body_faults(operation, request)]
    who = _caller(request)
    return faults + ([] if who in operation.who else [f"{operation.call}: {who} may not call it"])


def _query_faults(operation: Operation, name: str, value: str) -> list[str]:
    schema = operation.query.get(name)
    if schema is None:
        return [f"there is no parameter {name}"]
    if schema.get("type") == "array":
        given = [RENAMED.get(each, each) for each in value.split(",") if each not in BESIDE.get(name, ())]
        return _schema_faults(given, schema)
    return _schema_faults(int(value) if schema.get("type") == "integer" else value, schema)


def _body_faults(operation: Operation, request: httpx.Request) -> list[str]:
    kind, value = body_of(request)
    if operation.body is None:
        return ["it takes no body"] if request.content else []
    return [f"{kind}: {fault}" for fault in _schema_faults(value, operation.body)]


def _schema_faults(value: Any, schema: dict[str, Any]) -> list[str]:
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    return [f"{value!r}: {error.message}" for error in checker.iter_errors(value)]


def _caller(request: httpx.Request) -> str:
    given = request.headers.get("authorization", "")
    if given.startswith("OAuth "):
        return "user"
    return "app" if given in {"Bearer bearer-token-of-fjord", "Bearer app"} else "oauth2"


@cache
def published() -> dict[str, Any] | None:
    """The whole description, where it is on this machine."""
    named = os.environ.get("HARK_X_OPENAPI")
    if named:
        return msgspec.json.decode(Path(named).read_bytes(), type=dict[str, Any])
    if not MIRROR.is_dir():
        return None
    shown = subprocess.run(
        ["git", "-C", str(MIRROR), "show", "HEAD:openapi.json"], capture_output=True, check=False
    )
    return msgspec.json.decode(shown.stdout, type=dict[str, Any]) if shown.returncode == 0 else None


def of_published(document: dict[str, Any]) -> list[Operation]:
    return [
        _operation(document, f"{method.upper()} {path}", operation, item.get("parameters", []))
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "delete"}
    ]


def _operation(
    document: dict[str, Any], call: str, operation: dict[str, Any], shared: list[Any]
) -> Operation:
    kinds = {"BearerToken": "app", "OAuth2UserToken": "oauth2", "UserToken": "user"}
    rows = [_resolved(document, row) for row in [*operation.get("parameters", []), *shared]]
    query = [row for row in rows if row["in"] == "query"]
    body = _resolved(document, operation.get("requestBody", {}))
    contents = list(body.get("content", {}).values())
    return Operation(
        call,
        tuple(kinds[name] for way in operation.get("security", []) for name in way),
        {row["name"]: row["schema"] for row in query},
        tuple(row["name"] for row in query if row.get("required")),
        contents[0]["schema"] if contents else None,
    )


def _resolved(document: dict[str, Any], value: Any) -> Any:
    """Without references: they are few and not recursive in what requests hold."""
    if isinstance(value, list):
        return [_resolved(document, each) for each in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        found: Any = document
        for part in value["$ref"].split("/")[1:]:
            found = found[part]
        return _resolved(document, found)
    return {
        key: _resolved(document, each) for key, each in value.items() if key not in {"example", "examples"}
    }


async def test_every_request_is_one_that_x_takes() -> None:
    requests, operations = await everything(), facts()
    assert [fault for request in requests for fault in faults_of(request, operations)] == []
    made = {each.call for each in operations for request in requests if _is(each, request)}
    assert {each.call for each in operations} - made == set(), "stated, and never sent"


def _is(operation: Operation, request: httpx.Request) -> bool:
    return operation.method == request.method and operation.pattern.fullmatch(request.url.path) is not None


async def test_every_request_fits_the_whole_description() -> None:
    document = published()
    if document is None:
        pytest.skip("X's OpenAPI description is not on this machine; HARK_X_OPENAPI may name it")
    operations = of_published(document)
    faults = [fault for request in await everything() for fault in faults_of(request, operations)]
    assert faults == []


def test_the_stated_facts_are_those_of_the_description() -> None:
    document = published()
    if document is None:
        pytest.skip("X's OpenAPI description is not on this machine; HARK_X_OPENAPI may name it")
    known = {each.call: each for each in of_published(document)}
    for stated in facts():
        whole = known[stated.call]
        assert set(stated.who) == set(whole.who), stated.call
        assert set(stated.required) == set(whole.required), stated.call
        assert set(stated.query) <= set(whole.query), stated.call
        for name, schema in stated.query.items():
            _check_narrower(schema, whole.query[name], f"{stated.call} {name}")
        assert (stated.body is None) == (whole.body is None), stated.call
        if stated.body is not None:
            _check_narrower(stated.body, whole.body or {}, stated.call)


def _check_narrower(stated: dict[str, Any], whole: dict[str, Any], where: str) -> None:
    """Whatever fits `stated` fits `whole`: the same bounds, some of its values and fields."""
    for key in (
        "type",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "pattern",
        "required",
    ):
        if key in whole or key in stated:
            assert stated.get(key) == whole.get(key), f"{where}: {key}"
    if "enum" in whole:
        assert set(stated["enum"]) <= set(whole["enum"]), where
    for name, schema in stated.get("properties", {}).items():
        _check_narrower(schema, whole["properties"][name], f"{where}.{name}")
    if "items" in stated:
        _check_narrower(stated["items"], whole["items"], f"{where}[]")


def test_a_request_that_x_would_refuse_is_found() -> None:
    operations = facts()
    base = "https://api.x.com/2"
    app, user = {"authorization": "Bearer bearer-token-of-fjord"}, {"authorization": "Bearer u"}

    def faults(method: str, path: str, headers: dict[str, str], **more: Any) -> list[str]:
        return faults_of(httpx.Request(method, base + path, headers=headers, **more), operations)

    reply = {"in_reply_to_tweet_id": "1"}
    assert faults("POST", "/tweets", user, json={"text": "x", "reply": reply}) == []
    assert faults("POST", "/tweets", user, json={"text": "x", "reply": {}})
    assert faults("POST", "/tweets", user, json={"text": "x", "shout": True})
    assert faults("POST", "/tweets", app, json={"text": "x"})
    assert faults("GET", "/users/1/mentions", user, params={"max_results": "3"})
    assert faults("GET", "/users/1/mentions", user, params={"tweet.fields": "created_at,moon_phase"})
    assert faults("GET", "/users/1/mentions", user, params={"pages": "3"})
    assert faults("GET", "/tweets/1/moons", user)
    assert faults("POST", "/webhooks", app, json={})
    assert faults("POST", "/media/upload/1/finalize", user, json={})
