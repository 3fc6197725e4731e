"""The schema is served, valid, complete, and says what the API really answers."""

from __future__ import annotations

from typing import Any, get_args

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import validate

from hark.api import frames
from hark.api.examples import EXAMPLES
from hark.api.openapi import document
from hark.api.routes import HANDLERS
from hark.journal import FactKind
from tests.support.people import Office


async def test_the_document_is_served_to_everybody_and_valid(office: Office) -> None:
    answer = await office.http.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"
    validate(answer.json())


def test_every_operation_is_in_it_with_its_problems() -> None:
    operations = {
        operation["operationId"]: operation
        for place in document()["paths"].values()
        for operation in place.values()
    }
    assert {handler.operation_id for handler in HANDLERS} <= operations.keys()
    for name, operation in operations.items():
        assert operation["summary"], name
        assert operation["tags"], name
        if operation["security"]:
            assert "401" in operation["responses"], name


def test_every_kind_of_fact_has_a_frame() -> None:
    kinds = {get_args_tag(kind) for kind in get_args(frames.LiveFact)}
    assert kinds == set(get_args(FactKind))
    mapping = document()["components"]["schemas"]["ServerFrame"]["discriminator"]["mapping"]
    assert kinds <= mapping.keys()


def get_args_tag(kind: type) -> str:
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]


def test_the_examples_fit_their_schemas() -> None:
    schemas = document()["components"]["schemas"]
    for name in EXAMPLES:
        [example] = schemas[name]["examples"]
        check(example, {"$ref": f"#/components/schemas/{name}"})


def check(value: Any, schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator({**schema, "components": document()["components"]}).validate(value)


READS = [
    ("listConversations", "/conversations"),
    ("countConversations", "/conversations/counts"),
    ("listMembers", "/members"),
    ("listAccounts", "/accounts"),
    ("listPlatforms", "/platforms"),
    ("listTags", "/tags"),
    ("listCustomers", "/customers"),
    ("listQuarantine", "/quarantine"),
    ("listDeliveries", "/deliveries"),
    ("listAudit", "/audit"),
    ("getWorkspace", "/workspace"),
    ("getSession", "/session"),
    ("getConversation", "/conversations/{case}"),
    ("listMessages", "/conversations/{case}/messages"),
]


@pytest.mark.parametrize(("operation", "path"), READS)
async def test_answers_fit_the_schema(office: Office, operation: str, path: str) -> None:
    case = await office.hear("Hello?")
    await office.supervisor.call("POST", "/tags", {"name": "vip"})
    await office.break_one()
    await office.agent.call(
        "POST", f"/conversations/{case}/messages", {"content": "Hi"}, headers={"idempotency-key": "a"}
    )
    value = await office.administrator.get(path.format(case=case))
    found = next(
        each
        for place in document()["paths"].values()
        for each in place.values()
        if each["operationId"] == operation
    )
    check(value, found["responses"]["200"]["content"]["application/json"]["schema"])
    assert msgspec.json.encode(value) != b"{}"
