"""Messages and actions: the one request that each is, or the problem in which it ends; for both logins."""

from __future__ import annotations

from typing import Any

import pytest

from hark.adapters.instagram import ADAPTER
from hark.channels.contract import Ability, Account, Action, Outbound, Sent, Source
from tests.adapters.facebook.cases import Answer, Request
from tests.adapters.facebook.fake import FakeGraph, seen
from tests.adapters.instagram.bodies import ACC, ACCOUNT, LINKED, MIA_ID
from tests.adapters.instagram.cases import ACTION_CASES, OK_COMMENT, OK_DM, OK_DONE, SEND_CASES, outbound

Expected = Request | Exception


async def run(work: Any, expected: Expected, graph: FakeGraph) -> Any:
    if isinstance(expected, Exception):
        with pytest.raises(type(expected)) as caught:
            await work
        assert caught.value.code == expected.code  # type: ignore[attr-defined]
        assert caught.value.message.strip()  # type: ignore[attr-defined]
        assert graph.answers == []
        return None
    result = await work
    assert [seen(request) for request in graph.requests] == [expected]
    return result


@pytest.mark.parametrize(
    ("name", "sent", "answers", "expected"), SEND_CASES, ids=[row[0] for row in SEND_CASES]
)
async def test_a_message_makes_the_one_request_or_ends_in_the_right_problem(
    name: str, sent: Outbound, answers: list[Answer], expected: Expected
) -> None:
    graph = FakeGraph(*answers)
    result = await run(ADAPTER.send(sent, ACCOUNT, graph.http()), expected, graph)
    assert isinstance(result, Sent | None)


@pytest.mark.parametrize(
    ("name", "action", "answers", "expected"), ACTION_CASES, ids=[row[0] for row in ACTION_CASES]
)
async def test_an_action_makes_its_request_or_ends_in_the_right_problem(
    name: str, action: Action, answers: list[Answer], expected: Expected
) -> None:
    assert ADAPTER.perform is not None
    graph = FakeGraph(*answers)
    await run(ADAPTER.perform(action, ACCOUNT, graph.http()), expected, graph)


@pytest.mark.parametrize(
    ("account", "sent", "url"),
    [
        (ACCOUNT, outbound(), "https://graph.instagram.com/v26.0/me/messages"),
        (LINKED, outbound(), "https://graph.facebook.com/v26.0/500/messages"),
        (ACCOUNT, outbound(Source.MENTION), "https://graph.instagram.com/v26.0/me/mentions"),
        (LINKED, outbound(Source.MENTION), f"https://graph.facebook.com/v26.0/{ACC}/mentions"),
        (LINKED, outbound(Source.COMMENT), "https://graph.facebook.com/v26.0/1790001/replies"),
    ],
)
async def test_each_login_has_its_host_and_its_name_for_the_account(
    account: Account, sent: Outbound, url: str
) -> None:
    graph = FakeGraph(OK_DM if sent.source is Source.DM else OK_COMMENT)
    await ADAPTER.send(sent, account, graph.http())
    called = graph.requests[0]
    assert str(called.url).partition("?")[0] == url
    assert called.headers["authorization"] == f"Bearer {account.secrets['access_token'].reveal()}"
    assert ("appsecret_proof" in called.url.params) is (account is LINKED)


async def test_a_private_reply_names_the_direct_message_thread_it_opened() -> None:
    sent = await ADAPTER.send(
        outbound(Source.COMMENT, private_to="1790001"), ACCOUNT, FakeGraph(OK_DM).http()
    )
    assert (sent.thread_key, sent.thread_source) == (MIA_ID, Source.DM)


async def test_abilities_that_instagram_lacks_are_refused_with_the_reason() -> None:
    assert ADAPTER.perform is not None
    for ability, reason in ADAPTER.manifest.lacking.items():
        with pytest.raises(Exception, match="ability_missing") as caught:
            await ADAPTER.perform(Action(ability, MIA_ID, target="1"), ACCOUNT, FakeGraph().http())
        assert reason in str(caught.value)


async def test_typing_goes_to_the_page_of_a_linked_account() -> None:
    assert ADAPTER.perform is not None
    graph = FakeGraph(OK_DONE)
    await ADAPTER.perform(Action(Ability.TYPING, MIA_ID, recipient=MIA_ID), LINKED, graph.http())
    assert graph.requests[0].url.path == "/v26.0/500/messages"
