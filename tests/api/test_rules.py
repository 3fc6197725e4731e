"""Rules by the API: what is refused and by which field, what is warned about, trying before saving, the log, and who may."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from hark.flows.automation.work import work_off
from tests.support.people import Office, open_office

WHERE = {"type": "condition", "field": "text", "operator": "contains", "value": ["refund"]}


def draft(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": "Refunds are urgent",
        "event": "message_received",
        "conditions": {"type": "group", "match": "all", "items": [WHERE]},
        "actions": [{"type": "set_priority", "priority": "urgent"}],
    }
    return {**made, **changes}


def asking(**condition: Any) -> dict[str, Any]:
    item = {"type": "condition", "value": None, **condition}
    return draft(conditions={"type": "group", "match": "all", "items": [item]})


async def make(office: Office, **changes: Any) -> dict[str, Any]:
    answer = await office.supervisor.call("POST", "/rules", draft(**changes))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_rule_is_made_read_changed_switched_off_and_removed(office: Office) -> None:
    made = await make(office)
    assert (made["enabled"], made["position"], made["runs"], made["warnings"]) == (True, 1, 0, [])
    path = f"/rules/{made['id']}"
    changed = await office.supervisor.call("PUT", path, draft(name="Other", stop=True))
    assert (changed.json()["name"], changed.json()["stop"]) == ("Other", True)
    off = await office.supervisor.call("PATCH", path, {"enabled": False})
    assert off.json()["enabled"] is False
    listed = await office.supervisor.get("/rules")
    assert [each["name"] for each in listed["items"]] == ["Other"]
    assert (await office.supervisor.call("DELETE", path)).status_code == 204
    assert (await office.supervisor.call("GET", path)).status_code == 404


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown field": (asking(field="shoe_size", operator="is", value="9"), "conditions.items[0].field"),
    "unknown operator": (
        asking(field="status", operator="smells_like", value="open"),
        "conditions.items[0].operator",
    ),
    "no such choice": (asking(field="status", operator="is", value="sleeping"), "conditions.items[0].value"),
    "no number": (asking(field="followers", operator="at_least", value="many"), "conditions.items[0].value"),
    "true is no number": (
        asking(field="followers", operator="at_least", value=True),
        "conditions.items[0].value",
    ),
    "bad pattern": (asking(field="text", operator="matches", value="(a"), "conditions.items[0].value"),
    "pattern without a linear way": (
        asking(field="text", operator="matches", value=r"(a)\1"),
        "conditions.items[0].value",
    ),
    "no words": (asking(field="text", operator="contains", value=[]), "conditions.items[0].value"),
    "foreign calendar": (
        asking(field="business_hours", operator="open", value=str(uuid4())),
        "conditions.items[0].value",
    ),
    "foreign tag": (asking(field="tags", operator="has_any", value=["nope"]), "conditions.items[0].value"),
    "foreign account": (
        asking(field="account", operator="is", value=str(uuid4())),
        "conditions.items[0].value",
    ),
    "empty name": (draft(name="   "), "name"),
    "no time": (draft(event="no_answer"), "after_s"),
    "time where none belongs": (draft(after_s=600), "after_s"),
    "foreign agent": (draft(actions=[{"type": "assign", "agent_id": str(uuid4())}]), "actions[0].agent_id"),
    "foreign team": (draft(actions=[{"type": "assign_team", "team_id": str(uuid4())}]), "actions[0].team_id"),
    "foreign policy": (
        draft(actions=[{"type": "set_sla_policy", "policy_id": str(uuid4())}]),
        "actions[0].policy_id",
    ),
    "unknown tag": (draft(actions=[{"type": "add_tags", "tags": ["nope"]}]), "actions[0].tags"),
    "unknown blank": (draft(actions=[{"type": "add_note", "text": "{{password}}"}]), "actions[0].text"),
    "reply without its language": (
        draft(actions=[{"type": "reply", "texts": {"de": "Hallo"}, "language": "en"}]),
        "actions[0].language",
    ),
    "plain webhook": (
        draft(actions=[{"type": "webhook", "url": "ftp://example.com/hook", "secret": "s" * 20}]),
        "actions[0].url",
    ),
    "webhook without a secret": (
        draft(actions=[{"type": "webhook", "url": "https://example.com/hook"}]),
        "actions[0].secret",
    ),
    "nobody is told": (
        draft(actions=[{"type": "notify", "to": "people", "text": "Look"}]),
        "actions[0].people",
    ),
}


@pytest.mark.parametrize("case", sorted(BAD))
async def test_what_is_wrong_is_told_by_field(office: Office, case: str) -> None:
    body, field = BAD[case]
    answer = await office.supervisor.call("POST", "/rules", body)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["code"] == "bad_rule"
    assert field in problem["fields"], problem
    assert (await office.supervisor.get("/rules"))["items"] == []


async def test_deep_nesting_and_many_conditions_are_refused(office: Office) -> None:
    deep: dict[str, Any] = {"type": "group", "match": "all", "items": [WHERE]}
    for _ in range(7):
        deep = {"type": "group", "match": "any", "items": [deep]}
    many = {
        "type": "group",
        "match": "all",
        "items": [{"type": "group", "match": "any", "items": [WHERE] * 40}] * 3,
    }
    for conditions in (deep, many):
        answer = await office.supervisor.call("POST", "/rules", draft(conditions=conditions))
        assert answer.status_code == 422


async def test_shapes_that_make_no_sense_are_refused(office: Office) -> None:
    for wrong in (
        {"event": "full_moon"},
        {"actions": []},
        {"actions": [{"type": "explode"}]},
        {"conditions": []},
    ):
        answer = await office.supervisor.call("POST", "/rules", draft(**wrong))
        assert answer.status_code in {400, 422}, wrong


async def test_a_rule_that_calls_itself_or_goes_round_in_circles_is_warned_about(office: Office) -> None:
    status = {"actions": [{"type": "set_status", "status": "open"}], "conditions": {"type": "group"}}
    itself = await make(office, event="status_changed", **status)
    assert [each["code"] for each in itself["warnings"]] == ["calls_itself"]
    await make(office, name="there", event="assigned", enabled=True, **status)
    answer = await office.supervisor.call(
        "POST",
        "/rules/check",
        {"rule": draft(event="status_changed", actions=[{"type": "assign", "agent_id": None}])},
    )
    warnings = {each["code"]: each for each in answer.json()["warnings"]}
    warning = warnings["circle"]
    assert set(warnings) == {"circle", "no_message"}
    assert "there" in warning["values"]["rules"]


async def test_conditions_that_exclude_one_another_are_warned_about(office: Office) -> None:
    items = [
        {"type": "condition", "field": "status", "operator": "is", "value": value}
        for value in ("open", "closed")
    ]
    made = await make(office, conditions={"type": "group", "match": "all", "items": items})
    assert [each["code"] for each in made["warnings"]] == ["never"]


async def test_the_order_names_every_rule_once(office: Office) -> None:
    ids = [(await make(office, name=name))["id"] for name in ("one", "two", "three")]
    for wrong in (ids[:2], [*ids, ids[0]], [*ids[:2], str(uuid4())]):
        assert (await office.supervisor.call("PUT", "/rules/order", {"ids": wrong})).status_code == 422
    answer = await office.supervisor.call("PUT", "/rules/order", {"ids": ids[::-1]})
    assert [each["name"] for each in answer.json()["items"]] == ["three", "two", "one"]


async def test_a_webhooks_secret_is_never_shown_and_stays_when_it_is_not_given_again(office: Office) -> None:
    hook = {"type": "webhook", "url": "https://example.com/hook", "secret": "a very secret secret"}
    made = await make(office, actions=[hook])
    assert made["actions"][0]["secret"] is None
    again = draft(actions=[{**hook, "secret": None}])
    assert (await office.supervisor.call("PUT", f"/rules/{made['id']}", again)).status_code == 200
    other = draft(actions=[{**hook, "url": "https://example.org/", "secret": None}])
    assert (await office.supervisor.call("PUT", f"/rules/{made['id']}", other)).status_code == 422


async def test_a_rule_is_tried_on_a_conversation_and_changes_nothing(office: Office) -> None:
    case = await office.hear("I want a refund")
    reply = {"type": "reply", "texts": {"en": "Hello {{customer.first_name}}"}, "language": "en"}
    body = {
        "rule": draft(actions=[{"type": "set_priority", "priority": "urgent"}, reply]),
        "conversation_id": str(case),
    }
    answer = await office.supervisor.call("POST", "/rules/test", body)
    said = answer.json()
    assert said["matched"] is True
    assert said["judgement"]["items"][0]["actual"] == "I want a refund"
    assert [each["text"] for each in said["actions"]] == [None, "Hello Mara"]
    conversation = (await office.supervisor.get(f"/conversations/{case}"))["conversation"]
    assert conversation["priority"] == "medium"
    missing = await office.supervisor.call("POST", "/rules/test", {**body, "conversation_id": str(uuid4())})
    assert missing.status_code == 404


async def test_a_dry_run_looks_at_the_last_days_step_by_step(office: Office) -> None:
    for number in range(6):
        await office.hear("refund please" if number % 2 else "hello", by=f"guest{number}")
    body: dict[str, Any] = {"rule": draft(), "days": 30}
    found = (await office.supervisor.call("POST", "/rules/dry-run", body)).json()
    assert (found["looked_at"], found["matched"], found["conversations"]) == (6, 3, 3)
    assert (found["done"], found["next"]) == (1.0, None)
    assert {each["text"] for each in found["examples"]} == {"refund please"}
    assert (await office.supervisor.call("POST", "/rules/dry-run", {**body, "days": 31})).status_code in {
        400,
        422,
    }
    assert (await office.supervisor.call("POST", "/rules/dry-run", {**body, "after": "x"})).status_code == 422


async def test_what_a_rule_did_is_in_its_log_and_in_that_of_the_conversation(office: Office) -> None:
    made = await make(office)
    case = await office.hear("refund!")
    await work_off(office.hark)
    for path in (f"/rules/{made['id']}/runs", f"/conversations/{case}/rule-runs"):
        (run,) = (await office.supervisor.get(path))["items"]
        assert (run["rule_name"], run["outcome"]) == ("Refunds are urgent", "done")
    assert (await office.agent.get(f"/conversations/{case}/rule-runs"))["items"]
    assert (await office.supervisor.get("/rules"))["items"][0]["runs"] == 1


async def test_templates_are_complete_but_for_what_they_need(office: Office) -> None:
    for locale in ("en", "de"):
        found = (await office.supervisor.get("/rules/templates", locale=locale))["items"]
        assert len(found) == 8
        for template in found:
            rule = draft(
                name=template["name"],
                event=template["event"],
                after_s=template["after_s"],
                conditions=template["conditions"],
                actions=template["actions"],
            )
            answer = await office.supervisor.call("POST", "/rules/check", {"rule": rule})
            assert (answer.status_code == 200) is not bool(template["needs"]), (template["key"], answer.text)


async def test_agents_may_not_and_other_workspaces_see_nothing(office: Office) -> None:
    made = await make(office)
    assert (await office.agent.call("GET", "/rules")).status_code == 403
    assert (await office.agent.call("POST", "/rules", draft())).status_code == 403
    other = await open_office(office.hark, "Elsewhere", "2")
    try:
        assert (await other.supervisor.get("/rules"))["items"] == []
        for method, body in (
            ("GET", None),
            ("PUT", draft()),
            ("PATCH", {"enabled": False}),
            ("DELETE", None),
        ):
            answer = await other.supervisor.call(method, f"/rules/{made['id']}", body)
            assert answer.status_code == 404
        assert (await other.supervisor.call("GET", f"/rules/{made['id']}/runs")).status_code == 404
        case = await other.hear("refund, says somebody else's customer")
        await work_off(office.hark)
        assert (await other.supervisor.get(f"/conversations/{case}/rule-runs"))["items"] == []
    finally:
        await other.close()
