"""What cannot be read, or comes from elsewhere, is refused with a problem document: never a 500, never a trace."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from hark.api.app import create_app
from hark.api.headers import SecurityHeaders
from tests.support.people import ADDRESS, Office

JSON = {"content-type": "application/json"}


async def post(office: Office, path: str, content: bytes, **headers: str) -> httpx.Response:
    sent = {"cookie": f"hark_session={office.supervisor.token}", "x-csrf-token": office.supervisor.csrf}
    return await office.http.post(f"/api/v1{path}", content=content, headers=sent | JSON | headers)


def check_problem(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["type"] == f"urn:hark:problem:{document['code']}"
    assert document["title"]
    assert document["detail"]
    assert code is None or document["code"] == code
    assert "Traceback" not in answer.text
    return document


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'{"name": "a"} trailing', 400),
        (b"\xef\xbb\xbf{}", 400),
        (b"\xff\xfe", 400),
        (b'{"name": "\xff"}', 400),
        (b'{"name": NaN}', 400),
        (b'{"name": 1e999}', 422),
        (b'{"name": 9223372036854775808}', 422),
        (b'{"name": "\\ud800"}', 400),
        (b'{"name": "a\\u0000b"}', 422),
        (b'{"name": null}', 422),
        (b'{"name": ["a"]}', 422),
        (b'{"name": ""}', 422),
        (b'{"name": "a", "nmae": "b"}', 422),
        (b"[" * 10_000 + b"]" * 10_000, 400),
        (b'{"name":' + b"[" * 10_000 + b"]" * 10_000 + b"}", 422),
        (b'{"name": "' + b"x" * 2_000_000 + b'"}', 413),
    ],
)
async def test_a_body_that_is_wrong_gets_a_problem_document(office: Office, body: bytes, status: int) -> None:
    answer = await post(office, "/tags", body)
    assert 400 <= answer.status_code < 500, answer.text
    check_problem(answer, answer.status_code)
    assert answer.status_code in {status, 400, 422} if status in {400, 422} else answer.status_code == status


async def test_each_wrong_field_is_named(office: Office) -> None:
    answer = await office.administrator.call(
        "POST", "/members", {"email": "a@b.example", "name": "x", "role": "boss"}
    )
    assert "role" in check_problem(answer, 422, "invalid")["fields"]
    answer = await office.agent.call("GET", "/conversations", limit=0)
    assert "limit" in check_problem(answer, 422, "invalid")["fields"]
    answer = await office.agent.call("GET", "/conversations", status="opne")
    assert "status" in check_problem(answer, 422, "invalid")["fields"]


@pytest.mark.parametrize("after", ["x", "AAAA", "bnVsbA", "WzEsMl0", "é", "WyIyMDI2IiwiYSJd" * 20])
async def test_a_cursor_that_was_not_given_out_is_refused(office: Office, after: str) -> None:
    for path in ("/conversations", "/customers", "/tags", "/members", "/accounts"):
        check_problem(await office.agent.call("GET", path, after=after), 422, "invalid")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
async def test_a_body_of_another_type_is_refused(office: Office, kind: str) -> None:
    check_problem(await post(office, "/tags", b'{"name":"a"}', **{"content-type": kind}), 415)


async def test_a_compressed_body_is_refused(office: Office) -> None:
    check_problem(await post(office, "/tags", b"\x1f\x8b", **{"content-encoding": "gzip"}), 415)


async def test_unknown_addresses_and_methods(office: Office) -> None:
    for path in ("/api/v1/nothing", "/api/nothing", "/api/v1/conversations/not-a-uuid"):
        check_problem(await office.http.get(path), 404, "not_found")
    check_problem(await office.http.put("/api/v1/tags", json={}), 405, "method_not_allowed")


async def test_a_nul_in_the_address_is_refused(office: Office) -> None:
    check_problem(await office.agent.call("GET", "/conversations", q="a\x00b"), 422)


async def test_an_unforeseen_error_has_an_id_and_no_details(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hark.workspaces import founding

    async def broken(*_: Any) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(founding, "load_workspace", broken)
    answer = await office.agent.call("GET", "/workspace")
    document = check_problem(answer, 500, "internal")
    assert document["error_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text


async def test_a_database_that_does_not_answer_is_503(office: Office) -> None:
    await office.hark.db.close()
    check_problem(await office.agent.call("GET", "/workspace"), 503, "unavailable")
    check_problem(await office.http.get("/readyz"), 503, "unavailable")
    assert (await office.http.get("/healthz")).status_code == 200


@pytest.mark.parametrize("given", [None, "", "wrong"])
async def test_a_change_without_the_csrf_token_is_refused(office: Office, given: str | None) -> None:
    headers = {"cookie": f"hark_session={office.supervisor.token}"}
    headers |= {} if given is None else {"x-csrf-token": given}
    for method, path, body in (
        ("POST", "/tags", {"name": "a"}),
        ("DELETE", "/session", None),
        ("PATCH", "/me", {}),
    ):
        answer = await office.http.request(method, f"/api/v1{path}", json=body, headers=headers)
        check_problem(answer, 403, "csrf")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:8000.evil.example", "file://"]
)
async def test_a_change_from_another_page_is_refused(office: Office, origin: str) -> None:
    check_problem(await post(office, "/tags", b'{"name":"a"}', origin=origin), 403, "foreign_origin")
    body = {"email": "a@b.example", "password": "x"}
    check_problem(
        await office.http.post("/api/v1/session", json=body, headers={"origin": origin}),
        403,
        "foreign_origin",
    )


async def test_a_change_from_our_own_page_is_let_through(office: Office) -> None:
    assert (await post(office, "/tags", b'{"name":"a"}', origin=ADDRESS)).status_code == 201


EVERYWHERE = (
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "content-security-policy",
    "x-request-id",
)


@pytest.mark.parametrize(
    "path", ["/", "/inbox/all", "/api/v1/session", "/api/nothing", "/healthz", "/api/openapi.json", "/x.js"]
)
async def test_every_answer_has_the_security_headers(office: Office, path: str) -> None:
    headers = (await office.http.get(path)).headers
    assert [name for name in EVERYWHERE if name not in headers] == []
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (
        "unsafe-inline'"
        not in headers["content-security-policy"].partition("script-src")[2].partition(";")[0]
    )


async def test_an_application_with_a_route_that_names_no_right_does_not_start(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from litestar import get

    from hark.api import app

    @get("/api/v1/forgotten")
    async def forgotten() -> str:
        return ""

    monkeypatch.setattr(app, "HANDLERS", [forgotten])
    with pytest.raises(RuntimeError, match="forgotten"):
        create_app(office.hark)
    assert isinstance(office.app, SecurityHeaders)


async def test_a_page_that_was_not_built_says_how(office: Office) -> None:
    answer = await office.http.get("/inbox")
    assert answer.status_code in {200, 503}
    assert answer.headers["content-type"].startswith("text/html")


async def test_problem_documents_repeat_no_markup(office: Office) -> None:
    answer = await office.agent.call("GET", "/conversations", assignee="<script>alert(1)</script>")
    assert "<script>" not in json.dumps(check_problem(answer, 422))
