"""Every operation for every role, generated from the route table; and nobody reaches another workspace's things."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from hark.api.auth import PUBLIC, SIGNED_IN
from hark.api.routes import HANDLERS
from hark.workspaces.rights import IMPLIED, RIGHTS_OF, SCOPES
from tests.support.people import Office, Person, open_office

RULE = {"name": "A rule", "event": "assigned", "actions": [{"type": "close"}]}

HOURS = {"zone": "UTC", "openings": [{"day": "mon", "open": "09:00", "close": "17:00"}]}
POLICY = {"name": "All", "targets": [{"first_response": 60}]}
FORMS = {"upload", "importHolidays"}
BODIES: dict[str, Any] = {
    "updateAgent": {"capacity": 3},
    "setMyStatus": {"status": "online"},
    "setAgentStatus": {"status": "away"},
    "createTeam": {"name": "Berlin"},
    "updateTeam": {"name": "Hamburg"},
    "createSkill": {"name": "Returns"},
    "updateSkill": {"name": "Refunds"},
    "createRoutingPolicy": {"name": "All", "strategy": "manual"},
    "replaceRoutingPolicy": {"name": "All", "strategy": "manual"},
    "dryRunRoutingPolicy": {"policy": {"name": "All", "strategy": "manual"}},
    "transferConversation": {"team_id": None},
    "escalateConversation": {},
    "handOver": {"to": "bot"},
    "setLanguage": {"language": "de"},
    "setRequiredSkills": {"required_skills": {}},
    "updateMe": {"name": "Kim"},
    "changePassword": {"current": "wrong password", "new": "another password"},
    "updateWorkspace": {"name": "Lantern"},
    "inviteMember": {"email": "new@lantern.example", "name": "New", "role": "agent"},
    "updateMember": {"role": "agent"},
    "connectAccount": {"platform": "nowhere", "values": {}},
    "updateAccount": {"name": "Shop"},
    "beginAuthorization": {"platform": "nowhere"},
    "connectAuthorized": {"choice": "page"},
    "updateConversation": {"priority": "high"},
    "markRead": {"arrival": 1},
    "reply": {"content": "Hello"},
    "addNote": {"content": "A note"},
    "resendMessage": {},
    "actOnMessage": {"ability": "hide"},
    "actOnPerson": {"ability": "ban"},
    "updateModeration": {"agents_may_ban": False},
    "updateCustomer": {"notes": "Likes lanterns"},
    "createTag": {"name": "vip"},
    "updateTag": {"name": "gold"},
    "replayEvents": {"ids": ["1"]},
    "fetchSince": {"since": "2026-11-01T00:00:00Z", "accounts": []},
    "createApiKey": {"name": "bot", "scopes": ["live"]},
    "createRule": RULE,
    "updateRule": RULE,
    "switchRule": {"enabled": False},
    "orderRules": {"ids": []},
    "checkRule": {"rule": RULE},
    "testRule": {"rule": RULE, "conversation_id": str(uuid4())},
    "dryRunRule": {"rule": RULE},
    "createCalendar": {"name": "Hours", "spec": HOURS},
    "updateCalendar": {"name": "Hours", "spec": HOURS},
    "previewCalendar": {"spec": HOURS},
    "createSlaPolicy": POLICY,
    "updateSlaPolicy": POLICY,
    "orderSlaPolicies": {"ids": []},
    "previewSlaChange": {},
    "signIn": {"email": "nobody@lantern.example", "password": "some password"},
    "redeemLink": {"token": "no such token", "password": "some long password"},
}
"""A body that is accepted where it is needed; what it asks for need not exist."""

OPERATIONS = {handler.operation_id: handler for handler in HANDLERS}
GUARDED = sorted(
    name for name, handler in OPERATIONS.items() if handler.opt["right"] not in {PUBLIC, SIGNED_IN}
)
WITH_ID = sorted(name for name, handler in OPERATIONS.items() if "{" in next(iter(handler.paths)))


def path_of(operation: str, ids: dict[str, Any] | None = None) -> str:
    path = next(iter(OPERATIONS[operation].paths))
    return re.sub(r"\{(\w+):(\w+)\}", lambda found: str((ids or {}).get(found[1], _some(found[2]))), path)


def _some(kind: str) -> Any:
    return 999_999 if kind == "int" else uuid4()


async def ask(person: Person, operation: str, ids: dict[str, Any] | None = None) -> httpx.Response:
    handler = OPERATIONS[operation]
    method = next(iter(handler.http_methods - {"HEAD"}))
    headers = {"x-csrf-token": person.csrf, "cookie": f"hark_session={person.token}", "idempotency-key": "k"}
    if operation in FORMS:
        return await person.http.request(
            method, path_of(operation), headers=headers, files={"file": ("a.txt", b"text", "text/plain")}
        )
    body = BODIES.get(operation)
    path = path_of(operation, ids)
    return await person.http.request(method, path, headers=headers, json=body)


def test_every_right_that_a_route_names_belongs_to_somebody() -> None:
    named = {handler.opt["right"] for handler in HANDLERS} - {PUBLIC, SIGNED_IN}
    assert named <= RIGHTS_OF["administrator"]


def test_every_operation_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len(OPERATIONS) == len(HANDLERS)
    assert [name for name, handler in OPERATIONS.items() if not handler.fn.__doc__] == []


@pytest.mark.parametrize("role", ["administrator", "supervisor", "agent"])
async def test_a_role_may_do_what_its_rights_say_and_nothing_else(office: Office, role: str) -> None:
    wrong = {}
    for operation in GUARDED:
        answer = await ask(office.people[role], operation)
        right = OPERATIONS[operation].opt["right"]
        if right in RIGHTS_OF[role]:  # type: ignore[index]
            as_it_should = answer.status_code not in {401, 403} and answer.status_code < 500
        else:
            as_it_should = answer.status_code == 403 and answer.json()["right"] == right
        if not as_it_should:
            wrong[operation] = (answer.status_code, answer.text)
    assert wrong == {}


async def test_a_key_may_do_what_its_scopes_say_and_nothing_else(office: Office) -> None:
    answer = await office.administrator.call(
        "POST", "/api-keys", {"name": "reader", "scopes": ["conversations:read"]}
    )
    bearer = {"authorization": f"Bearer {answer.json()['token']}"}
    granted = {"conversations:read"} | IMPLIED["conversations:read"]
    for operation in GUARDED:
        handler = OPERATIONS[operation]
        method = next(iter(handler.http_methods))
        files = {"file": ("a.txt", b"text", "text/plain")} if operation in FORMS else None
        body = None if operation in FORMS else BODIES.get(operation)
        answer = await office.http.request(method, path_of(operation), headers=bearer, json=body, files=files)
        assert (answer.status_code != 403) == (handler.opt["right"] in granted), (operation, answer.text)


async def test_a_key_is_nobody_who_could_be_signed_in(office: Office) -> None:
    answer = await office.administrator.call("POST", "/api-keys", {"name": "all", "scopes": list(SCOPES)})
    bearer = {"authorization": f"Bearer {answer.json()['token']}"}
    for method, path in (("GET", "/api/v1/session"), ("PATCH", "/api/v1/me"), ("DELETE", "/api/v1/session")):
        answer = await office.http.request(
            method, path, headers=bearer, json={} if method == "PATCH" else None
        )
        assert answer.status_code == 403


async def test_without_signing_in_only_public_operations_answer(office: Office) -> None:
    stranger = Person(UUID(int=0), "", "agent", "no such token", "", office.http)
    wrong = {}
    for operation in sorted(OPERATIONS.keys() - {"getMetrics"}):
        answer = await ask(stranger, operation)
        public = OPERATIONS[operation].opt["right"] == PUBLIC
        if answer.status_code not in ({200, 303, 401, 404, 422} if public else {401}):
            wrong[operation] = (answer.status_code, answer.text)
    assert wrong == {}


async def _things(office: Office) -> dict[str, Any]:
    """One of everything that has an id."""
    case = await office.hear("Hello?")
    page = await office.agent.get(f"/conversations/{case}/messages")
    detail = await office.agent.get(f"/conversations/{case}")
    tag = (await office.supervisor.call("POST", "/tags", {"name": "vip"})).json()
    key = (await office.administrator.call("POST", "/api-keys", {"name": "k", "scopes": ["live"]})).json()
    note = (await office.agent.call("POST", f"/conversations/{case}/notes", {"content": "n"})).json()
    file = await office.agent.http.post(
        "/api/v1/uploads",
        files={"file": ("a.txt", b"text", "text/plain")},
        headers={"cookie": f"hark_session={office.agent.token}", "x-csrf-token": office.agent.csrf},
    )
    await office.break_one()
    [event] = (await office.administrator.get("/quarantine"))["items"]
    return {
        "conversation_id": case,
        "message_id": page["items"][0]["id"],
        "note_id": note["id"],
        "customer_id": detail["customer"]["id"],
        "account_id": office.account.account_id,
        "tag_id": tag["id"],
        "key_id": key["id"],
        "attachment_id": file.json()["id"],
        "user_id": office.agent.user_id,
        "event_id": event["id"],
    }


@pytest.fixture
async def neighbor(office: Office) -> Any:
    other = await open_office(office.hark, "Harbour Books", "-2")
    yield other
    await other.close()


async def _snapshot(office: Office) -> list[Any]:
    tables = "conversation message tag api_key customer channel_account member attachment fact raw_event"
    async with office.hark.db.connection() as connection:
        return [
            [
                dict(row)
                for row in await connection.fetch(
                    f"SELECT * FROM {table} WHERE workspace_id = $1 ORDER BY 1, 2", office.workspace_id
                )
            ]
            for table in tables.split()
        ]


async def test_the_ids_of_another_workspace_answer_404_on_every_route(
    office: Office, neighbor: Office
) -> None:
    ids = await _things(office)
    before = await _snapshot(office)
    for operation in WITH_ID:
        answer = await ask(neighbor.administrator, operation, ids)
        assert answer.status_code == 404, (operation, answer.status_code, answer.text)
        assert answer.json()["code"] == "not_found", (operation, answer.text)
    assert await _snapshot(office) == before


async def test_ids_of_another_workspace_in_bodies_and_filters_reach_nothing(
    office: Office, neighbor: Office
) -> None:
    ids = await _things(office)
    theirs, mine = neighbor.administrator, await neighbor.hear("Hi")
    for filters in (
        {"account": ids["account_id"]},
        {"customer": ids["customer_id"]},
        {"assignee": office.agent.user_id},
        {"tag": "vip"},
        {"q": "Hello"},
    ):
        assert (await theirs.get("/conversations", **filters))["items"] == [], filters
    answer = await theirs.call("PATCH", f"/conversations/{mine}", {"assigned_to": str(office.agent.user_id)})
    assert answer.status_code == 422
    answer = await theirs.call("PATCH", f"/conversations/{mine}", {"tags": ["vip"]})
    assert answer.json()["code"] == "unknown_tag"
    answer = await theirs.call(
        "POST",
        f"/conversations/{mine}/messages",
        {"content": "x", "attachments": [ids["attachment_id"]]},
        headers={"idempotency-key": "a"},
    )
    assert answer.status_code == 422
    answer = await theirs.call("POST", "/quarantine/replay", {"ids": [ids["event_id"]]})
    assert answer.json() == {"replayed": 0}
    for path in ("/quarantine", "/deliveries"):
        assert (await theirs.get(path, account=ids["account_id"]))["items"] == []


async def test_a_workspace_one_does_not_belong_to_looks_as_if_it_were_not_there(
    office: Office, neighbor: Office
) -> None:
    for workspace in (neighbor.workspace_id, uuid4(), "nonsense"):
        answer = await office.agent.call("GET", "/workspace", headers={"x-workspace": str(workspace)})
        assert answer.status_code == 404
