"""The real adapter and flows against the stand-in over HTTP: what people do arrives, what we do is taken, and what goes
wrong shows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hark.adapters.whatsapp.manifest import WEBHOOK_FIELDS
from hark.channels.accounts.loading import load_account
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Outbound,
    OutboundTemplate,
    Reconnect,
    Rejected,
    Source,
)
from hark.flows.connect import check_account
from hark.flows.media import fetch_due
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from hark.standins.kit import Fault, WebhookFaults
from hark.standins.whatsapp import WhatsAppStandIn
from tests.platforms.stage import Stage, stages
from tests.support.waiting import until

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
async def stage(db: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stages(db, tmp_path, "whatsapp") as (opened,):
        yield opened


def cloud(stage: Stage) -> WhatsAppStandIn:
    assert isinstance(stage.standin, WhatsAppStandIn)
    return stage.standin


async def rows(stage: Stage, query: str) -> list[Any]:
    """All rows, once nothing more is on the way."""

    async def quiet() -> bool:
        await stage.take_in()
        return cloud(stage).notices.notifier.idle

    await until(quiet, within=10, every=0.02)
    await stage.take_in()
    return [tuple(row) for row in await stage.db.pool.fetch(query)]


async def account_of(stage: Stage) -> Account:
    async with stage.db.connection() as connection:
        return await load_account(connection, stage.hark.secrets, stage.account_id)


def adapter(stage: Stage) -> Any:
    return stage.hark.registry.load("whatsapp")


async def http_of(stage: Stage) -> tuple[Account, Any]:
    account = await account_of(stage)
    return account, stage.hark.http_for(adapter(stage), account)


SHOWN = "SELECT direction, content, content_type, metadata ->> 'unsupported' FROM message ORDER BY \"timestamp\", id"
PEOPLE = "SELECT id, customer_id FROM conversation"


async def test_everything_that_a_customer_does_in_a_chat_arrives(stage: Stage) -> None:
    notices, noor = cloud(stage).notices, cloud(stage).world.person("1")
    first = notices.message(noor, {"type": "text", "text": {"body": "Hello / ✨"}})
    notices.message(noor, {"type": "location", "location": {"latitude": 52.5, "longitude": 13.4}})
    notices.message(noor, {"type": "reaction", "reaction": {"message_id": first, "emoji": "👍"}})
    notices.message(
        noor,
        {
            "type": "edit",
            "edit": {"original_message_id": first, "message": {"type": "text", "text": {"body": "Hello!"}}},
        },
    )
    gone = notices.message(noor, {"type": "text", "text": {"body": "Never mind"}})
    notices.message(noor, {"type": "revoke", "revoke": {"original_message_id": gone}})
    notices.message(noor, {"type": "unsupported", "unsupported": {"type": "poll_creation"}})
    notices.echo(noor, {"type": "text", "text": {"body": "Typed on the phone"}})
    found = await rows(stage, SHOWN)
    assert sorted(found, key=str) == sorted(
        [
            ("inbound", "Hello!", "text", None),
            ("inbound", "", "location", None),
            ("inbound", "", "text", None),
            ("inbound", "", "unsupported", "poll_creation"),
            ("outbound", "Typed on the phone", "text", None),
        ],
        key=str,
    )
    assert len(await rows(stage, PEOPLE)) == 1


async def test_a_person_who_hides_the_number_stays_in_the_conversation(stage: Stage) -> None:
    notices, noor = cloud(stage).notices, cloud(stage).world.person("1")
    notices.message(noor, {"type": "text", "text": {"body": "With my number"}})
    await rows(stage, PEOPLE)
    noor.hidden, noor.username = True, "noor.h"
    notices.message(noor, {"type": "text", "text": {"body": "Without it"}})
    assert len(await rows(stage, PEOPLE)) == 1
    (text, handle) = (await rows(stage, "SELECT i.platform_user_id, i.handle FROM identity i"))[0]
    assert (text, handle) == (noor.number, "noor.h")
    await stage.answer(1)
    await stage.settled()
    assert cloud(stage).world.letters[0].body["recipient"] == noor.user_id


async def test_a_person_whose_number_comes_to_light_stays_in_the_conversation(stage: Stage) -> None:
    notices, noor = cloud(stage).notices, cloud(stage).world.person("1")
    noor.hidden = True
    notices.message(noor, {"type": "text", "text": {"body": "Without my number"}})
    await rows(stage, PEOPLE)
    noor.hidden = False
    notices.message(noor, {"type": "text", "text": {"body": "With it"}})
    noor.hidden = True
    notices.message(noor, {"type": "text", "text": {"body": "Without it again"}})
    assert len(await rows(stage, PEOPLE)) == 1
    assert len(await rows(stage, "SELECT id FROM identity")) == 1


async def test_a_new_number_of_a_customer_stays_in_the_conversation(stage: Stage) -> None:
    notices, noor = cloud(stage).notices, cloud(stage).world.person("1")
    notices.message(noor, {"type": "text", "text": {"body": "Hello"}})
    new = "4915559999999"
    system = {"type": "user_changed_number", "body": "Noor has a new number", "wa_id": new}
    notices.message(noor, {"type": "system", "system": system})
    await rows(stage, PEOPLE)
    noor.number, noor.user_id = new, "DE.other"
    notices.message(noor, {"type": "text", "text": {"body": "It is me"}})
    assert len(await rows(stage, PEOPLE)) == 1
    await stage.answer(1)
    await stage.settled()
    assert cloud(stage).world.letters[0].to == new


async def test_two_people_stay_two(stage: Stage) -> None:
    for key in ("1", "2"):
        cloud(stage).notices.message(cloud(stage).world.person(key), {"type": "text", "text": {"body": key}})
    assert len(await rows(stage, "SELECT id FROM identity")) == 2


async def test_an_answer_is_taken_and_its_receipts_raise_it(stage: Stage) -> None:
    await stage.write()
    await stage.see(1)
    await stage.answer(1)
    await stage.settled()
    letter = cloud(stage).world.letters[0]
    person = cloud(stage).world.find(letter.to)
    assert person is not None
    cloud(stage).notices.status(letter, person, "read")
    (shown,) = await rows(
        stage, "SELECT delivery_status, platform_message_id FROM message WHERE direction = 'outbound'"
    )
    assert shown == ("read", letter.id)


async def test_a_send_whose_answer_is_lost_is_settled_by_its_status(stage: Stage) -> None:
    await stage.write()
    await stage.see(1)
    cloud(stage).faults.rules.append(Fault("cut_after", on="POST", times=1))
    await stage.answer(1)

    async def settled() -> bool:
        await stage.take_in()
        return set((await stage.statuses()).values()) == {"delivered"}

    await until(settled, within=20, every=0.05)
    assert len(cloud(stage).world.letters) == 1


async def test_an_accepted_message_that_could_not_be_delivered_shows_failed_with_the_reason(
    stage: Stage,
) -> None:
    await stage.write()
    await stage.see(1)
    cloud(stage).world.person("1").blocked_us = True
    await stage.answer(1)

    async def failed() -> bool:
        await stage.take_in()
        return set((await stage.statuses()).values()) == {"failed"}

    await until(failed, within=20, every=0.05)
    ((error,),) = await rows(stage, "SELECT delivery_error FROM message WHERE direction = 'outbound'")
    told = json.loads(error) if isinstance(error, str) else error
    assert told["code"] == "131026"
    assert "blocked" in told["message"]
    assert await rows(stage, "SELECT reachable FROM identity") == [(False,)]


async def test_chats_from_before_the_connection_alarm_nobody(stage: Stage) -> None:
    world = cloud(stage).world
    old = {
        "id": "wamid.OLD",
        "from": "491799",
        "timestamp": "1790000000",
        "type": "text",
        "text": {"body": "Long ago"},
    }
    value = {
        "metadata": {"display_phone_number": world.number, "phone_number_id": world.number_id},
        "history": [{"metadata": {"phase": 0}, "threads": [{"id": "491799", "messages": [old]}]}],
    }
    cloud(stage).notices.change("history", value)
    assert await rows(stage, "SELECT status, unread_count FROM conversation") == [("resolved", 0)]


async def test_a_customers_picture_is_fetched_by_its_id(stage: Stage) -> None:
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
        "000002000001e221bc330000000049454e44ae426082"
    )
    file_id = cloud(stage).add_file(png, "image/png")
    image = {"id": file_id, "mime_type": "image/png", "caption": "See"}
    cloud(stage).notices.message(cloud(stage).world.person("1"), {"type": "image", "image": image})
    await rows(stage, SHOWN)
    await fetch_due(stage.hark)
    assert await rows(stage, "SELECT state, size FROM attachment") == [("stored", len(png))]


async def test_repeated_and_mixed_notifications_end_as_the_ordered_ones(stage: Stage) -> None:
    cloud(stage).faults.webhook = WebhookFaults(copies=3, shuffle=5)
    await stage.write(3)
    await stage.see(3)
    await stage.answer(3)

    async def delivered() -> bool:
        await stage.take_in()
        return set((await stage.statuses()).values()) == {"delivered"}

    await until(delivered, within=20, every=0.05)
    assert len(cloud(stage).world.letters) == 3


async def test_templates_are_listed_and_sent_when_the_window_is_closed(stage: Stage) -> None:
    await stage.write()
    await stage.see(1)
    account, http = await http_of(stage)
    templates = await adapter(stage).list_templates(account, http)
    assert [(each.name, each.language, each.parameters) for each in templates] == [
        ("order_update", "en", ("1", "2")),
        ("welcome_back", "de", ()),
    ]
    person = cloud(stage).world.person("1")
    chosen = OutboundTemplate("order_update", "en", ("Noor", "20931"), templates[0].parameters)
    at = stage.hark.clock()
    outbound = Outbound(
        UUID(int=9),
        Source.DM,
        person.number,
        person.number,
        at,
        last_opened_at=at - timedelta(days=3),
        template=chosen,
    )
    sent = await adapter(stage).send(outbound, account, http)
    assert sent.platform_message_id == cloud(stage).world.letters[0].id
    assert cloud(stage).world.letters[0].text == "Hi Noor, your order 20931 is ready."
    wrong = OutboundTemplate("order_update", "en", ("Noor",))
    with pytest.raises(Rejected, match="another number of values"):
        await adapter(stage).send(
            Outbound(UUID(int=8), Source.DM, person.number, None, at, template=wrong), account, http
        )


async def test_marks_reactions_and_blocking_reach_the_network(stage: Stage) -> None:
    await stage.write()
    await stage.see(1)
    account, http = await http_of(stage)
    person = cloud(stage).world.person("1")
    reply_to = {"to": person.number, "message_id": "wamid.X"}

    async def act(ability: Ability, **more: Any) -> None:
        await adapter(stage).perform(
            Action(ability, person.number, reply_to, person.number, **more), account, http
        )

    await act(Ability.TYPING)
    await act(Ability.MARK_READ)
    assert [mark.get("typing_indicator") for mark in cloud(stage).world.marks] == [{"type": "text"}, None]
    await act(Ability.REACT, target="wamid.X", text="👍")
    assert cloud(stage).world.letters[-1].text == "👍"
    await act(Ability.BAN)
    assert person.blocked
    await act(Ability.UNBAN)
    assert not person.blocked
    person.wrote_at = None
    with pytest.raises(Rejected, match="last 24 hours"):
        await act(Ability.BAN)


async def test_a_sound_connection_is_healthy_and_each_fault_is_named(stage: Stage) -> None:
    async def lines() -> dict[str, tuple[bool, str]]:
        found = await check_account(stage.hark, stage.actor.workspace_id, stage.account_id)
        return {line.name: (line.ok, line.detail) for line in found.checks}

    well = await lines()
    assert set(well) == {"token", "scopes", "subscription", "number"}
    assert all(ok for ok, _ in well.values())
    assert "2,000 people a day" in well["number"][1]
    world = cloud(stage).world
    world.scopes.remove("whatsapp_business_management")
    world.quality, world.subscribed = "RED", False
    ill = await lines()
    assert [name for name, (ok, _) in ill.items() if not ok] == ["scopes", "subscription", "number"]
    world.token_valid = False
    assert not (await lines())["token"][0]


async def test_connecting_sets_the_webhook_and_leaves_somebody_elses_alone(stage: Stage) -> None:
    world = cloud(stage).world
    assert world.subscribed
    assert world.callback is not None
    assert world.callback.startswith(stage.hark.settings.address)
    ours, world.callback = world.callback, "https://elsewhere.example/hook"
    account, http = await http_of(stage)
    account = msgspec.structs.replace(account, webhook_url=ours)
    (step,) = await adapter(stage).subscribe(account, http)
    assert "elsewhere.example" in step
    assert world.callback == "https://elsewhere.example/hook"


async def test_connecting_subscribes_to_every_field_and_changes_no_app_that_somebody_else_uses(
    stage: Stage,
) -> None:
    world = cloud(stage).world
    assert set(world.app_fields) == set(WEBHOOK_FIELDS)
    account, http = await http_of(stage)
    account = msgspec.structs.replace(account, webhook_url=world.callback)
    assert await adapter(stage).subscribe(account, http) == ()
    world.app_callback, world.app_fields = "https://elsewhere.example/hook", ["messages"]
    (step,) = await adapter(stage).subscribe(account, http)
    assert "smb_message_echoes" in step
    assert (world.app_callback, world.app_fields) == ("https://elsewhere.example/hook", ["messages"])


async def test_a_dead_token_is_not_extended_and_a_live_one_is(stage: Stage) -> None:
    account, http = await http_of(stage)
    refreshed = await adapter(stage).refresh(account, http)
    assert refreshed.secrets["access_token"].reveal() == cloud(stage).world.token
    cloud(stage).world.app_secret = "another"
    with pytest.raises(Reconnect):
        await adapter(stage).refresh(account, http)


async def test_the_limits_of_the_number_and_of_one_person_are_answered_as_meta_does(
    db: Database, tmp_path: Path
) -> None:
    clock = FixedClock(NINE)
    async with stages(db, tmp_path, "whatsapp", clock=clock) as (stage,):
        await stage.write()
        await stage.see(1)
        account, http = await http_of(stage)
        person = cloud(stage).world.person("1")
        codes: list[str] = []
        for number in range(46):
            clock.advance(timedelta(milliseconds=20))
            outbound = Outbound(UUID(int=number), Source.DM, person.number, None, clock(), text=f"{number}")
            try:
                await adapter(stage).send(outbound, account, http)
            except Exception as problem:
                codes.append(f"{getattr(problem, 'code', '')} {getattr(problem, 'scope', '')}")
        assert codes == ["131056 conversation"]
