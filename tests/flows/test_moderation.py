"""Keeping order: who may, what is told to the platform, what stays in the thread, and nothing twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hark.channels.contract import Ability
from hark.flows.act import act
from hark.flows.deliver import deliver_due
from hark.inbox.acts import repository as acts
from hark.inbox.listing.messages import list_versions
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from hark.kernel.errors import Forbidden, Invalid, Refused
from hark.kernel.ids import new_id
from hark.workspaces.rights import AGENT, Actor, user_actor
from tests.support.desk import BASE, START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform
from tests.support.sandbox_events import edit


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


async def do(desk: Desk, case: UUID, ability: Ability, **given: Any) -> None:
    await act(desk.hark, given.pop("by", desk.agent), case, ability, **given)


async def traces(desk: Desk) -> list[tuple[str, str]]:
    return await desk.rows(
        "SELECT content_type, sender_name FROM message WHERE kind = 'activity' ORDER BY arrival"
    )


async def set_policy(desk: Desk, **settings: bool) -> None:
    async with desk.hark.db.transaction() as connection:
        await connection.execute("UPDATE workspace SET settings = settings || $1", settings)


def told(desk: Desk) -> list[str]:
    return [action.ability.value for action in desk.fake.actions]


async def test_the_author_of_a_comment_is_banned_by_name_and_message_and_let_in_again(
    desk: Desk, db: Database
) -> None:
    case = await desk.comment("Spam!")
    (comment,) = await desk.messages(case, "inbound")
    await do(desk, case, Ability.BAN, message_id=comment.id)
    (action,) = desk.fake.actions
    assert (action.author, action.target) == ("p-mara", comment.platform_message_id)
    assert (await desk.conversation(case)).banned is True
    async with desk.hark.db.connection() as connection:
        banned = await acts.BANNED.all(connection, desk.account.workspace_id, case)
    assert [row[0] for row in banned] == [comment.sender_id]
    await do(desk, case, Ability.UNBAN, message_id=comment.id)
    assert (await desk.conversation(case)).banned is False
    assert await traces(desk) == [("customer_banned", "Noor"), ("customer_unbanned", "Noor")]
    audited = await desk.rows("SELECT action FROM audit_record ORDER BY action")
    assert audited == [("customer.ban",), ("customer.unban",)]
    await check_counters(db)
    await check_facts(desk)


async def test_whom_the_conversation_is_with_is_banned_without_naming_a_message(desk: Desk) -> None:
    case = await desk.hear("One")
    desk.clock.advance(timedelta(seconds=5))
    await desk.hear("Two")
    await do(desk, case, Ability.BAN)
    (action,) = desk.fake.actions
    assert (action.author, action.target) == ("p-mara", "m2")


async def test_a_ban_shows_in_every_conversation_with_the_person_and_in_no_other(desk: Desk) -> None:
    direct, comment = await desk.hear(), await desk.comment("Spam!")
    other = await desk.hear(by="jonas")
    await do(desk, comment, Ability.BAN)
    assert [(await desk.conversation(each)).banned for each in (direct, comment, other)] == [
        True,
        True,
        False,
    ]
    await check_facts(desk)


async def test_only_customers_can_be_banned(desk: Desk) -> None:
    case = await desk.hear()
    (ours,) = await desk.say(case, "Ours")
    await deliver_due(desk.hark)
    with pytest.raises(Invalid):
        await do(desk, case, Ability.BAN, message_id=ours.id)
    assert desk.fake.actions == []


async def test_every_act_names_who_wrote_the_message(desk: Desk) -> None:
    case = await desk.hear()
    (theirs,) = await desk.messages(case, "inbound")
    (ours,) = await desk.say(case, "Ours")
    await deliver_due(desk.hark)
    await do(desk, case, Ability.REACT, message_id=theirs.id, text="🎉")
    await do(desk, case, Ability.EDIT, message_id=ours.id, text="Better")
    assert [action.author for action in desk.fake.actions] == ["p-mara", desk.account.platform_account_id]


TWICE: dict[Ability, dict[str, str]] = {
    Ability.HIDE: {},
    Ability.LIKE: {},
    Ability.DELETE: {},
    Ability.BAN: {},
}


@pytest.mark.parametrize("ability", TWICE)
async def test_pressed_twice_it_is_done_once(desk: Desk, ability: Ability, db: Database) -> None:
    case = await desk.comment("Spam!")
    (comment,) = await desk.messages(case, "inbound")
    await do(desk, case, ability, message_id=comment.id)
    await do(desk, case, ability, message_id=comment.id)
    assert told(desk) == [ability.value]
    assert len(await traces(desk)) == 1
    await check_counters(db)
    await check_facts(desk)


@pytest.mark.parametrize("ability", TWICE)
async def test_pressed_by_two_at_the_same_moment_it_leaves_one_trace(desk: Desk, ability: Ability) -> None:
    case = await desk.comment("Spam!")
    (comment,) = await desk.messages(case, "inbound")
    both = asyncio.Barrier(2)
    perform = desk.fake.perform

    async def together(*given: Any) -> None:
        await both.wait()
        await perform(*given)

    adapter = msgspec.structs.replace(desk.fake.adapter, perform=together)
    registry = type(desk.hark.registry)((adapter,))
    hark = msgspec.structs.replace(desk.hark, registry=registry)
    colleague = user_actor(new_id(START), "Kim", "agent", desk.account.workspace_id)
    await asyncio.gather(
        *(act(hark, who, case, ability, message_id=comment.id) for who in (desk.agent, colleague))
    )
    assert len(await traces(desk)) == 1


async def test_there_and_back_and_there_again_leaves_three_traces(desk: Desk) -> None:
    case = await desk.comment("Spam!")
    (comment,) = await desk.messages(case, "inbound")
    for ability in (Ability.HIDE, Ability.UNHIDE, Ability.HIDE):
        await do(desk, case, ability, message_id=comment.id)
    assert told(desk) == ["hide", "unhide", "hide"]
    assert len(await traces(desk)) == 3


async def test_the_platforms_own_word_afterwards_doubles_nothing(desk: Desk, db: Database) -> None:
    case = await desk.comment("Spam!")
    (comment,) = await desk.messages(case, "inbound")
    await do(desk, case, Ability.HIDE, message_id=comment.id)
    before = await desk.rows("SELECT count(*) FROM message")
    at = int(desk.clock().timestamp() * 1000) - BASE + 2000
    told_by_platform = edit(1, 1, "", at, hidden=True)
    told_by_platform["change"]["text"] = None
    await desk.post(told_by_platform)
    assert (await desk.message(comment.id)).hidden is True
    assert await desk.rows("SELECT count(*) FROM message") == before
    await do(desk, case, Ability.HIDE, message_id=comment.id)
    assert told(desk) == ["hide"]
    await check_counters(db)
    await check_facts(desk)


async def test_an_edit_of_ours_that_the_platform_reports_too_is_one_version(desk: Desk) -> None:
    case = await desk.hear()
    desk.clock.advance(timedelta(seconds=5))
    (message,) = await desk.say(case, "Tpyo")
    await deliver_due(desk.hark)
    desk.clock.advance(timedelta(seconds=5))
    await do(desk, case, Ability.EDIT, message_id=message.id, text="Typo")
    at = int(desk.clock().timestamp() * 1000) - BASE + 1000
    reported = edit(1, 1, "Typo", at)
    reported["change"]["target"] = (await desk.message(message.id)).platform_message_id
    await desk.post(reported)
    async with desk.hark.db.connection() as connection:
        versions = await list_versions(connection, desk.account.workspace_id, message.id)
    assert [version.content for version in versions] == ["Tpyo", "Typo"]
    assert await traces(desk) == [("message_edited", "Noor")]


WITHHELD = [
    ("agents_may_ban", Ability.BAN),
    ("agents_may_ban", Ability.UNBAN),
    ("agents_may_delete", Ability.DELETE),
]


@pytest.mark.parametrize(("setting", "ability"), WITHHELD)
async def test_what_supervisors_keep_for_themselves_agents_may_not(
    desk: Desk, setting: str, ability: Ability
) -> None:
    case = await desk.comment("Spam!")
    (comment,) = await desk.messages(case, "inbound")
    supervisor = user_actor(new_id(START), "Sam", "supervisor", desk.account.workspace_id)
    if ability is Ability.UNBAN:
        await do(desk, case, Ability.BAN, message_id=comment.id, by=supervisor)
    await set_policy(desk, **{setting: False})
    with pytest.raises(Forbidden) as caught:
        await do(desk, case, ability, message_id=comment.id)
    assert caught.value.code == "withheld"
    await do(desk, case, Ability.HIDE, message_id=comment.id)
    await do(desk, case, ability, message_id=comment.id, by=supervisor)
    assert told(desk)[-2:] == ["hide", ability.value]


async def test_without_the_right_nothing_is_done_not_even_what_is_done_already(desk: Desk) -> None:
    case = await desk.comment("Spam!")
    (comment,) = await desk.messages(case, "inbound")
    rights = AGENT - {"moderation:write"}
    reader = Actor("key", new_id(START), desk.account.workspace_id, "Bot", rights)
    for ability in (Ability.HIDE, Ability.UNHIDE, Ability.BAN):
        with pytest.raises(Forbidden):
            await do(desk, case, ability, message_id=comment.id, by=reader)
    assert desk.fake.actions == []


async def test_a_refusal_gives_the_platforms_own_reason(desk: Desk) -> None:
    case = await desk.comment("Nice!")
    with pytest.raises(Refused) as caught:
        await desk.say(case, "Thanks", quoted="m1")
    assert caught.value.detail == "Fakenet quotes nobody in public."
    assert caught.value.extra["reason"] == caught.value.detail


async def test_an_account_can_have_fewer_abilities_than_its_platform(db: Database, tmp_path: Path) -> None:
    clock = FixedClock(START)
    fake = FakePlatform(clock)
    manifest = msgspec.structs.replace(fake.adapter.manifest, abilities_field="abilities")
    fake.adapter = msgspec.structs.replace(fake.adapter, manifest=manifest)
    desk = await open_desk(db, tmp_path, fake, clock, fields={"abilities": "reply, hide"})
    case = await desk.comment("Spam!")
    (comment,) = await desk.messages(case, "inbound")
    await do(desk, case, Ability.HIDE, message_id=comment.id)
    with pytest.raises(Refused) as caught:
        await do(desk, case, Ability.DELETE, message_id=comment.id)
    assert caught.value.code == "ability_missing"
    with pytest.raises(Refused):
        await desk.say(case, "Privately", private_to=comment.platform_message_id)
