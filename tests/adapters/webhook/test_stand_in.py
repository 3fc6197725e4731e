"""The whole program with a system that speaks the webhook channel: over HTTP, both directions signed."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from hark.adapters.webhook import ADAPTER
from hark.adapters.webhook.signature import HEADER, signed
from hark.channels.accounts.loading import load_account
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Rejected,
    Source,
)
from hark.channels.testing import Reply, ScriptedHttp
from hark.flows.connect import check_account
from hark.flows.media import fetch_due
from hark.infra.db import Database
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret
from hark.standins.kit import Fault, WebhookFaults
from hark.standins.webhook import WebhookStandIn
from tests.adapters.webhook.cases import ACCOUNT, OK, body, outbound
from tests.platforms.stage import Stage, stages
from tests.support.waiting import until


@pytest.fixture
async def stage(db: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stages(db, tmp_path, "webhook") as (opened,):
        yield opened


def shop(stage: Stage) -> WebhookStandIn:
    assert isinstance(stage.standin, WebhookStandIn)
    return stage.standin


async def rows(stage: Stage, query: str) -> list[Any]:
    """All rows, once nothing more is on the way."""

    async def quiet() -> bool:
        await stage.take_in()
        return shop(stage).notifier.idle

    await until(quiet, within=10, every=0.02)
    await stage.take_in()
    return [tuple(row) for row in await stage.db.pool.fetch(query)]


SHOWN = 'SELECT content, content_type, hidden, deleted_at IS NOT NULL FROM message ORDER BY "timestamp", id'


async def test_everything_that_the_schema_knows_arrives(stage: Stage) -> None:
    events = [
        event
        for name in ("comment", "edited", "hidden", "review", "edited_stars", "dm", "receipt_of_a_thread")
        for event in msgspec.json.decode(body(name))["events"]
    ]
    shop(stage).push(*events)
    shop(stage).push({"type": "deletion", "target": "m-1", "at": "2026-11-24T12:01:00Z"})
    found = {row[0]: row[1:] for row in await rows(stage, SHOWN)}
    assert found == {
        "": ("text", False, True),
        "Is it dimmable, and warm?": ("text", True, False),
        "Good lamp": ("review", False, False),
    }
    stars = await rows(stage, "SELECT metadata ->> 'rating' FROM message WHERE content = 'Good lamp'")
    assert stars == [("5",)]


async def test_a_file_inside_a_message_is_stored(stage: Stage) -> None:
    content = base64.b64encode(b"hello from inside").decode()
    (event,) = msgspec.json.decode(body("dm"))["events"]
    file = {"kind": "file", "name": "note.txt", "mime_type": "text/plain", "content": content}
    shop(stage).push({**event, "attachments": [file]})
    await rows(stage, SHOWN)
    await fetch_due(stage.hark)
    assert await rows(stage, "SELECT state, size, name FROM attachment") == [("stored", 17, "note.txt")]


async def test_an_answer_is_taken_once_however_often_its_answer_is_lost(stage: Stage) -> None:
    await stage.write()
    await stage.see(1)
    shop(stage).faults.rules.append(Fault("cut_after", on="POST", times=1))
    await stage.answer(1)
    assert set((await stage.settled()).values()) == {"sent"}
    assert len(shop(stage).taken) == 1


async def test_an_answer_that_never_arrived_is_sent_again_because_the_system_says_so(stage: Stage) -> None:
    await stage.write()
    await stage.see(1)
    shop(stage).faults.rules.append(Fault("cut", on="POST", times=1))
    await stage.answer(1)
    assert set((await stage.settled(done=("sent",))).values()) == {"sent"}
    assert len(shop(stage).taken) == 1


async def test_a_renamed_person_has_the_new_name(stage: Stage) -> None:
    await stage.write()
    await stage.see(1)
    shop(stage).push({"type": "person", "person": {"id": "1", "name": "Ida Lund-Holm"}})
    assert await rows(stage, "SELECT name FROM customer") == [("Ida Lund-Holm",)]


async def test_an_event_outside_the_schema_is_put_aside_with_the_reason(stage: Stage) -> None:
    (event,) = msgspec.json.decode(body("review"))["events"]
    shop(stage).push({**event, "rating": 11})
    ((reason, detail),) = await rows(
        stage, "SELECT reason, detail FROM raw_event WHERE state = 'quarantined'"
    )
    assert reason == "unrecognized"
    assert "$.rating" in detail


async def post(stage: Stage, content: bytes, header: str) -> int:
    assert shop(stage).url is not None
    async with httpx.AsyncClient() as client:
        headers = {"content-type": "application/json", HEADER: header}
        return (await client.post(shop(stage).url or "", content=content, headers=headers)).status_code


async def test_only_what_was_signed_within_five_minutes_is_taken(stage: Stage) -> None:
    now, secret, content = int(utc_now().timestamp()), shop(stage).secret, body("dm")
    assert await post(stage, content, signed(content, now - 290, secret)) == 200
    for seconds in (now - 310, now + 310, 0):
        assert await post(stage, content, signed(content, seconds, secret)) == 401
    assert await post(stage, content + b" ", signed(content, now, secret)) == 401
    assert await post(stage, content, signed(content, now, "another")) == 401
    moved = signed(content, now - 310, secret).replace(f"t={now - 310}", f"t={now}")
    assert await post(stage, content, moved) == 401


async def test_copies_and_mixed_order_end_as_one_of_each(stage: Stage) -> None:
    shop(stage).faults.webhook = WebhookFaults(copies=3, shuffle=5)
    await stage.write(4)
    assert set((await stage.see(4)).values()) == {1}


async def test_a_secret_that_hark_made_is_handed_over_once_and_works(stage: Stage) -> None:
    async with stage.db.connection() as connection:
        account = await load_account(connection, stage.hark.secrets, stage.account_id)
    http = stage.hark.http_for(ADAPTER, account)
    values = {"channel": "Another", "base_url": account.fields["base_url"]}
    connected = await ADAPTER.connect(values, "https://hark.example/hook", http)
    assert connected.generated["signing_secret"].reveal() == shop(stage).secret
    assert len(shop(stage).secret) > 30


async def test_a_connection_is_checked_by_a_signed_ping(stage: Stage) -> None:
    assert (await check_account(stage.hark, stage.actor.workspace_id, stage.account_id)).ok
    shop(stage).secret = "changed on the other side only"
    found = await check_account(stage.hark, stage.actor.workspace_id, stage.account_id)
    assert [line.ok for line in found.checks] == [False]


def with_fields(**fields: str) -> Account:
    return msgspec.structs.replace(ACCOUNT, fields={**ACCOUNT.fields, **fields})


async def test_an_account_can_do_what_was_chosen_when_it_was_connected_and_no_more() -> None:
    account = with_fields(abilities="reply, Hide")
    assert ADAPTER.perform is not None
    await ADAPTER.perform(Action(Ability.HIDE, "t", target="k-1"), account, ScriptedHttp(Reply(204)))
    for ability in (Ability.DELETE, Ability.TYPING, Ability.TEMPLATE):
        with pytest.raises(Rejected):
            await ADAPTER.perform(Action(ability, "t", target="k-1"), account, ScriptedHttp())
    await ADAPTER.send(outbound(), account, ScriptedHttp(OK))
    for refused in (outbound(quoted="m-1"), outbound(Source.COMMENT, private_to="k-1")):
        with pytest.raises(Rejected):
            await ADAPTER.send(refused, account, ScriptedHttp())


async def test_both_secrets_sign_while_one_changes() -> None:
    secrets = {"signing_secret": Secret("new-" * 8), "signing_secret.previous": Secret("old-" * 8)}
    http = ScriptedHttp(OK)
    await ADAPTER.send(outbound(), msgspec.structs.replace(ACCOUNT, secrets=secrets), http)
    header, content = http.calls[0].headers[HEADER], http.calls[0].content
    seconds = int(header.split(",")[0][2:])
    assert header == signed(content, seconds, "new-" * 8, "old-" * 8)


async def test_an_action_that_is_repeated_has_the_same_id_and_another_has_another() -> None:
    http = ScriptedHttp(Reply(204), Reply(204), Reply(204))
    for target in ("k-1", "k-1", "k-2"):
        await ADAPTER.perform(Action(Ability.HIDE, "t", target=target), ACCOUNT, http)  # type: ignore[misc]
    first, again, other = (msgspec.json.decode(call.content)["id"] for call in http.calls)
    assert first == again != other
    assert UUID(first)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"channel": " "}, "missing_field"),
        ({"base_url": "ftp://shop.example"}, "bad_address"),
        ({"base_url": "https://shop.example/?x=1"}, "bad_address"),
        ({"base_url": "https://a:b@shop.example/"}, "bad_address"),
        ({"signing_secret": "short"}, "weak_secret"),
        ({"abilities": "reply, teleport"}, "unknown_ability"),
    ],
)
async def test_values_that_do_not_fit_are_rejected_before_anything_is_called(
    values: dict[str, str], code: str
) -> None:
    given = {"channel": "Shop", "base_url": "https://shop.example/hark", **values}
    with pytest.raises(Rejected) as caught:
        await ADAPTER.connect(given, "https://hark.example/w", ScriptedHttp())
    assert caught.value.code == code
    assert caught.value.message.endswith(".")
