"""Agents, teams, skills and policies by the API: what is kept, what is refused, and that nothing leaves its workspace."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from hark.flows.context import Hark
from tests.support.people import Office, Person, open_office


async def sent(person: Person, method: str, path: str, body: Any, status: int = 200) -> Any:
    answer = await person.call(method, path, body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def agent_of(office: Office, name: str = "Agent") -> Any:
    return next(each for each in (await office.agent.get("/agents"))["items"] if each["name"] == name)


async def test_what_a_supervisor_sets_about_an_agent_is_listed(office: Office) -> None:
    skill = await sent(office.supervisor, "POST", "/skills", {"name": "Returns"}, 201)
    team = await sent(office.supervisor, "POST", "/teams", {"name": "Berlin"}, 201)
    hours = {"zone": "Europe/Berlin", "week": {"mon": [["22:00", "06:00"], ["09:00", "12:00"]]}}
    patch = {
        "capacity": 5,
        "capacities": {"source:dm": 3},
        "skills": [{"skill_id": skill["id"], "level": 4}],
        "languages": [{"language": "de", "level": 5}],
        "team_ids": [team["id"]],
        "account_ids": [str(office.account.account_id)],
        "hours": hours,
    }
    await sent(office.supervisor, "PATCH", f"/agents/{office.agent.user_id}", patch)
    shown = await agent_of(office)
    assert {key: shown[key] for key in patch} == patch
    assert (shown["status"], shown["load"]) == ("offline", 0)
    [listed] = (await office.agent.get("/teams"))["items"]
    assert listed["member_ids"] == [str(office.agent.user_id)]


async def test_a_patch_leaves_what_it_does_not_name(office: Office) -> None:
    path = f"/agents/{office.agent.user_id}"
    await sent(office.supervisor, "PATCH", path, {"capacity": 3})
    await sent(office.supervisor, "PATCH", path, {"languages": [{"language": "en", "level": 3}]})
    assert (await agent_of(office))["capacity"] == 3


@pytest.mark.parametrize(
    "patch",
    [
        {"capacity": -1},
        {"capacities": {"planet:mars": 1}},
        {"languages": [{"language": "german", "level": 3}]},
        {"languages": [{"language": "de", "level": 6}]},
        {"languages": [{"language": "de", "level": 1}, {"language": "de", "level": 2}]},
        {"skills": [{"skill_id": "01a20c29-0000-7000-8000-000000000001", "level": 3}]},
        {"hours": {"zone": "Mars/Olympus", "week": {"mon": [["09:00", "17:00"]]}}},
        {"hours": {"zone": "Europe/Berlin", "week": {}}},
        {"hours": {"zone": "Europe/Berlin", "week": {"mon": [["09:00", "09:00"]]}}},
        {"hours": {"zone": "Europe/Berlin", "week": {"mon": [["09:00", "17:00"], ["16:00", "18:00"]]}}},
        {
            "hours": {
                "zone": "Europe/Berlin",
                "week": {"sun": [["22:00", "06:00"]], "mon": [["05:00", "09:00"]]},
            }
        },
        {"hours": {"zone": "Europe/Berlin", "week": {"mon": [["9:00", "17:00"]]}}},
    ],
)
async def test_nonsense_about_an_agent_is_refused(office: Office, patch: dict[str, Any]) -> None:
    await sent(office.supervisor, "PATCH", f"/agents/{office.agent.user_id}", patch, 422)


async def test_two_teams_or_skills_cannot_have_one_name(office: Office) -> None:
    for path in ("/teams", "/skills"):
        await sent(office.supervisor, "POST", path, {"name": "Berlin"}, 201)
        await sent(office.supervisor, "POST", path, {"name": "berlin"}, 409)


async def test_a_team_that_goes_leaves_its_conversations_to_everybody(office: Office) -> None:
    team = await sent(office.supervisor, "POST", "/teams", {"name": "Berlin"}, 201)
    case = await office.hear()
    await sent(office.agent, "POST", f"/conversations/{case}/transfer", {"team_id": team["id"]})
    await sent(office.supervisor, "DELETE", f"/teams/{team['id']}", None, 204)
    assert (await office.agent.get(f"/conversations/{case}"))["conversation"]["team_id"] is None


async def test_agents_change_nothing_about_routing(office: Office) -> None:
    policy = {"name": "All", "strategy": "round_robin"}
    for method, path, body in (
        ("PATCH", f"/agents/{office.agent.user_id}", {"capacity": 1}),
        ("POST", f"/agents/{office.supervisor.user_id}/status", {"status": "away"}),
        ("POST", "/teams", {"name": "Mine"}),
        ("POST", "/skills", {"name": "All"}),
        ("POST", "/routing/policies", policy),
    ):
        await sent(office.agent, method, path, body, 403)


async def test_another_workspace_has_nothing_of_ours(office: Office, hark: Hark) -> None:
    other = await open_office(hark, "Elsewhere", tag="2")
    team = await sent(office.supervisor, "POST", "/teams", {"name": "Berlin"}, 201)
    skill = await sent(office.supervisor, "POST", "/skills", {"name": "Returns"}, 201)
    case = await office.hear()
    their = other.supervisor
    await sent(their, "PATCH", f"/agents/{office.agent.user_id}", {"capacity": 1}, 404)
    await sent(their, "PATCH", f"/teams/{team['id']}", {"name": "Ours"}, 404)
    await sent(their, "PATCH", f"/skills/{skill['id']}", {"name": "Ours"}, 404)
    await sent(their, "POST", f"/conversations/{case}/transfer", {"team_id": None}, 404)
    own = f"/agents/{other.agent.user_id}"
    await sent(their, "PATCH", own, {"team_ids": [team["id"]]}, 422)
    await sent(their, "PATCH", own, {"account_ids": [str(office.account.account_id)]}, 422)
    assert (await their.get("/teams"))["items"] == []
    assert (await their.get("/queue"))["waiting"] == []
    assert str(office.agent.user_id) not in {
        each["user_id"] for each in (await their.get("/agents"))["items"]
    }
    await other.close()


async def test_a_policy_is_kept_and_says_what_nobody_can_satisfy(office: Office) -> None:
    skill = await sent(office.supervisor, "POST", "/skills", {"name": "Returns"}, 201)
    team = await sent(office.supervisor, "POST", "/teams", {"name": "Empty"}, 201)
    step = {"after_s": 60, "skills": {skill["id"]: 3}}
    draft = {"name": "Empty", "strategy": "skill_based", "team_id": team["id"], "routing_steps": [step]}
    saved = await sent(office.supervisor, "POST", "/routing/policies", draft, 201)
    assert [each["code"] for each in saved["warnings"]] == ["nobody_in_team", "nobody_has_skill"]
    [listed] = (await office.agent.get("/routing/policies"))["items"]
    assert listed["routing_steps"][0]["skills"] == {skill["id"]: 3}
    await sent(office.supervisor, "POST", "/routing/policies", draft, 409)
    path = f"/routing/policies/{saved['policy']['id']}"
    changed = await sent(office.supervisor, "PUT", path, {**draft, "strategy": "manual"})
    assert changed["policy"]["strategy"] == "manual"
    await sent(office.supervisor, "DELETE", path, None, 204)
    await sent(office.supervisor, "PUT", path, draft, 404)


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_id": str(uuid4()), "team_id": str(uuid4())},
        {"team_id": str(uuid4())},
        {"sticky": False, "sticky_wait_s": 60},
        {"fair_limit": 0},
        {"routing_steps": [{"after_s": 60, "any_team": True}, {"after_s": 60, "any_language": True}]},
        {"routing_steps": [{"after_s": 60}]},
        {"routing_steps": [{"after_s": 60, "team_id": str(uuid4())}]},
        {"routing_steps": [{"after_s": 60, "skills": {str(uuid4()): 3}}]},
    ],
)
async def test_a_policy_that_contradicts_itself_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    await sent(
        office.supervisor, "POST", "/routing/policies", {"name": "X", "strategy": "round_robin", **wrong}, 422
    )


async def test_the_queue_says_who_can_take_what_and_why_it_waits(office: Office) -> None:
    case = await office.hear()
    queue = await office.supervisor.get("/queue")
    [waiting] = queue["waiting"]
    assert (waiting["conversation"]["id"], waiting["position"]) == (str(case), 1)
    assert waiting["because"]["code"] == "manual"
    await sent(
        office.supervisor, "POST", "/routing/policies", {"name": "All", "strategy": "round_robin"}, 201
    )
    [waiting] = (await office.supervisor.get("/queue"))["waiting"]
    assert waiting["because"] == {"code": "nobody", "values": {"passed": {"offline": 3}}}
    assert waiting["hindrances"][str(office.agent.user_id)]["code"] == "offline"
    assert [each["name"] for each in queue["agents"]] == ["Administrator", "Agent", "Supervisor"]


async def test_the_queue_goes_by_priority_then_age(office: Office) -> None:
    first, second = await office.hear(by="mara"), await office.hear(by="jo")
    await sent(office.agent, "PATCH", f"/conversations/{second}", {"priority": "urgent"})
    shown = [each["conversation"]["id"] for each in (await office.agent.get("/queue"))["waiting"]]
    assert shown == [str(second), str(first)]
