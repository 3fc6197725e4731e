"""Transfer, escalation, bot and person, language and skills of a conversation."""

from __future__ import annotations

from typing import Any

from hark.flows.languages import detect_pending
from tests.support.people import Office, Person


async def sent(person: Person, method: str, path: str, body: Any, status: int = 200) -> Any:
    answer = await person.call(method, path, body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def thread(office: Office, case: Any) -> list[tuple[str, str]]:
    messages = (await office.agent.get(f"/conversations/{case}/messages"))["items"]
    return [(each["kind"], each["content"] or each["content_type"]) for each in messages]


async def test_a_transfer_takes_it_from_whoever_has_it_and_leaves_the_note(office: Office) -> None:
    team = await sent(office.supervisor, "POST", "/teams", {"name": "Berlin"}, 201)
    case = await office.hear()
    await sent(office.agent, "PATCH", f"/conversations/{case}", {"assigned_to": str(office.agent.user_id)})
    body = {"team_id": team["id"], "note": "Needs a refund"}
    moved = await sent(office.agent, "POST", f"/conversations/{case}/transfer", body)
    assert (moved["team_id"], moved["assigned_to"], moved["status"]) == (team["id"], None, "open")
    assert (await thread(office, case))[-2:] == [("activity", "transferred"), ("note", "Needs a refund")]
    log = (await office.agent.get(f"/conversations/{case}/assignments"))["items"]
    assert (log[-1]["agent_id"], log[-1]["before_id"]) == (None, str(office.agent.user_id))


async def test_a_transfer_goes_to_the_end_of_its_priority(office: Office) -> None:
    first, second = await office.hear(by="mara"), await office.hear(by="jo")
    await sent(office.agent, "POST", f"/conversations/{first}/transfer", {"team_id": None})
    shown = [each["conversation"]["id"] for each in (await office.agent.get("/queue"))["waiting"]]
    assert shown == [str(second), str(first)]


async def test_where_a_note_is_needed_a_transfer_without_one_is_refused(office: Office) -> None:
    case = await office.hear()
    settings = {"settings": {"transfer_note": "required"}}
    await sent(office.administrator, "PATCH", "/workspace", settings)
    refused = await sent(
        office.agent, "POST", f"/conversations/{case}/transfer", {"team_id": None, "note": "  "}, 422
    )
    assert refused["code"] == "note_required"
    await sent(office.agent, "POST", f"/conversations/{case}/transfer", {"team_id": None, "note": "Please"})


async def test_escalating_raises_by_a_step_and_never_lowers(office: Office) -> None:
    case = await office.hear()
    path = f"/conversations/{case}/escalate"
    assert (await sent(office.agent, "POST", path, {}))["priority"] == "high"
    await sent(office.agent, "POST", path, {"priority": "low"}, 422)
    assert (await sent(office.agent, "POST", path, {"priority": "urgent"}))["priority"] == "urgent"
    assert (await sent(office.agent, "POST", path, {}, 409))["code"] == "already_urgent"


async def test_what_a_bot_has_waits_for_nobody_until_it_is_handed_over(office: Office) -> None:
    case = await office.hear()
    path = f"/conversations/{case}/hand-over"
    assert (await sent(office.agent, "POST", path, {"to": "bot"}))["bot_owned"]
    assert (await office.agent.get("/queue"))["waiting"] == []
    assert not (await sent(office.agent, "POST", path, {"to": "people", "note": "Wants a person"}))[
        "bot_owned"
    ]
    assert [each["conversation"]["id"] for each in (await office.agent.get("/queue"))["waiting"]] == [
        str(case)
    ]
    assert (await sent(office.agent, "POST", path, {"to": "people"}, 409))["code"] == "already_there"


async def test_a_case_that_is_done_is_not_handed_on(office: Office) -> None:
    case = await office.hear()
    await sent(office.agent, "PATCH", f"/conversations/{case}", {"status": "resolved"})
    for name, body in (("transfer", {"team_id": None}), ("escalate", {}), ("hand-over", {"to": "bot"})):
        assert (await sent(office.agent, "POST", f"/conversations/{case}/{name}", body, 409))[
            "code"
        ] == "case_done"


async def test_the_language_is_detected_and_a_person_has_the_last_word(office: Office) -> None:
    case = await office.hear("Guten Tag, ich habe noch keine Rechnung bekommen")
    assert await detect_pending(office.hark) == 1
    shown = (await office.agent.get(f"/conversations/{case}"))["conversation"]
    assert (shown["language"], shown["language_by"]) == ("de", "detected")
    await sent(office.agent, "PUT", f"/conversations/{case}/language", {"language": "nl"})
    await office.hear("Und ich warte immer noch auf die Rechnung für meine Bestellung")
    assert await detect_pending(office.hark) == 0
    shown = (await office.agent.get(f"/conversations/{case}"))["conversation"]
    assert (shown["language"], shown["language_by"]) == ("nl", "person")


async def test_a_short_beginning_is_unknown_until_there_is_more(office: Office) -> None:
    case = await office.hear("Hi 👋")
    assert await detect_pending(office.hark) == 1
    assert (await office.agent.get(f"/conversations/{case}"))["conversation"]["language"] is None
    assert await detect_pending(office.hark) == 0
    await office.hear("Où est mon colis, je l'attends depuis une semaine")
    await detect_pending(office.hark)
    assert (await office.agent.get(f"/conversations/{case}"))["conversation"]["language"] == "fr"


async def test_skills_that_do_not_exist_cannot_be_asked_for(office: Office) -> None:
    case = await office.hear()
    skill = await sent(office.supervisor, "POST", "/skills", {"name": "Returns"}, 201)
    path = f"/conversations/{case}/skills"
    assert (await sent(office.agent, "PUT", path, {"required_skills": {skill["id"]: 3}}))[
        "required_skills"
    ] == {skill["id"]: 3}
    await sent(office.agent, "PUT", path, {"required_skills": {"nonsense": 3}}, 422)
    assert (await office.supervisor.call("DELETE", f"/skills/{skill['id']}")).status_code == 204
    assert (await office.agent.get(f"/conversations/{case}"))["conversation"]["required_skills"] == {}
