"""What the API says about acts: who may, why not, and what stands around a conversation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.support.people import Office
from tests.support.sandbox_events import BASE, dm


async def comment(office: Office, text: str = "Spam!", *, post: dict[str, Any] | None = None) -> UUID:
    office.heard += 1
    at = int(office.hark.clock().timestamp() * 1000) - BASE + office.heard
    told = dm(office.heard, text, at=at, thread="c1", partner=None, post=post or {"id": "post-1"})
    await office.post({**told, "kind": "comment"})
    async with office.hark.db.connection() as connection:
        found: UUID = await connection.fetchval("SELECT id FROM conversation WHERE thread_key = 'c1'")
    return found


ALL = ["hide", "unhide", "delete", "like", "unlike", "edit", "ban", "unban"]


async def test_a_conversation_says_what_its_reader_may_do(office: Office) -> None:
    case = await comment(office)
    for role in ("agent", "supervisor", "administrator"):
        assert (await office.people[role].get(f"/conversations/{case}"))["may"] == ALL
    given = {"agents_may_ban": False, "agents_may_delete": False}
    answer = await office.supervisor.call("PATCH", "/workspace/moderation", given)
    assert answer.status_code == 200
    kept = await office.agent.get(f"/conversations/{case}")
    assert kept["may"] == ["hide", "unhide", "like", "unlike", "edit"]
    assert (await office.supervisor.get(f"/conversations/{case}"))["may"] == ALL


@pytest.mark.parametrize("ability", ["ban", "delete"])
async def test_an_act_that_is_withheld_says_so(office: Office, ability: str) -> None:
    case = await comment(office)
    [message] = (await office.agent.get(f"/conversations/{case}/messages"))["items"]
    await office.supervisor.call("PATCH", "/workspace/moderation", {f"agents_may_{ability}": False})
    answer = await office.agent.call("POST", f"/messages/{message['id']}/actions", {"ability": ability})
    assert (answer.status_code, answer.json()["code"]) == (403, "withheld")
    assert (await office.agent.get("/workspace"))["settings"][f"agents_may_{ability}"] is False


async def test_a_key_needs_the_scope_of_moderation(office: Office) -> None:
    case = await comment(office)
    [message] = (await office.agent.get(f"/conversations/{case}/messages"))["items"]
    for scopes, allowed in (
        (["conversations:write"], False),
        (["moderation:write", "conversations:read"], True),
    ):
        made = await office.administrator.call("POST", "/api-keys", {"name": "bot", "scopes": scopes})
        bearer = {"authorization": f"Bearer {made.json()['token']}"}
        path = f"/api/v1/messages/{message['id']}/actions"
        answer = await office.http.post(path, json={"ability": "unhide"}, headers=bearer)
        assert (answer.status_code == 200) is allowed, answer.text


async def test_what_stands_around_a_comment_comes_with_it(office: Office) -> None:
    post = {"id": "post-1", "text": "Autumn sale", "url": "https://network.example/p/1"}
    detail = await office.agent.get(f"/conversations/{await comment(office, post=post)}")
    assert (detail["post"]["text"], detail["post"]["url"]) == ("Autumn sale", "https://network.example/p/1")
    assert detail["linked"] == []
    assert detail["banned"] == []
    assert detail["private_rules"]["private_window"]["seconds"] == 7 * 24 * 3600
    assert detail["private_rules"]["text"]["maximum"] == 1000
    assert detail["rules"]["text"]["maximum"] == 500
    direct = await office.agent.get(f"/conversations/{await office.hear()}")
    assert (direct["post"], direct["private_rules"]) == (None, None)


async def test_platforms_say_what_they_lack_and_why(office: Office) -> None:
    [sandbox] = [each for each in await office.agent.get("/platforms") if each["platform"] == "sandbox"]
    assert sandbox["lacking"]["hide"].startswith("Mentions stand on the page")
    assert sandbox["absent"] == {}


async def test_a_refusal_carries_the_platforms_reason(office: Office) -> None:
    office.heard += 1
    at = int(office.hark.clock().timestamp() * 1000) - BASE
    told = dm(office.heard, "@lantern", at=at, thread="mention-1", partner=None)
    await office.post({**told, "kind": "mention"})
    [case] = (await office.agent.get("/conversations", source="mention"))["items"]
    [message] = (await office.agent.get(f"/conversations/{case['id']}/messages"))["items"]
    answer = await office.agent.call("POST", f"/messages/{message['id']}/actions", {"ability": "hide"})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["ability"]) == (422, "ability_missing", "hide")
    assert problem["reason"] == problem["detail"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"template": {"name": "x", "language": "en"}, "content": "Hi"}, "invalid"),
        ({"content": "Hi", "alt_texts": {"01a20c29-0000-7000-8000-000000000001": "A cat"}}, "invalid"),
        ({"content": "Hi", "private_to": "m99"}, "invalid"),
    ],
)
async def test_a_reply_that_does_not_fit_is_refused_by_name(
    office: Office, given: dict[str, Any], code: str
) -> None:
    case = await comment(office)
    async with office.hark.db.connection() as connection:
        await connection.execute(
            "INSERT INTO account_templates VALUES ($1, $2, '[]', $3)",
            office.workspace_id,
            office.account.account_id,
            office.hark.clock(),
        )
    key = {"idempotency-key": "k"}
    answer = await office.agent.call("POST", f"/conversations/{case}/messages", given, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.json()["fields"]


async def test_the_description_of_a_picture_stays_with_it(office: Office) -> None:
    case = await office.hear()
    cookies = {"cookie": f"hark_session={office.agent.token}", "x-csrf-token": office.agent.csrf}
    uploaded = await office.http.post(
        "/api/v1/uploads", files={"file": ("a.png", PIXEL, "image/png")}, headers=cookies
    )
    picture = uploaded.json()["id"]
    given = {"attachments": [picture], "alt_texts": {picture: " A green door "}}
    key = {"idempotency-key": "k"}
    answer = await office.agent.call("POST", f"/conversations/{case}/messages", given, headers=key)
    assert answer.status_code == 201, answer.text
    [attachment] = answer.json()["messages"][0]["attachments"]
    assert attachment["alt"] == "A green door"


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763606060000000040001f61738550000000049454e44ae426082"
)
