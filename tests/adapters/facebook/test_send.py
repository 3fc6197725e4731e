"""What leaves for Facebook, and what its answers mean."""

from __future__ import annotations

import hashlib
import hmac
import logging

import httpx
import msgspec
import pytest

from hark.adapters.facebook import ADAPTER
from hark.channels.contract import (
    Ability,
    Account,
    PlatformProblem,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
    Unconfirmed,
)
from tests.adapters.facebook import cases
from tests.adapters.facebook.fake import FakeGraph, seen


@pytest.mark.parametrize(
    ("outbound", "answers", "expected"),
    [case[1:] for case in cases.SEND_CASES],
    ids=[case[0] for case in cases.SEND_CASES],
)
async def test_a_message_makes_the_one_request_or_ends_in_the_right_problem(outbound, answers, expected):
    graph = FakeGraph(*answers)
    if isinstance(expected, Exception):
        with pytest.raises(type(expected)) as caught:
            await ADAPTER.send(outbound, cases.ACCOUNT, graph.http())
        assert_same_problem(caught.value, expected)
        assert len(graph.requests) == len(answers), "refused before the network, or asked exactly once"
        return
    sent = await ADAPTER.send(outbound, cases.ACCOUNT, graph.http())
    assert sent.platform_message_id
    assert [seen(request) for request in graph.requests] == [expected]


@pytest.mark.parametrize(
    ("action", "answers", "expected"),
    [case[1:] for case in cases.ACTION_CASES],
    ids=[case[0] for case in cases.ACTION_CASES],
)
async def test_an_action_makes_its_request_or_ends_in_the_right_problem(action, answers, expected):
    graph = FakeGraph(*answers)
    if isinstance(expected, Exception):
        with pytest.raises(type(expected)) as caught:
            await ADAPTER.perform(action, cases.ACCOUNT, graph.http())
        assert_same_problem(caught.value, expected)
        return
    await ADAPTER.perform(action, cases.ACCOUNT, graph.http())
    assert [seen(request) for request in graph.requests] == [expected]


def assert_same_problem(found: PlatformProblem, expected: PlatformProblem) -> None:
    assert found.code == expected.code
    assert found.message, "the agent needs a sentence"
    if expected.message:
        assert found.message == expected.message
    if isinstance(expected, TryAgain):
        assert (found.retry_after, found.scope) == (expected.retry_after, expected.scope)
    if isinstance(expected, Rejected):
        assert found.unreachable is expected.unreachable


def test_every_ability_of_every_source_has_a_case() -> None:
    replies = {(case[1].source, "private" if case[1].private_to else "reply") for case in cases.SEND_CASES}
    acted = {case[1].ability for case in cases.ACTION_CASES if not isinstance(case[3], Exception)}
    for source, rules in ADAPTER.manifest.sources.items():
        assert (Ability.REPLY in rules.abilities) == ((source, "reply") in replies)
        if Ability.PRIVATE_REPLY in rules.abilities:
            assert (source, "private") in replies
        assert rules.abilities - {Ability.REPLY, Ability.PRIVATE_REPLY, Ability.QUOTE} <= acted


async def test_a_private_reply_names_the_direct_message_thread_it_opened() -> None:
    graph = FakeGraph((200, {}, {"recipient_id": cases.TEO_ID, "message_id": "m_private"}))
    outbound = cases.outbound(Source.COMMENT, private_to="3300_2")
    sent = await ADAPTER.send(outbound, cases.ACCOUNT, graph.http())
    assert sent == Sent("m_private", thread_key=cases.TEO_ID, thread_source=Source.DM)


@pytest.mark.parametrize(
    ("failure", "problem"),
    [
        (httpx.ConnectError("refused"), TryAgain),
        (httpx.ConnectTimeout("slow"), TryAgain),
        (httpx.ReadTimeout("silence"), Unconfirmed),
        (httpx.RemoteProtocolError("broke off"), Unconfirmed),
        (httpx.WriteError("broke off"), Unconfirmed),
    ],
)
async def test_a_send_is_repeated_only_when_it_surely_did_not_arrive(failure, problem) -> None:
    with pytest.raises(problem):
        await ADAPTER.send(cases.outbound(), cases.ACCOUNT, FakeGraph(failure).http())


async def test_an_action_that_got_no_answer_may_be_repeated() -> None:
    action = cases.ACTION_CASES[2][1]
    with pytest.raises(TryAgain):
        await ADAPTER.perform(action, cases.ACCOUNT, FakeGraph(httpx.ReadTimeout("silence")).http())


async def test_the_token_travels_in_a_header_with_the_proof_that_we_hold_the_app_secret() -> None:
    graph = FakeGraph(cases.OK_DM)
    await ADAPTER.send(cases.outbound(), cases.ACCOUNT, graph.http())
    (request,) = graph.requests
    token, secret = b"EAAB-page-token-of-the-cafe", b"app-secret-of-the-cafe"
    proof = hmac.new(secret, token, hashlib.sha256).hexdigest()
    assert request.headers["authorization"] == f"Bearer {token.decode()}"
    assert request.url.params["appsecret_proof"] == proof
    assert token.decode() not in str(request.url)


def at_address(base_url: str) -> Account:
    fields = {"base_url": base_url, "graph_version": "v25.0"}
    return msgspec.structs.replace(cases.ACCOUNT, fields=fields)


async def test_an_account_may_have_its_own_base_address_and_version() -> None:
    graph = FakeGraph(cases.OK_DM)
    await ADAPTER.send(cases.outbound(), at_address("https://graph.example/"), graph.http())
    assert str(graph.requests[0].url).startswith(f"https://graph.example/v25.0/{cases.PAGE}/messages")


@pytest.mark.parametrize("address", ["http://graph.example", "https://me@graph.example", "file:///etc"])
async def test_an_address_that_may_not_be_called_rejects_before_the_network(address: str) -> None:
    graph = FakeGraph()
    with pytest.raises(Rejected, match="address_refused"):
        await ADAPTER.send(cases.outbound(), at_address(address), graph.http())
    assert graph.requests == []


async def test_an_account_without_a_token_must_be_connected_again() -> None:
    bare = Account(cases.ACCOUNT.id, cases.ACCOUNT.workspace_id, cases.PAGE, "Fjord Café", secrets={})
    with pytest.raises(Reconnect):
        await ADAPTER.send(cases.outbound(), bare, FakeGraph().http())


async def test_no_secret_is_in_an_error_or_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echoing = cases.error(400, 190, message="Malformed access token EAAB-page-token-of-the-cafe")
    with pytest.raises(Reconnect) as caught:
        await ADAPTER.send(cases.outbound(), cases.ACCOUNT, FakeGraph(echoing).http())
    words = f"{caught.value!r} {caught.value} {cases.ACCOUNT!r} {caplog.text}"
    for secret in cases.ACCOUNT.secrets.values():
        assert secret.reveal() not in words
