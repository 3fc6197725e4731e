"""The error table: what an answer, or the lack of one, means for the message."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from hark.adapters.telegram import ADAPTER
from hark.channels.contract import (
    Ability,
    PlatformProblem,
    Reconnect,
    Rejected,
    TryAgain,
    Unconfirmed,
)
from tests.adapters.telegram.fake import Telegram, refused, sent
from tests.adapters.telegram.people import TOKEN, account
from tests.adapters.telegram.send_cases import action, outbound

SECRET = TOKEN.partition(":")[2]
REQUEST = httpx.Request("POST", f"https://api.telegram.org/bot{TOKEN}/sendMessage")


async def problem_of(*answers: Any) -> PlatformProblem:
    with pytest.raises(PlatformProblem) as problem:
        await ADAPTER.send(outbound(text="x"), account(), Telegram(*answers).http)
    return problem.value


@pytest.mark.parametrize(
    ("status", "description", "code", "unreachable"),
    [
        (403, "Forbidden: bot was blocked by the user", "blocked", True),
        (403, "Forbidden: user is deactivated", "deactivated", True),
        (403, "Forbidden: bot can't initiate conversation with a user", "cannot_initiate", True),
        (403, "Forbidden: bot was kicked from the supergroup chat", "not_in_group", False),
        (403, "Forbidden: bot is not a member of the channel chat", "not_in_group", False),
        (403, "Forbidden: something new", "http_403", False),
        (400, "Bad Request: chat not found", "chat_not_found", True),
        (400, "Bad Request: message is too long", "text_too_long", False),
        (400, "Bad Request: text is too long", "text_too_long", False),
        (400, "Bad Request: message text is empty", "text_empty", False),
        (400, "Bad Request: can't parse entities: Can't find end at byte offset 3", "bad_entities", False),
        (400, "Bad Request: message to be replied not found", "quoted_gone", False),
        (400, "Bad Request: message thread not found", "topic_gone", False),
        (400, "Bad Request: business connection not found", "business_disconnected", False),
        (400, "Bad Request: BUSINESS_PEER_INVALID", "business_peer_invalid", False),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", "photo_dimensions", False),
        (400, "Bad Request: wrong type of the web page content", "file_not_fetched", False),
        (400, "Bad Request: TOPIC_CLOSED", "topic_closed", False),
        (400, "Bad Request: something new", "http_400", False),
        (404, "Not Found: method not found", "method_not_found", False),
        (413, "Request Entity Too Large", "file_too_big", False),
    ],
)
async def test_refusals_are_final(status: int, description: str, code: str, unreachable: bool) -> None:
    problem = await problem_of(refused(status, description))
    assert isinstance(problem, Rejected)
    assert (problem.code, problem.unreachable, problem.http_status) == (code, unreachable, status)


@pytest.mark.parametrize("answer", [refused(401, "Unauthorized"), refused(404, "Not Found"), (401, "<html>")])
async def test_token_that_is_not_accepted_asks_to_reconnect(answer: Any) -> None:
    assert isinstance(await problem_of(answer), Reconnect)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (refused(429, "Too Many Requests: retry after 14", retry_after=14), 14.0),
        (refused(429, "Too Many Requests: retry after 9"), 9.0),
        (httpx.Response(429, json={"ok": False, "error_code": 429}, headers={"retry-after": "3"}), 3.0),
        (httpx.Response(429, text="<html>", headers={"retry-after": "4"}), 4.0),
        (refused(429, "Too Many Requests"), None),
        (httpx.Response(429, text="", headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}), None),
    ],
)
async def test_flood_control_holds_the_account(answer: Any, seconds: float | None) -> None:
    problem = await problem_of(answer)
    assert isinstance(problem, TryAgain)
    assert (problem.retry_after, problem.scope) == (seconds, "account")


@pytest.mark.parametrize(
    "answer",
    [
        refused(500, "Internal Server Error: restart"),
        (502, "<html><h1>502 Bad Gateway</h1></html>"),
        (503, ""),
        (302, "<html>sign in to the hotel</html>"),
    ],
)
async def test_trouble_on_their_side_is_tried_again(answer: Any) -> None:
    assert isinstance(await problem_of(answer), TryAgain)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("busy"),
    ],
)
async def test_what_was_never_sent_is_tried_again(failure: Exception) -> None:
    assert isinstance(await problem_of(failure), TryAgain)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.RemoteProtocolError("closed"),
        httpx.ReadError("reset"),
    ],
)
async def test_what_may_have_arrived_is_unconfirmed(failure: Exception) -> None:
    assert isinstance(await problem_of(failure), Unconfirmed)


async def test_gateway_that_gave_up_waiting_leaves_it_open() -> None:
    assert isinstance(await problem_of((504, "<html>")), Unconfirmed)


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("slow"), (504, "<html>"), (200, "<html>")])
async def test_what_can_be_repeated_without_harm_is_tried_again(failure: Any) -> None:
    assert ADAPTER.perform is not None
    with pytest.raises(TryAgain):
        await ADAPTER.perform(action(Ability.TYPING), account(), Telegram(failure).http)


async def test_second_answer_of_a_moved_group_counts() -> None:
    moved = refused(
        400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1009
    )
    assert isinstance(await problem_of(moved, refused(403, "Forbidden: bot was kicked from")), Rejected)


@pytest.mark.parametrize(
    "answer",
    [httpx.ReadTimeout("slow", request=REQUEST), refused(400, "Bad Request: odd"), (502, "<html>"), sent(5)],
)
async def test_token_is_in_no_error_chain_and_no_log(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    try:
        await ADAPTER.send(outbound(text="x"), account(), Telegram(answer).http)
    except PlatformProblem as problem:
        link: BaseException | None = problem
        while link is not None:
            shown.append(f"{link!r} {link}")
            link = link.__cause__ or link.__context__
    assert SECRET not in " ".join(shown)
    assert SECRET not in caplog.text
