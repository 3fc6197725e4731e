"""Working on conversations over the API: changes, notes, reading, replies, once and only once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.support.people import Office


async def activities(office: Office, case: UUID) -> list[dict[str, Any]]:
    page = await office.agent.get(f"/conversations/{case}/messages")
    return [message for message in page["items"] if message["kind"] == "activity"]


async def test_each_change_leaves_a_line_in_the_thread(office: Office) -> None:
    case = await office.hear()
    agent = str(office.agent.user_id)
    answer = await office.agent.call(
        "PATCH", f"/conversations/{case}", {"status": "pending", "priority": "urgent", "assigned_to": agent}
    )
    conversation = answer.json()
    assert (conversation["status"], conversation["priority"]) == ("pending", "urgent")
    assert conversation["assigned_to"] == agent
    lines = await activities(office, case)
    assert [line["content_type"] for line in lines] == ["status_changed", "priority_changed", "assigned"]
    assert lines[2]["metadata"] == {"from": None, "to": agent, "to_name": "Agent"}
    assert {line["sender_name"] for line in lines} == {"Agent"}
    assert conversation["message_count"] == 1


async def test_a_change_that_changes_nothing_leaves_no_line_and_no_fact(office: Office) -> None:
    case = await office.hear()
    async with office.hark.db.connection() as connection:
        before = await connection.fetchval("SELECT seq FROM workspace_counter")
        answer = await office.agent.call(
            "PATCH", f"/conversations/{case}", {"status": "open", "priority": "medium"}
        )
        assert answer.status_code == 200
        assert await connection.fetchval("SELECT seq FROM workspace_counter") == before
    assert await activities(office, case) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"assigned_to": str(uuid4())}, "assigned_to"),
        ({"snoozed_until": "2020-01-01T00:00:00Z"}, "snoozed_until"),
        ({"snoozed_until": "2030-01-01T00:00:00"}, "snoozed_until"),
        ({"tags": ["unheard of"]}, "tags"),
        ({"status": "done"}, "status"),
    ],
)
async def test_a_change_that_cannot_be_is_refused_by_name_and_changes_nothing(
    office: Office, body: dict[str, Any], field: str
) -> None:
    case = await office.hear()
    answer = await office.agent.call("PATCH", f"/conversations/{case}", {"priority": "high", **body})
    assert answer.status_code == 422
    assert field in answer.json()["fields"]
    assert (await office.agent.get(f"/conversations/{case}"))["conversation"]["priority"] == "medium"


async def test_a_removed_member_cannot_be_given_a_case(office: Office) -> None:
    case = await office.hear()
    await office.administrator.call("DELETE", f"/members/{office.supervisor.user_id}")
    body = {"assigned_to": str(office.supervisor.user_id)}
    assert (await office.agent.call("PATCH", f"/conversations/{case}", body)).status_code == 422


async def test_a_closed_case_is_over_and_the_next_message_begins_another(office: Office) -> None:
    first = await office.hear()
    await office.agent.call("PATCH", f"/conversations/{first}", {"status": "closed"})
    second = await office.hear("And another thing")
    assert second != first
    answer = await office.agent.call("PATCH", f"/conversations/{first}", {"status": "open"})
    assert (answer.status_code, answer.json()["code"]) == (409, "newer_case")
    assert (await office.agent.get(f"/conversations/{first}"))["conversation"]["status"] == "closed"


@pytest.mark.parametrize("after_resolve", ["reopen", "new"])
async def test_what_follows_a_resolved_case_is_the_workspaces_choice(
    office: Office, after_resolve: str
) -> None:
    settings = {"settings": {"after_resolve": after_resolve}}
    assert (await office.administrator.call("PATCH", "/workspace", settings)).status_code == 200
    first = await office.hear()
    await office.agent.call("PATCH", f"/conversations/{first}", {"status": "resolved"})
    second = await office.hear("Again me")
    assert (first == second) is (after_resolve == "reopen")
    assert (await office.agent.get(f"/conversations/{second}"))["conversation"]["status"] == "open"


async def test_lists_by_tag_follow_the_status(office: Office) -> None:
    case = await office.hear()
    await office.supervisor.call("POST", "/tags", {"name": "vip"})
    await office.agent.call("PATCH", f"/conversations/{case}", {"tags": ["VIP"]})
    await office.agent.call("PATCH", f"/conversations/{case}", {"status": "resolved"})
    assert (await office.agent.get("/conversations", tag="vip", status="open"))["items"] == []
    [found] = (await office.agent.get("/conversations", tag="vip", status="resolved"))["items"]
    assert found["tags"] == ["vip"]
    await office.agent.call("PATCH", f"/conversations/{case}", {"tags": []})
    assert (await office.agent.get("/conversations", tag="vip"))["items"] == []


async def test_reading_counts_down_only_what_was_seen(office: Office) -> None:
    case = await office.hear("one")
    await office.hear("two")
    await office.hear("three")
    messages = (await office.agent.get(f"/conversations/{case}/messages"))["items"]
    path = f"/conversations/{case}"
    read = await office.agent.call("POST", f"{path}/read", {"arrival": messages[1]["arrival"]})
    assert read.json()["unread_count"] == 1
    read = await office.agent.call("POST", f"{path}/read", {"arrival": messages[0]["arrival"]})
    assert read.json()["unread_count"] == 1
    read = await office.agent.call("POST", f"{path}/read", {"arrival": 1 << 40})
    assert read.json()["unread_count"] == 0
    await office.hear("four")
    assert (await office.agent.get(path))["conversation"]["unread_count"] == 1
    await office.agent.call("POST", f"{path}/read", {"arrival": 1 << 40})
    assert (await office.agent.call("POST", f"{path}/unread", {})).json()["unread_count"] == 1


async def test_notes_are_for_the_team_and_leave_a_trace(office: Office) -> None:
    case = await office.hear()
    made = await office.agent.call("POST", f"/conversations/{case}/notes", {"content": "Be kind"})
    note = made.json()
    assert (note["kind"], note["direction"], note["sender_name"]) == ("note", "internal", "Agent")
    colleague = await office.administrator.call("DELETE", f"/messages/{note['id']}")
    assert colleague.status_code == 204
    [kept] = [
        message
        for message in (await office.agent.get(f"/conversations/{case}/messages"))["items"]
        if message["kind"] == "note"
    ]
    assert kept["content"] == ""
    assert kept["deleted_at"]


async def test_an_agent_cannot_delete_a_colleagues_note_nor_a_message(office: Office) -> None:
    case = await office.hear()
    note = (await office.supervisor.call("POST", f"/conversations/{case}/notes", {"content": "Mine"})).json()
    assert (await office.agent.call("DELETE", f"/messages/{note['id']}")).status_code == 403
    [message, _] = (await office.agent.get(f"/conversations/{case}/messages"))["items"]
    answer = await office.agent.call("DELETE", f"/messages/{message['id']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_note")


async def test_a_reply_needs_a_key_and_is_queued_once(office: Office) -> None:
    case = await office.hear()
    path, body = f"/conversations/{case}/messages", {"content": "Yes, it is."}
    assert (await office.agent.call("POST", path, body)).status_code == 422
    answers = await asyncio.gather(
        *(office.agent.call("POST", path, body, headers={"idempotency-key": "one"}) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["messages"][0]["id"] for answer in answers}) == 1
    found = (await office.agent.get(path))["items"]
    assert [message["content"] for message in found if message["direction"] == "outbound"] == ["Yes, it is."]


async def test_a_refused_reply_says_why_in_words_and_code(office: Office) -> None:
    case = await office.hear()
    body = {"content": "x" * 60_000}
    answer = await office.agent.call(
        "POST", f"/conversations/{case}/messages", body, headers={"idempotency-key": "a"}
    )
    assert answer.status_code in {201, 422}
    async with office.hark.db.transaction() as connection:
        await connection.execute("UPDATE channel_account SET status = 'paused'")
    answer = await office.agent.call(
        "POST", f"/conversations/{case}/messages", {"content": "Hi"}, headers={"idempotency-key": "b"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "account_not_connected")


async def test_a_colleagues_answer_that_was_not_seen_is_shown_before_a_second_one(office: Office) -> None:
    case = await office.hear()
    seen = (await office.agent.get(f"/conversations/{case}"))["conversation"]["last_arrival"]
    path = f"/conversations/{case}/messages"
    await office.supervisor.call("POST", path, {"content": "Mine"}, headers={"idempotency-key": "s"})
    body = {"content": "Mine too", "last_seen_arrival": seen}
    answer = await office.agent.call("POST", path, body, headers={"idempotency-key": "a"})
    assert (answer.status_code, answer.json()["code"]) == (409, "answered_meanwhile")
    assert [message["content"] for message in answer.json()["messages"]] == ["Mine"]


async def test_a_repeated_request_gets_the_first_answer(office: Office) -> None:
    case = await office.hear()
    path, headers = f"/conversations/{case}/notes", {"idempotency-key": "k"}
    answers = await asyncio.gather(
        *(office.agent.call("POST", path, {"content": "Once"}, headers=headers) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    other = await office.agent.call("POST", path, {"content": "Twice"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    colleague = await office.supervisor.call("POST", path, {"content": "Twice"}, headers=headers)
    assert colleague.status_code == 201
    notes = [
        message["content"]
        for message in (await office.agent.get(f"/conversations/{case}/messages"))["items"]
        if message["kind"] == "note"
    ]
    assert sorted(notes) == ["Once", "Twice"]


async def test_a_failed_request_does_not_use_its_key_up(office: Office) -> None:
    headers = {"idempotency-key": "k"}
    await office.supervisor.call("POST", "/tags", {"name": "vip"})
    assert (
        await office.supervisor.call("POST", "/tags", {"name": "VIP"}, headers=headers)
    ).status_code == 409
    [tag] = (await office.supervisor.get("/tags"))["items"]
    await office.supervisor.call("DELETE", f"/tags/{tag['id']}")
    assert (
        await office.supervisor.call("POST", "/tags", {"name": "VIP"}, headers=headers)
    ).status_code == 201


async def test_sensitive_acts_leave_one_record_each_that_nobody_can_change(office: Office) -> None:
    case = await office.hear()
    await office.agent.call("PATCH", f"/conversations/{case}", {"assigned_to": str(office.agent.user_id)})
    key = (await office.administrator.call("POST", "/api-keys", {"name": "k", "scopes": ["live"]})).json()
    await office.administrator.call("DELETE", f"/api-keys/{key['id']}")
    await office.administrator.call("PATCH", f"/members/{office.agent.user_id}", {"role": "supervisor"})
    await office.administrator.call("PATCH", "/workspace", {"settings": {"undo_seconds": 3}})
    await office.administrator.call("DELETE", f"/accounts/{office.account.account_id}")
    records = (await office.administrator.get("/audit"))["items"]
    assert [record["action"] for record in reversed(records)] == [
        "conversation.assigned",
        "key.created",
        "key.revoked",
        "member.role_changed",
        "workspace.changed",
        "account.disconnected",
    ]
    assert all(record["actor"].startswith("user:") and record["address"] for record in records)
    for method in ("POST", "PATCH", "DELETE", "PUT"):
        assert (await office.administrator.call(method, "/audit", {})).status_code == 405
        assert (await office.administrator.call(method, f"/audit/{records[0]['id']}", {})).status_code == 404


async def test_snoozed_cases_show_until_when(office: Office) -> None:
    case = await office.hear()
    until = office.hark.clock() + timedelta(hours=1)
    answer = await office.agent.call("PATCH", f"/conversations/{case}", {"snoozed_until": until.isoformat()})
    assert answer.json()["status"] == "pending"
    assert answer.json()["snoozed_until"] == until.isoformat().replace("+00:00", "Z")
