"""A client that applies the facts it got ends exactly where a fresh load ends, for every kind of fact."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, get_args

import msgspec
import pytest

from hark.api.frames import ServerFrame
from hark.flows.automation.work import work_off
from hark.journal import FactKind, encode_fact, read_facts
from hark.realtime.client import RIGHT_OF
from hark.workspaces.rights import RIGHTS_OF
from tests.support.people import Office

State = dict[str, dict[str, Any]]


async def load(office: Office) -> State:
    """Everything that a client shows, loaded over the API as a supervisor and administrator see it."""
    people = office.people["administrator"]
    conversations = await people.get("/conversations", limit=200)
    messages: dict[str, Any] = {}
    runs: dict[str, Any] = {}
    assigned: dict[str, Any] = {}
    for conversation in conversations["items"]:
        runs |= _by((await people.get(f"/conversations/{conversation['id']}/rule-runs"))["items"])
        assigned |= _by((await people.get(f"/conversations/{conversation['id']}/assignments"))["items"])
        page = await people.get(f"/conversations/{conversation['id']}/messages", limit=200)
        messages |= {message["id"]: message for message in page["items"]}
    quarantine = await people.get("/quarantine", limit=200)
    members = (await people.get("/members"))["items"]
    for member in members:
        del member["online"]
    return {
        "conversation": _by(conversations["items"]),
        "message": messages,
        "customer": _by((await people.get("/customers"))["items"]),
        "account": _by((await people.get("/accounts"))["items"]),
        "member": {member["user_id"]: member for member in members},
        "tag": _by((await people.get("/tags"))["items"]),
        "quarantine": {"count": {"count": len(quarantine["items"])}},
        "workspace": _by([await people.get("/workspace")]),
        "rule": runs,
        "assignment": assigned,
    }


def _by(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["id"]: item for item in items}


def apply(state: State, frame: dict[str, Any]) -> None:
    """What a client does with a fact: replace, or take out what is gone."""
    kind, data = frame["type"].split(".")[0], frame["data"]
    if frame["type"] == "quarantine.changed":
        state["quarantine"]["count"] = data
        return
    if kind == "agent":
        return  # whoever shows agents asks for the list anew: members come and go in it too
    key = data["user_id"] if kind == "member" else data["id"]
    if frame["type"] == "tag.changed":
        _rename(state, state["tag"].get(key), data["name"])
    if frame["type"] == "tag.removed":
        _rename(state, data, None)
    if frame["type"].endswith(".removed") or data.get("removed_at") or data.get("status") == "disconnected":
        state[kind].pop(key, None)
    else:
        state[kind][key] = data


def _rename(state: State, tag: dict[str, Any] | None, name: str | None) -> None:
    for conversation in state["conversation"].values():
        if tag is not None and tag["name"] in conversation["tags"]:
            names = [name if each == tag["name"] else each for each in conversation["tags"]]
            conversation["tags"] = [each for each in names if each is not None]


async def facts_after(office: Office, seq: int) -> list[dict[str, Any]]:
    async with office.hark.db.connection() as connection:
        facts = await read_facts(connection, office.workspace_id, seq, 10_000)
    frames = []
    for fact in facts:
        text = encode_fact(fact)
        msgspec.json.decode(text, type=ServerFrame)
        frames.append(json.loads(text))
    return frames


async def last(office: Office) -> int:
    return len(await facts_after(office, 0))


Act = Callable[[Office, Any], Awaitable[Any]]


async def _tag(office: Office) -> str:
    answer = await office.supervisor.call("POST", "/tags", {"name": "vip"})
    return str(answer.json()["id"])


async def _tagged(office: Office, case: Any) -> str:
    tag = await _tag(office)
    await office.agent.call("PATCH", f"/conversations/{case}", {"tags": ["vip"]})
    return tag


async def change(office: Office, case: Any, **values: Any) -> None:
    answer = await office.agent.call("PATCH", f"/conversations/{case}", values)
    assert answer.status_code == 200, answer.text


async def assign(office: Office, case: Any) -> None:
    await change(office, case, assigned_to=str(office.supervisor.user_id))
    await change(office, case, assigned_to=None, priority="urgent")


async def snooze(office: Office, case: Any) -> None:
    until = office.hark.clock() + timedelta(hours=2)
    await change(office, case, snoozed_until=until.isoformat())


async def resolve(office: Office, case: Any) -> None:
    await change(office, case, status="resolved")


async def write_again(office: Office, case: Any) -> None:
    await change(office, case, status="resolved")
    await office.hear("One more thing")


async def read(office: Office, case: Any) -> None:
    await office.agent.call("POST", f"/conversations/{case}/read", {"arrival": 1000})


async def unread(office: Office, case: Any) -> None:
    await read(office, case)
    await office.agent.call("POST", f"/conversations/{case}/unread", {})


async def note(office: Office, case: Any) -> None:
    made = await office.agent.call("POST", f"/conversations/{case}/notes", {"content": "Careful"})
    await office.agent.call("DELETE", f"/messages/{made.json()['id']}")


async def reply(office: Office, case: Any) -> None:
    sent = await office.agent.call(
        "POST", f"/conversations/{case}/messages", {"content": "Yes"}, headers={"idempotency-key": "a"}
    )
    assert sent.status_code == 201
    await office.agent.call("POST", f"/messages/{sent.json()['messages'][0]['id']}/cancel", {})


async def rename_customer(office: Office, case: Any) -> None:
    detail = await office.agent.get(f"/conversations/{case}")
    path = f"/customers/{detail['customer']['id']}"
    assert (await office.agent.call("PATCH", path, {"name": "Mara Lind", "notes": "vip"})).status_code == 200


async def account(office: Office, case: Any) -> None:
    path = f"/accounts/{office.account.account_id}"
    assert (
        await office.administrator.call("PATCH", path, {"name": "Shop 2", "status": "paused"})
    ).status_code == 200


async def disconnect(office: Office, case: Any) -> None:
    await office.administrator.call("DELETE", f"/accounts/{office.account.account_id}")


async def member(office: Office, case: Any) -> None:
    body = {"email": "sam@lantern.example", "name": "Sam", "role": "agent"}
    await office.administrator.call("POST", "/members", body)
    await office.administrator.call("PATCH", f"/members/{office.agent.user_id}", {"role": "supervisor"})


async def remove_member(office: Office, case: Any) -> None:
    await office.administrator.call("DELETE", f"/members/{office.agent.user_id}")


async def rename_tag(office: Office, case: Any) -> None:
    tag = await _tagged(office, case)
    await office.supervisor.call("PATCH", f"/tags/{tag}", {"name": "gold", "color": "yellow"})


async def remove_tag(office: Office, case: Any) -> None:
    tag = await _tagged(office, case)
    await office.supervisor.call("DELETE", f"/tags/{tag}")


async def quarantine(office: Office, case: Any) -> None:
    await office.break_one()


async def settings(office: Office, case: Any) -> None:
    answer = await office.administrator.call(
        "PATCH", "/workspace", {"name": "L", "settings": {"undo_seconds": 9}}
    )
    assert answer.json()["settings"]["undo_seconds"] == 9


async def status(office: Office, case: Any) -> None:
    answer = await office.agent.call("POST", "/me/status", {"status": "away"})
    assert answer.status_code == 200, answer.text


async def rule_runs(office: Office, case: Any) -> None:
    rule = {
        "name": "Urgent",
        "event": "status_changed",
        "actions": [{"type": "set_priority", "priority": "urgent"}],
    }
    assert (await office.supervisor.call("POST", "/rules", rule)).status_code == 201
    await office.agent.call("PATCH", f"/conversations/{case}", {"status": "pending"})
    assert await work_off(office.hark) == 1


ACTS: dict[str, tuple[Act, str]] = {
    "assign": (assign, "conversation.changed"),
    "assignment is logged": (assign, "assignment.changed"),
    "an agent goes away": (status, "agent.changed"),
    "snooze": (snooze, "conversation.changed"),
    "resolve": (resolve, "conversation.changed"),
    "reopened by the customer": (write_again, "message.added"),
    "read": (read, "conversation.changed"),
    "unread": (unread, "conversation.changed"),
    "note added and deleted": (note, "message.changed"),
    "reply taken back": (reply, "message.changed"),
    "customer renamed": (rename_customer, "customer.changed"),
    "account paused": (account, "account.changed"),
    "account disconnected": (disconnect, "account.changed"),
    "member invited": (member, "member.changed"),
    "member removed": (remove_member, "member.changed"),
    "tag renamed": (rename_tag, "tag.changed"),
    "tag removed": (remove_tag, "tag.removed"),
    "quarantined": (quarantine, "quarantine.changed"),
    "settings": (settings, "workspace.changed"),
    "a rule ran": (rule_runs, "rule.ran"),
}


@pytest.mark.parametrize("act", sorted(ACTS))
async def test_facts_applied_to_the_old_state_give_the_new_one(office: Office, act: str) -> None:
    case = await office.hear("Hello?")
    await office.hear("Anybody?", by="ole")
    before, seq = await load(office), await last(office)
    doing, kind = ACTS[act]
    await doing(office, case)
    frames = await facts_after(office, seq)
    assert kind in {frame["type"] for frame in frames}
    assert [frame["seq"] for frame in frames] == list(range(seq + 1, seq + 1 + len(frames)))
    for frame in frames:
        apply(before, frame)
    assert before == await load(office)


ELSEWHERE = {"message.removed", "post.changed", "clock.changed", "sla.changed"}
"""Caused by deliveries, by what platforms tell and by time; tested with their flows."""


def test_every_kind_of_fact_has_a_case() -> None:
    assert {kind for _, kind in ACTS.values()} == set(get_args(FactKind)) - ELSEWHERE


def test_every_kind_of_fact_may_be_seen_by_somebody() -> None:
    rights = set().union(*RIGHTS_OF.values())
    unseen = [kind for kind in get_args(FactKind) if RIGHT_OF.get(kind.split(".")[0]) not in rights]
    assert unseen == []
