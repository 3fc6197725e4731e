"""Colleagues see who has a conversation open and who is writing, also over several processes."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from hark.api.app import create_app
from hark.infra.bus import MemoryBus
from hark.realtime import presence
from hark.realtime.presence import Presence, Seen
from tests.support.live import listening, serving
from tests.support.people import Office
from tests.support.waiting import until


def names(frame: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(viewer["name"], viewer["typing"]) for viewer in frame["viewers"]]


async def test_a_colleague_who_opens_writes_and_leaves_is_seen(office: Office, address: str) -> None:
    case = await office.hear()
    async with listening(address, office.supervisor) as watching:
        async with listening(address, office.agent) as agent:
            await agent.say(type="presence", conversation_id=case, typing=False)
            frame = await watching.until("presence")
            assert (frame["conversation_id"], names(frame)) == (str(case), [("Agent", False)])
            await agent.say(type="presence", conversation_id=case, typing=True)
            assert names(await watching.until("presence")) == [("Agent", True)]
            detail = await office.supervisor.get(f"/conversations/{case}")
            assert [viewer["name"] for viewer in detail["viewers"]] == ["Agent"]
        assert names(await watching.until("presence")) == []


async def test_who_comes_later_is_told_who_is_there(office: Office, address: str) -> None:
    case = await office.hear()
    async with listening(address, office.agent) as agent:
        await agent.say(type="presence", conversation_id=case)
        await agent.until("presence")
        async with listening(address, office.supervisor) as late:
            assert names(await late.until("presence")) == [("Agent", False)]


async def test_presence_crosses_processes(office: Office, address: str) -> None:
    case = await office.hear()
    other = create_app(office.hark)
    await other.app.start()  # type: ignore[attr-defined]
    async with serving(other) as elsewhere, listening(elsewhere, office.agent) as agent:
        async with listening(address, office.supervisor) as watching:
            await agent.say(type="presence", conversation_id=case, typing=True)
            assert names(await watching.until("presence")) == [("Agent", True)]
    await other.app.stop()  # type: ignore[attr-defined]


async def test_members_show_who_is_online(office: Office, address: str) -> None:
    async def online() -> list[str]:
        return [
            member["name"] for member in (await office.agent.get("/members"))["items"] if member["online"]
        ]

    async with listening(address, office.agent):
        assert await online() == ["Agent"]
    await until(lambda: _none(online))


async def _none(online: Any) -> bool:
    return await online() == []


def seen(node: str, user: UUID, place: UUID | None, workspace: UUID, *, typing: bool = False) -> Seen:
    return Seen(node, 1, workspace, user, "Kim", place, typing)


def test_two_tabs_of_one_person_are_one_viewer() -> None:
    watched = Presence(MemoryBus(), lambda *_: None)
    workspace, place, kim = uuid4(), uuid4(), uuid4()
    watched.tell(seen("a", kim, place, workspace))
    watched.tell(seen("b", kim, place, workspace, typing=True))
    assert [(viewer.user_id, viewer.typing) for viewer in watched.viewers(workspace, place)] == [(kim, True)]


def test_a_process_that_was_killed_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, changed = MemoryBus(), []
    watched = Presence(bus, lambda _, place: changed.append(place))
    watched.listen()
    killed = Presence(bus, lambda *_: None)
    workspace, place = uuid4(), uuid4()
    killed.tell(seen(killed.node, uuid4(), place, workspace))
    assert len(watched.viewers(workspace, place)) == 1
    monkeypatch.setattr(presence, "GONE", -1.0)
    watched.refresh()
    assert watched.viewers(workspace, place) == []
    assert changed == [place, place]
