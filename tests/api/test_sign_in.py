"""Signing in, sessions and links: what works, what does not, and what it tells those who guess."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from hark.infra.db import Database
from hark.kernel.clock import FixedClock, utc_now
from hark.workspaces import repository
from hark.workspaces.lifetime import lifetime_of
from tests.support.people import ADDRESS, PASSWORD, Office, give_password, open_office
from tests.support.program import compose


async def sign_in(office: Office, email: str, password: str, address: str = "10.0.0.1") -> httpx.Response:
    transport = httpx.ASGITransport(app=office.app, client=(address, 1234))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as http:
        return await http.post("/api/v1/session", json={"email": email, "password": password})


async def test_signing_in_gives_a_session_that_works(office: Office) -> None:
    await give_password(office.hark, office.agent)
    answer = await sign_in(office, office.agent.email.upper(), PASSWORD)
    assert answer.status_code == 200
    session = answer.json()
    assert session["user"]["email"] == office.agent.email
    assert session["workspace_id"] == str(office.workspace_id)
    assert session["role"] == "agent"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    token = answer.cookies["hark_session"]
    changed = await office.http.patch(
        "/api/v1/me",
        json={"name": "Noor"},
        headers={"cookie": f"hark_session={token}", "x-csrf-token": session["csrf_token"]},
    )
    assert changed.json()["name"] == "Noor"


async def test_the_cookie_is_secure_where_the_page_is(db: Database, tmp_path: Path) -> None:
    import msgspec

    hark = compose(db, tmp_path)
    settings = msgspec.structs.replace(hark.settings, public_url="https://hark.example")
    office = await open_office(msgspec.structs.replace(hark, settings=settings))
    await give_password(office.hark, office.agent)
    answer = await sign_in(office, office.agent.email, PASSWORD)
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]
    await office.close()


async def test_a_token_from_before_signing_in_is_not_taken_over(office: Office) -> None:
    await give_password(office.hark, office.agent)
    answer = await office.http.post(
        "/api/v1/session",
        json={"email": office.agent.email, "password": PASSWORD},
        headers={"cookie": "hark_session=chosen-by-somebody-else"},
    )
    assert answer.cookies["hark_session"] != "chosen-by-somebody-else"
    again = await office.http.get(
        "/api/v1/session", headers={"cookie": "hark_session=chosen-by-somebody-else"}
    )
    assert again.status_code == 401


@pytest.mark.parametrize("email", ["agent@lantern.example", "nobody@lantern.example", "no address"])
async def test_a_wrong_password_and_an_unknown_account_look_alike(office: Office, email: str) -> None:
    await give_password(office.hark, office.agent)
    answer = await sign_in(office, email, "a wrong password")
    assert answer.status_code == 401
    document = answer.json()
    assert document["code"] == "wrong_credentials"
    assert document["detail"] == "E-mail address or password is wrong."


async def test_the_time_of_an_answer_does_not_tell_whether_the_account_exists(office: Office) -> None:
    await give_password(office.hark, office.agent)

    async def seconds(email: str, address: str) -> float:
        began = time.perf_counter()
        await sign_in(office, email, "a wrong password", address)
        return time.perf_counter() - began

    known, unknown = [], []
    for index in range(9):
        known.append(await seconds(office.agent.email, f"10.1.0.{index}"))
        unknown.append(await seconds("nobody@lantern.example", f"10.2.0.{index}"))
    assert abs(statistics.median(known) - statistics.median(unknown)) < 0.5 * statistics.median(known)


async def test_guessing_at_one_account_stops_after_ten_tries_a_minute(office: Office) -> None:
    await give_password(office.hark, office.agent)
    answers = [await sign_in(office, office.agent.email, "guess", f"10.3.0.{index}") for index in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    assert answers[-1].headers["retry-after"] == "60"


async def test_one_address_guessing_at_many_accounts_stops_after_ten_tries_a_minute(office: Office) -> None:
    answers = [await sign_in(office, f"user{index}@lantern.example", "guess") for index in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2


async def test_parallel_guesses_do_not_slip_through_together(office: Office) -> None:
    import asyncio

    guesses = (sign_in(office, "nobody@lantern.example", "guess", f"10.4.0.{index}") for index in range(25))
    answers = await asyncio.gather(*guesses)
    assert sum(answer.status_code == 401 for answer in answers) == 10


async def test_who_signed_in_from_here_before_gets_in_while_others_guess(office: Office) -> None:
    await give_password(office.hark, office.agent)
    home = "10.5.0.1"
    assert (await sign_in(office, office.agent.email, PASSWORD, home)).status_code == 200
    for index in range(12):
        await sign_in(office, office.agent.email, "guess", f"10.6.0.{index}")
    assert (await sign_in(office, office.agent.email, PASSWORD, home)).status_code == 200


async def test_successful_sign_ins_do_not_count_as_tries(office: Office) -> None:
    await give_password(office.hark, office.agent)
    for _ in range(13):
        assert (await sign_in(office, office.agent.email, PASSWORD)).status_code == 200


async def test_after_signing_out_the_cookie_is_worth_nothing(office: Office) -> None:
    assert (await office.agent.call("DELETE", "/session")).status_code == 204
    assert (await office.agent.call("GET", "/session")).status_code == 401


async def test_a_new_password_ends_all_other_sessions(office: Office) -> None:
    await give_password(office.hark, office.agent)
    other = (await sign_in(office, office.agent.email, PASSWORD)).cookies["hark_session"]
    answer = await office.agent.call(
        "POST", "/me/password", {"current": PASSWORD, "new": "a much better one"}
    )
    assert answer.status_code == 204
    assert (await office.agent.call("GET", "/session")).status_code == 200
    again = await office.http.get("/api/v1/session", headers={"cookie": f"hark_session={other}"})
    assert again.status_code == 401
    assert (await sign_in(office, office.agent.email, PASSWORD)).status_code == 401
    assert (await sign_in(office, office.agent.email, "a much better one")).status_code == 200


@pytest.mark.parametrize("new", ["short", "aaaaaaaaaaaaaa", "agent@lantern.example"])
async def test_a_password_that_is_easy_to_guess_is_refused(office: Office, new: str) -> None:
    await give_password(office.hark, office.agent)
    answer = await office.agent.call("POST", "/me/password", {"current": PASSWORD, "new": new})
    assert answer.status_code == 422
    assert answer.json()["code"] == "weak_password"


async def test_a_disabled_user_is_out_and_cannot_come_back(office: Office) -> None:
    await give_password(office.hark, office.agent)
    async with office.hark.db.transaction() as connection:
        await connection.execute(
            "UPDATE user_account SET disabled_at = now() WHERE id = $1", office.agent.user_id
        )
    assert (await office.agent.call("GET", "/session")).status_code == 401
    assert (await sign_in(office, office.agent.email, PASSWORD)).status_code == 401


async def test_sessions_end_when_idle_and_in_any_case(db: Database, tmp_path: Path) -> None:
    clock = FixedClock(utc_now())
    office = await open_office(compose(db, tmp_path, clock=clock))
    lifetime = lifetime_of(office.hark.settings)

    async def status() -> int:
        return (await office.agent.call("GET", "/session")).status_code

    step = lifetime.idle - timedelta(minutes=1)
    clock.advance(step)
    assert await status() == 200
    clock.advance(step)
    assert await status() == 200
    clock.advance(lifetime.idle + timedelta(minutes=1))
    assert await status() == 401
    async with db.transaction() as connection:
        await repository.TOUCH_SESSION.run(connection, await _hash(office), clock())
    passed = lifetime.absolute - step - step - lifetime.idle
    clock.advance(max(passed, timedelta()))
    assert await status() == 401
    await office.close()


async def _hash(office: Office) -> bytes:
    from hark.workspaces.sessions import hash_token

    return hash_token(office.agent.token)


async def invite(office: Office, email: str = "sam@lantern.example") -> dict[str, Any]:
    answer = await office.administrator.call(
        "POST", "/members", {"email": email, "name": "Sam", "role": "agent"}
    )
    assert answer.status_code == 201, answer.text
    invited: dict[str, Any] = answer.json()
    return invited


def token_of(invited: dict[str, Any]) -> str:
    return str(invited["invite_url"]).partition("token=")[2]


async def test_an_invited_person_chooses_a_password_and_is_in(office: Office) -> None:
    token = token_of(await invite(office))
    shown = await office.http.get("/api/v1/session/token", params={"token": token})
    assert shown.json() == {"email": "sam@lantern.example", "name": "Sam", "purpose": "invite"}
    body = {"token": token, "password": "a fine password", "name": "Samira"}
    answer = await office.http.post("/api/v1/session/token", json=body)
    assert answer.status_code == 200
    assert answer.json()["user"]["name"] == "Samira"
    assert (await sign_in(office, "sam@lantern.example", "a fine password")).status_code == 200


async def test_a_link_works_once(office: Office) -> None:
    import asyncio

    token = token_of(await invite(office))
    body = {"token": token, "password": "a fine password"}
    answers = await asyncio.gather(*(office.http.post("/api/v1/session/token", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]
    assert (await office.http.get("/api/v1/session/token", params={"token": token})).status_code == 404


async def test_a_weak_password_does_not_use_the_link_up(office: Office) -> None:
    token = token_of(await invite(office))
    refused = await office.http.post("/api/v1/session/token", json={"token": token, "password": "short"})
    assert refused.status_code == 422
    answer = await office.http.post(
        "/api/v1/session/token", json={"token": token, "password": "a fine password"}
    )
    assert answer.status_code == 200


async def test_a_removed_member_can_be_invited_again(office: Office) -> None:
    invited = await invite(office)
    path = f"/members/{invited['member']['user_id']}"
    assert (await office.administrator.call("DELETE", path)).status_code == 204
    assert (await office.administrator.call("DELETE", path)).status_code == 404
    await invite(office)


async def test_the_last_administrator_stays(office: Office) -> None:
    path = f"/members/{office.administrator.user_id}"
    answer = await office.administrator.call("PATCH", path, {"role": "agent"})
    assert answer.json()["code"] == "last_administrator"
    assert (await office.administrator.call("DELETE", path)).status_code == 422


async def test_no_token_lies_in_the_database(office: Office) -> None:
    invited = await invite(office)
    key = await office.administrator.call(
        "POST", "/api-keys", {"name": "k", "scopes": ["live"]}, headers={"idempotency-key": "one"}
    )
    marks = [office.agent.token, token_of(invited), key.json()["token"]]
    async with office.hark.db.connection() as connection:
        tables = [
            row[0]
            for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        stored = [
            str(row[0])
            for table in tables
            for row in await connection.fetch(f"SELECT t::text FROM {table} t")
        ]
    assert len(stored) > 10
    for mark in marks:
        hexed = mark.encode().hex()
        assert not [row for row in stored if mark in row or hexed in row]
