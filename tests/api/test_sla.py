"""Calendars, SLA policies and clocks over the API: who may, what is refused and why, what is told before saving and after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from hark.flows.rollout import apply_saved
from hark.flows.ticking import tick_due
from hark.kernel.clock import FixedClock, utc_now
from tests.support.deadlines import apply_all
from tests.support.people import Office, Person, open_office

DAYS = ("mon", "tue", "wed", "thu", "fri")


def office_hours(**changes: Any) -> dict[str, Any]:
    openings = [{"day": day, "open": "09:00", "close": "17:00"} for day in DAYS]
    return {"zone": "Europe/Berlin", "openings": openings, **changes}


def policy(name: str = "All", first: int = 60, **changes: Any) -> dict[str, Any]:
    return {"name": name, "targets": [{"first_response": first}], **changes}


async def made(person: Person, path: str, body: dict[str, Any]) -> Any:
    answer = await person.call("POST", path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def calendar(office: Office, **changes: Any) -> Any:
    return await made(office.supervisor, "/calendars", {"name": "Office", "spec": office_hours(**changes)})


async def refused(person: Person, method: str, path: str, body: Any, status: int = 422) -> dict[str, str]:
    answer = await person.call(method, path, body)
    assert answer.status_code == status, answer.text
    found: dict[str, str] = answer.json().get("fields", {})
    return found


async def test_a_calendar_is_made_changed_and_removed(office: Office) -> None:
    saved = await calendar(office)
    assert (saved["version"], saved["policies"], saved["warnings"]) == (1, [], [])
    path = f"/calendars/{saved['id']}"
    answer = await office.supervisor.call("PUT", path, {"name": "Berlin", "spec": office_hours()})
    assert (answer.json()["name"], answer.json()["version"]) == ("Berlin", 1)
    answer = await office.supervisor.call("PUT", path, {"name": "Berlin", "spec": office_hours(zone="UTC")})
    assert (answer.json()["spec"]["zone"], answer.json()["version"]) == ("UTC", 2)
    assert [each["name"] for each in (await office.agent.get("/calendars"))["items"]] == ["Berlin"]
    assert (await office.supervisor.call("DELETE", path)).status_code == 204
    assert (await office.agent.call("GET", path)).status_code == 404
    await calendar(office)  # the name is free again


async def test_a_calendar_that_policies_count_by_stays(office: Office) -> None:
    saved = await calendar(office)
    await made(office.supervisor, "/sla-policies", policy(calendar_id=saved["id"]))
    answer = await office.supervisor.call("DELETE", f"/calendars/{saved['id']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "calendar_in_use")
    assert "All" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"zone": "Europe/Lantern"}, "spec.zone"),
        ({"zone": "../../etc/passwd"}, "spec.zone"),
        ({"openings": []}, "spec.openings"),
        ({"openings": [{"day": "mon", "open": "25:00", "close": "26:00"}]}, "spec.openings[0].open"),
        ({"openings": [{"day": "mon", "open": "9", "close": "17:00"}]}, "spec.openings[0].open"),
        (
            {
                "openings": [
                    {"day": "mon", "open": "09:00", "close": "17:00"},
                    {"day": "mon", "open": "16:00", "close": "18:00"},
                ]
            },
            "spec.openings[1]",
        ),
        ({"public_holidays": [{"country": "XX"}]}, "spec.public_holidays[0].country"),
        (
            {"public_holidays": [{"country": "DE", "subdivision": "ZZ"}]},
            "spec.public_holidays[0].subdivision",
        ),
    ],
)
async def test_a_wrong_calendar_is_refused_by_the_name_of_the_field(
    office: Office, changes: dict[str, Any], field: str
) -> None:
    body = {"name": "Wrong", "spec": office_hours(**changes)}
    assert any(
        name.startswith(field) for name in await refused(office.supervisor, "POST", "/calendars", body)
    )
    assert (await office.agent.get("/calendars"))["items"] == []


async def test_a_calendar_whose_every_opening_is_closed_again_is_refused(office: Office) -> None:
    closed = {
        "openings": [],
        "exceptions": [{"date": "2020-01-01", "openings": [{"open": "09:00", "close": "10:00"}]}],
    }
    fields = await refused(
        office.supervisor, "POST", "/calendars", {"name": "Never", "spec": office_hours(**closed)}
    )
    assert "spec.openings" in fields


async def test_the_next_two_weeks_of_a_calendar_are_shown_before_it_is_saved(office: Office) -> None:
    today = utc_now().date()
    spec = {
        "zone": "UTC",
        "openings": [{"day": day, "open": "22:00", "close": "06:00"} for day in (*DAYS, "sat", "sun")],
        "own_holidays": [{"date": str(today + timedelta(days=3)), "name": "Moving house"}],
        "exceptions": [
            {
                "date": str(today + timedelta(days=5)),
                "name": "Fair",
                "openings": [{"open": "10:00", "close": "11:30"}],
            }
        ],
    }
    strip = await _preview(office.agent, spec)
    days = {day["date"]: day for day in strip["days"]}
    assert len(days) == 14
    assert [len(day["openings"]) for day in strip["days"][1:3]] == [2, 2]
    moving = days[str(today + timedelta(days=3))]
    assert (moving["holiday"], moving["openings"]) == ("Moving house", [])
    fair = days[str(today + timedelta(days=5))]
    assert fair["exception"] == "Fair"
    assert {"start": f"{fair['date']}T10:00:00Z", "end": f"{fair['date']}T11:30:00Z"} in fair["openings"]
    assert strip["open_now"] == (strip["opens_at"] <= utc_now().isoformat())


async def _preview(person: Person, spec: dict[str, Any]) -> Any:
    answer = await person.call("POST", "/calendars/preview", {"spec": spec})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_public_holidays_are_listed_by_country_and_part(office: Office) -> None:
    countries = await office.agent.get("/holidays/countries")
    germany = next(each for each in countries if each["code"] == "DE")
    assert "BY" in {each["code"] for each in germany["subdivisions"]}
    bavaria = await office.agent.get("/holidays", country="DE", subdivision="BY", year=2026)
    berlin = await office.agent.get("/holidays", country="DE", subdivision="BE", year=2026)
    assert {"2026-01-06"} <= {each["date"] for each in bavaria} - {each["date"] for each in berlin}
    answer = await office.agent.call("GET", "/holidays", country="XX", year=2026)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["country"])


async def _import(person: Person, content: bytes) -> httpx.Response:
    return await person.http.post(
        "/api/v1/calendars/import",
        files={"file": ("holidays.ics", content, "text/calendar")},
        headers={"cookie": f"hark_session={person.token}", "x-csrf-token": person.csrf},
    )


async def test_holidays_are_read_from_a_calendar_file_and_not_saved(office: Office) -> None:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//lantern//EN",
        "BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z", "DTSTART;VALUE=DATE:20261224", "SUMMARY:Lantern night", "END:VEVENT",
        "BEGIN:VEVENT", "UID:2", "DTSTAMP:20260101T000000Z", "DTSTART:20261225T100000Z", "SUMMARY:Brunch", "END:VEVENT",
        "END:VCALENDAR", "",
    ]  # fmt: skip
    answer = await _import(office.supervisor, "\r\n".join(lines).encode())
    assert answer.status_code == 200, answer.text
    assert [each["name"] for each in answer.json()["holidays"]] == ["Lantern night"]
    assert len(answer.json()["skipped"]) == 1
    assert (await _import(office.supervisor, b"not a calendar")).status_code == 422
    assert (await _import(office.agent, b"")).status_code == 403


async def test_a_policy_is_made_changed_ordered_and_removed(office: Office) -> None:
    first = await made(office.supervisor, "/sla-policies", policy("First", match="any"))
    second = await made(office.supervisor, "/sla-policies", policy("Second", conditions=[]))
    assert [first["position"], second["position"]] == [0, 1]
    assert [each["code"] for each in second["warnings"]] == ["shadowed"]
    body = policy("Vips", 15, conditions=[{"field": "vip", "operator": "is", "values": ["true"]}])
    answer = await office.supervisor.call("PUT", f"/sla-policies/{second['id']}", body)
    assert (answer.json()["name"], answer.json()["version"]) == ("Vips", 2)
    answer = await office.supervisor.call("PUT", "/sla-policies/order", {"ids": [second["id"], first["id"]]})
    assert [each["name"] for each in answer.json()["items"]] == ["Vips", "First"]
    assert list(await refused(office.supervisor, "PUT", "/sla-policies/order", {"ids": [first["id"]]})) == [
        "ids"
    ]
    assert (await office.supervisor.call("DELETE", f"/sla-policies/{first['id']}")).status_code == 204
    assert [each["name"] for each in (await office.agent.get("/sla-policies"))["items"]] == ["Vips"]
    audit = await office.administrator.get("/audit")
    acts = [each["action"] for each in audit["items"] if each["action"].startswith("sla_policy")]
    assert sorted(acts) == sorted(
        [
            "sla_policy.created",
            "sla_policy.created",
            "sla_policy.changed",
            "sla_policy.ordered",
            "sla_policy.removed",
        ]
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "   "}, "name"),
        ({"targets": []}, "targets"),
        ({"targets": [{"first_response": 0}]}, "targets[0].first_response"),
        ({"targets": [{"priority": "urgent"}]}, "targets[0]"),
        ({"targets": [{"first_response": 5}, {"first_response": 6}]}, "targets[1]"),
        ({"warn_at_percent": 0}, "warn_at_percent"),
        ({"pause_statuses": ["open"]}, "pause_statuses"),
        ({"calendar_id": str(uuid4())}, "calendar_id"),
        (
            {"conditions": [{"field": "priority", "operator": "is", "values": ["huge"]}]},
            "conditions[0].values",
        ),
        ({"conditions": [{"field": "moon", "operator": "is", "values": ["full"]}]}, ""),
    ],
)
async def test_a_wrong_policy_is_refused_by_the_name_of_the_field(
    office: Office, changes: dict[str, Any], field: str
) -> None:
    fields = await refused(office.supervisor, "POST", "/sla-policies", {**policy(), **changes})
    assert any(name.startswith(field) for name in fields), fields
    assert (await office.agent.get("/sla-policies"))["items"] == []


async def test_targets_that_take_long_by_their_calendar_are_named(office: Office) -> None:
    saved = await calendar(office, openings=[{"day": "mon", "open": "09:00", "close": "09:30"}])
    targets = [{"first_response": 45, "resolution": 2000}]
    made_one = await made(
        office.supervisor, "/sla-policies", policy(calendar_id=saved["id"], targets=targets)
    )
    found = {each["field"]: each["code"] for each in made_one["warnings"]}
    assert found["targets[0].first_response"] == "longer_than_opening"
    assert found["targets[0].resolution"] == "takes_long"


async def test_a_target_that_its_calendar_never_reaches_is_refused(office: Office) -> None:
    soon = utc_now().date() + timedelta(days=2)
    saved = await calendar(
        office,
        openings=[],
        exceptions=[{"date": str(soon), "openings": [{"open": "09:00", "close": "17:00"}]}],
    )
    body = policy(calendar_id=saved["id"], first=10_000)
    answer = await office.supervisor.call("POST", "/sla-policies", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "unreachable_target")
    assert list(answer.json()["fields"]) == ["targets[0].first_response"]


async def test_names_are_unique_among_what_is_there(office: Office) -> None:
    await made(office.supervisor, "/sla-policies", policy())
    assert list(await refused(office.supervisor, "POST", "/sla-policies", policy("ALL"), 409)) == ["name"]


async def preview(office: Office, **asked: Any) -> Any:
    answer = await office.supervisor.call("POST", "/sla-policies/preview", asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_a_change_would_do_is_told_before_it_is_saved_and_then_happens(office: Office) -> None:
    clock = FixedClock(utc_now())
    office = await _at(office, clock)
    cases = [await office.hear(by=name) for name in ("mara", "jonas", "ilse")]
    await office.agent.call("PATCH", f"/conversations/{cases[0]}", {"priority": "urgent"})
    clock.advance(timedelta(minutes=30))
    draft = policy(first=60)
    told = await preview(office, policy=draft)
    assert (told["open"], told["changed"], told["gained"], told["newly_late"]) == (3, 3, 3, 0)
    saved = await made(office.supervisor, "/sla-policies", draft)
    await apply_all(office.hark)
    assert (await preview(office, policy=draft, policy_id=saved["id"]))["changed"] == 0
    edited = policy(targets=[{"first_response": 60}, {"priority": "urgent", "first_response": 20}])
    told = await preview(office, policy=edited, policy_id=saved["id"])
    assert (told["changed"], told["newly_late"], told["late_before"]) == (1, 1, 0)
    assert [each["id"] for each in told["examples"]] == [str(cases[0])]
    await office.supervisor.call("PUT", f"/sla-policies/{saved['id']}", edited)
    await apply_all(office.hark)
    urgent = await office.agent.get(f"/conversations/{cases[0]}/clocks")
    assert [(each["kind"], each["state"]) for each in urgent["clocks"]] == [("first_response", "breached")]
    assert urgent["targets"]["first_response"] == 20
    told = await preview(office, policy_id=saved["id"], remove=True)
    assert (told["lost"], told["late_before"]) == (3, 1)
    assert [(each["before"], each["after"]) for each in told["policies"]] == [(3, 0), (0, 3)]


async def test_other_hours_are_previewed_and_applied_with_progress(office: Office) -> None:
    clock = FixedClock(utc_now().replace(hour=11, minute=0))
    office = await _at(office, clock)
    around = [{"day": day, "open": "00:00", "close": "24:00"} for day in (*DAYS, "sat", "sun")]
    saved = await calendar(office, zone="UTC", openings=around)
    assert [each["code"] for each in saved["warnings"]] == ["always_open"]
    await made(office.supervisor, "/sla-policies", policy(first=60, calendar_id=saved["id"]))
    await apply_all(office.hark)
    for name in ("mara", "jonas"):
        await office.hear(by=name)
    clock.advance(timedelta(minutes=30))
    evenings = [{**each, "open": "18:00", "close": "20:00"} for each in around]
    spec = {"zone": "UTC", "openings": evenings}
    told = await preview(office, calendar_id=saved["id"], calendar=spec)
    assert (told["changed"], told["newly_late"]) == (2, 0)
    await office.supervisor.call("PUT", f"/calendars/{saved['id']}", {"name": "Evenings", "spec": spec})
    progress = await office.agent.get("/sla-policies/progress")
    assert (progress["total"], progress["done"], progress["finished_at"]) == (2, 0, None)
    assert await apply_saved(office.hark, 1) == 1
    assert (await office.agent.get("/sla-policies/progress"))["done"] == 1
    await apply_all(office.hark)
    progress = await office.agent.get("/sla-policies/progress")
    assert (progress["done"], progress["changed"]) == (2, 2)
    assert progress["finished_at"]
    listed = (await office.agent.get("/conversations", status="open", sort="answer_by"))["items"]
    assert {each["answer_by"][11:16] for each in listed} == {"19:00"}


async def test_the_list_is_sorted_by_when_to_answer_page_by_page(office: Office) -> None:
    urgent = {"field": "priority", "operator": "is", "values": ["urgent"]}
    await made(office.supervisor, "/sla-policies", policy("Urgent", 10, conditions=[urgent]))
    low = {"field": "priority", "operator": "is_not", "values": ["low"]}
    await made(office.supervisor, "/sla-policies", policy("Rest", 60, conditions=[low]))
    cases = {name: await office.hear(by=name) for name in ("mara", "jonas", "ilse", "omar")}
    await office.agent.call("PATCH", f"/conversations/{cases['ilse']}", {"priority": "urgent"})
    await office.agent.call("PATCH", f"/conversations/{cases['mara']}", {"priority": "low"})
    found, after = [], None
    while True:
        page = await office.agent.get("/conversations", sort="answer_by", limit=1, after=after)
        found += [each["customer_name"] for each in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert found == ["Ilse", "Jonas", "Omar", "Mara"]
    both = await office.agent.get("/conversations", sort="answer_by", status="open,pending")
    assert [each["customer_name"] for each in both["items"]] == found
    reason = both["items"][0]["answer_by_reason"]
    assert (reason["kind"], reason["clock"], reason["policy_name"]) == ("sla", "first_response", "Urgent")


async def test_why_a_policy_applies_is_told_with_the_clocks(office: Office) -> None:
    urgent = {"field": "priority", "operator": "is", "values": ["urgent"]}
    first = await made(office.supervisor, "/sla-policies", policy("Urgent", 10, conditions=[urgent]))
    await made(office.supervisor, "/sla-policies", policy("Rest"))
    case = await office.hear()
    told = await office.agent.get(f"/conversations/{case}/clocks")
    assert told["policy"]["name"] == "Rest"
    assert told["tried"][0] == {"policy_id": first["id"], "name": "Urgent", "matched": False, "failed": [0]}
    assert [each["policy_name"] for each in told["clocks"]] == ["Rest"]
    await tick_due(office.hark)


async def test_agents_read_and_supervisors_change(office: Office) -> None:
    saved = await calendar(office)
    one = await made(office.supervisor, "/sla-policies", policy())
    for method, path, body in (
        ("POST", "/calendars", {"name": "Mine", "spec": office_hours()}),
        ("PUT", f"/calendars/{saved['id']}", {"name": "Mine", "spec": office_hours()}),
        ("DELETE", f"/calendars/{saved['id']}", None),
        ("POST", "/sla-policies", policy("Mine")),
        ("PUT", f"/sla-policies/{one['id']}", policy("Mine")),
        ("DELETE", f"/sla-policies/{one['id']}", None),
        ("PUT", "/sla-policies/order", {"ids": [one["id"]]}),
        ("POST", "/sla-policies/preview", {}),
    ):
        assert (await office.agent.call(method, path, body)).status_code == 403, path
    assert (await office.agent.get(f"/sla-policies/{one['id']}"))["name"] == "All"


async def test_nobody_reaches_what_another_workspace_has(office: Office) -> None:
    saved, case = await calendar(office), await office.hear()
    one = await made(office.supervisor, "/sla-policies", policy())
    other = await open_office(office.hark, "Harbour Books", "-2")
    theirs = other.administrator
    for method, path, body in (
        ("GET", f"/calendars/{saved['id']}", None),
        ("PUT", f"/calendars/{saved['id']}", {"name": "Ours", "spec": office_hours()}),
        ("DELETE", f"/calendars/{saved['id']}", None),
        ("GET", f"/sla-policies/{one['id']}", None),
        ("PUT", f"/sla-policies/{one['id']}", policy("Ours")),
        ("DELETE", f"/sla-policies/{one['id']}", None),
        ("GET", f"/conversations/{case}/clocks", None),
        ("POST", "/sla-policies/preview", {"policy_id": one["id"], "remove": True}),
        ("POST", "/sla-policies/preview", {"calendar_id": saved["id"], "calendar": office_hours()}),
    ):
        assert (await theirs.call(method, path, body)).status_code == 404, path
    assert list(await refused(theirs, "POST", "/sla-policies", policy(calendar_id=saved["id"]))) == [
        "calendar_id"
    ]
    assert list(await refused(theirs, "PUT", "/sla-policies/order", {"ids": [one["id"]]})) == ["ids"]
    assert (await theirs.get("/sla-policies"))["items"] == []
    assert (await office.agent.get(f"/sla-policies/{one['id']}"))["name"] == "All"
    await other.close()


async def _at(office: Office, clock: FixedClock) -> Office:
    """Another office, in which the clock stands."""

    return await open_office(msgspec.structs.replace(office.hark, clock=clock), "Lantern Clocks", "-3")


async def test_escalating_moves_the_clocks_in_the_same_step(office: Office) -> None:
    clock = FixedClock(utc_now())
    office = await _at(office, clock)
    targets = [{"first_response": 60}, {"priority": "high", "first_response": 20}]
    await made(office.supervisor, "/sla-policies", policy(targets=targets))
    case = await office.hear()
    before = await office.agent.get(f"/conversations/{case}/clocks")
    answer = await office.agent.call("POST", f"/conversations/{case}/escalate", {})
    assert answer.status_code == 200, answer.text
    after = await office.agent.get(f"/conversations/{case}/clocks")
    assert (before["targets"]["first_response"], after["targets"]["first_response"]) == (60, 20)
    assert after["clocks"][0]["due_at"] < before["clocks"][0]["due_at"]
    assert answer.json()["answer_by"] == after["clocks"][0]["due_at"]
