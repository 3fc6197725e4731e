"""The dry run of a policy over the API."""

from __future__ import annotations

from tests.support.people import Office

DRAFT = {"name": "Fair", "strategy": "round_robin"}


async def test_a_supervisor_tries_a_policy_out_before_saving_it(office: Office) -> None:
    await office.hear("Hello?")
    answer = await office.supervisor.call("POST", "/routing/policies/dry-run", {"policy": DRAFT, "days": 3})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["whole"] is True
    assert told["would"]["conversations"] == told["happened"]["conversations"] == 1
    assert told["would"]["given"] == 0, "nobody was seen online"
    assert (await office.supervisor.get("/routing/policies"))["items"] == []


async def test_agents_may_not_and_contradictions_are_told(office: Office) -> None:
    assert (
        await office.agent.call("POST", "/routing/policies/dry-run", {"policy": DRAFT})
    ).status_code == 403
    wrong = DRAFT | {"sticky": False, "sticky_wait_s": 60}
    answer = await office.supervisor.call("POST", "/routing/policies/dry-run", {"policy": wrong})
    assert answer.status_code == 422
    assert answer.json()["fields"] == {"sticky_wait_s": "needs sticky"}
