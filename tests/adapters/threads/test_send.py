"""Answers and actions: the requests that they are, or the problem in which they end."""

from __future__ import annotations

import sys
from typing import Any

import httpx
import pytest

from hark.adapters.threads import ADAPTER
from hark.adapters.threads.send import LOOKS
from hark.channels.contract import Action, Outbound, TryAgain
from tests.adapters.facebook.cases import Answer, Request
from tests.adapters.facebook.fake import FakeGraph, seen
from tests.adapters.threads.bodies import ACCOUNT, PICTURE, outbound
from tests.adapters.threads.cases import ACTION_CASES, PREPARED, PUBLISHED, SEND_CASES

Expected = list[Request] | Exception


async def run(work: Any, expected: Expected, graph: FakeGraph) -> None:
    if isinstance(expected, Exception):
        with pytest.raises(type(expected)) as caught:
            await work
        assert caught.value.code == expected.code  # type: ignore[attr-defined]
        assert caught.value.message.strip()  # type: ignore[attr-defined]
        assert graph.answers == []
    else:
        await work
        assert [seen(request) for request in graph.requests] == expected


@pytest.mark.parametrize(
    ("name", "sent", "answers", "expected"), SEND_CASES, ids=[row[0] for row in SEND_CASES]
)
async def test_an_answer_makes_its_requests_or_ends_in_the_right_problem(
    name: str, sent: Outbound, answers: list[Answer], expected: Expected
) -> None:
    graph = FakeGraph(*answers)
    await run(ADAPTER.send(sent, ACCOUNT, graph.http()), expected, graph)


@pytest.mark.parametrize(
    ("name", "action", "answers", "expected"), ACTION_CASES, ids=[row[0] for row in ACTION_CASES]
)
async def test_an_action_makes_its_request_or_ends_in_the_right_problem(
    name: str, action: Action, answers: list[Answer], expected: Expected
) -> None:
    assert ADAPTER.perform is not None
    graph = FakeGraph(*answers)
    await run(ADAPTER.perform(action, ACCOUNT, graph.http()), expected, graph)


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("silence"), httpx.ConnectError("refused")])
async def test_nothing_is_published_when_preparing_failed(failure: Exception) -> None:
    """What was prepared is seen by nobody: trying again doubles nothing."""
    graph = FakeGraph(failure)
    with pytest.raises(TryAgain):
        await ADAPTER.send(outbound(), ACCOUNT, graph.http())
    assert [request.url.path for request in graph.requests] == ["/v1.0/me/threads"]


async def test_a_picture_that_takes_long_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["hark.adapters.threads.send"], "PAUSE", 0.0)
    waiting: Answer = (200, {}, {"status": "IN_PROGRESS"})
    graph = FakeGraph(PREPARED, *[waiting] * LOOKS)
    with pytest.raises(TryAgain, match="media_in_progress"):
        await ADAPTER.send(outbound(attachments=(PICTURE,)), ACCOUNT, graph.http())
    again = FakeGraph(PREPARED, waiting, (200, {}, {"status": "FINISHED"}), PUBLISHED)
    sent = await ADAPTER.send(outbound(attachments=(PICTURE,)), ACCOUNT, again.http())
    assert sent.platform_message_id == "3399"
