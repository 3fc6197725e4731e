from __future__ import annotations

from typing import Any

import httpx
import pytest

from hark.adapters.telegram import ADAPTER
from hark.adapters.telegram.connect import ALLOWED_UPDATES
from hark.channels.contract import Reconnect, Rejected, TryAgain
from hark.kernel.secrets import Secret
from tests.adapters.telegram.fake import Telegram, done, refused
from tests.adapters.telegram.people import TOKEN, account

ME = (
    200,
    {
        "ok": True,
        "result": {"id": 5550001111, "is_bot": True, "first_name": "Kelp Care", "username": "kelp_care_bot"},
    },
)
HOOK = "https://care.kelp.example/webhooks/telegram/k1"
subscribe = ADAPTER.subscribe
locate_media = ADAPTER.locate_media
assert subscribe is not None
assert locate_media is not None
listens = ADAPTER.listens
assert listens is not None


def info(**values: Any) -> tuple[int, Any]:
    base = {"url": HOOK, "pending_update_count": 0, "allowed_updates": list(ALLOWED_UPDATES)}
    return 200, {"ok": True, "result": base | values}


async def test_connecting_tells_whose_token_it_is_and_makes_a_secret() -> None:
    telegram = Telegram(ME)
    connected = await ADAPTER.connect({"token": f" {TOKEN}\n"}, HOOK, telegram.http)
    assert (connected.platform_account_id, connected.name) == ("5550001111", "Kelp Care")
    assert connected.fields == {"username": "kelp_care_bot"}
    assert connected.steps == ()
    secret = connected.generated["webhook_secret"].reveal()
    assert 32 <= len(secret) <= 256
    assert set(secret) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert telegram.urls == [f"https://api.telegram.org/bot{TOKEN}/getMe"]


async def test_every_connecting_makes_another_secret() -> None:
    first, second = [await ADAPTER.connect({"token": TOKEN}, HOOK, Telegram(ME).http) for _ in range(2)]
    assert first.generated["webhook_secret"] != second.generated["webhook_secret"]


@pytest.mark.parametrize("token", ["", "123", "abc:def", "1:a/../getMe", "1:a?b", "1:ä", "1:a b"])
async def test_what_is_no_token_is_refused_before_the_network(token: str) -> None:
    telegram = Telegram()
    with pytest.raises(Rejected):
        await ADAPTER.connect({"token": token}, HOOK, telegram.http)
    assert telegram.calls == []


@pytest.mark.parametrize("answer", [refused(401, "Unauthorized"), refused(404, "Not Found")])
async def test_token_that_telegram_does_not_know_is_rejected_with_a_sentence(answer: Any) -> None:
    with pytest.raises(Rejected) as problem:
        await ADAPTER.connect({"token": TOKEN}, HOOK, Telegram(answer).http)
    assert problem.value.code == "token_refused"


@pytest.mark.parametrize(
    ("url", "word"),
    [
        (None, "does not know its own address"),
        ("http://care.kelp.example/w", "https only"),
        ("https://localhost:8443/w", "cannot reach localhost"),
        ("https://10.0.0.4/w", "cannot reach 10.0.0.4"),
        ("https://[::1]/w", "cannot reach ::1"),
        ("https://hark.local/w", "cannot reach hark.local"),
        ("https://hark/w", "cannot reach hark"),
        ("https://care.kelp.example:8000/w", "443, 80, 88 and 8443"),
    ],
)
async def test_where_telegram_cannot_reach_us_it_is_asked_and_nobody_has_to_do_anything(
    url: str | None, word: str
) -> None:
    connected = await ADAPTER.connect({"token": TOKEN}, url, Telegram(ME).http)
    assert connected.steps == ()
    telegram = Telegram()
    assert await subscribe(account(webhook_url=url), telegram.http) == ()
    assert telegram.calls == []
    assert listens(account(webhook_url=url))
    health = await ADAPTER.check(account(webhook_url=url), Telegram(ME, info(url="")).http)
    assert health.checks["webhook"][0]
    assert word in health.checks["webhook"][1]


@pytest.mark.parametrize("url", [HOOK, "https://care.kelp.example:8443/w", "https://8.8.8.8/w"])
async def test_public_https_address_needs_no_step(url: str) -> None:
    assert (await ADAPTER.connect({"token": TOKEN}, url, Telegram(ME).http)).steps == ()
    assert not listens(account(webhook_url=url))


async def test_own_bot_api_server_may_be_anywhere() -> None:
    telegram = Telegram(done())
    by = account(webhook_url="https://10.0.0.4:8000/w", fields={"base_url": "https://bots.kelp.example"})
    assert await subscribe(by, telegram.http) == ()
    assert telegram.calls[0][1]["url"] == "https://10.0.0.4:8000/w"


async def test_webhook_is_set_with_the_secret_and_every_kind_that_is_read() -> None:
    telegram = Telegram(done())
    assert await subscribe(account(), telegram.http) == ()
    ((method, parameters, _),) = telegram.calls
    assert method == "setWebhook"
    assert parameters["url"] == HOOK
    assert parameters["secret_token"] == "kelp-hook_1"
    assert parameters["allowed_updates"] == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
        "message_reaction",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
    ]
    assert 1 <= parameters["max_connections"] <= 100


async def test_webhook_address_that_telegram_refuses_is_a_step() -> None:
    answer = refused(400, "Bad Request: bad webhook: Failed to resolve host: Name or service not known")
    (step,) = await subscribe(account(), Telegram(answer).http)
    assert "did not take the webhook address" in step


async def test_setting_the_webhook_too_fast_is_tried_again() -> None:
    with pytest.raises(TryAgain) as problem:
        await subscribe(
            account(), Telegram(refused(429, "Too Many Requests: retry after 1", retry_after=1)).http
        )
    assert problem.value.retry_after == 1


async def test_healthy_connection() -> None:
    health = await ADAPTER.check(account(), Telegram(ME, info(last_error_message="old trouble")).http)
    assert health.ok
    assert set(health.checks) == {"token", "webhook", "deliveries", "updates", "groups"}


@pytest.mark.parametrize(
    ("values", "failing"),
    [
        ({"url": ""}, "webhook"),
        ({"url": "https://elsewhere.example/"}, "webhook"),
        ({"pending_update_count": 37, "last_error_message": "Wrong response: 503"}, "deliveries"),
        ({"allowed_updates": ["message"]}, "updates"),
        ({"allowed_updates": None}, "updates"),
    ],
)
async def test_what_is_wrong_is_named(values: dict[str, Any], failing: str) -> None:
    health = await ADAPTER.check(account(), Telegram(ME, info(**values)).http)
    assert not health.ok
    assert [name for name, (ok, _) in health.checks.items() if not ok] == [failing]


@pytest.mark.parametrize(
    "answer", [refused(401, "Unauthorized"), httpx.ConnectError("down"), (502, "<html>")]
)
async def test_check_of_a_broken_connection_is_an_answer_and_no_error(answer: Any) -> None:
    health = await ADAPTER.check(account(), Telegram(answer).http)
    assert not health.ok
    assert set(health.checks) == {"token"}


def file(**values: Any) -> tuple[int, Any]:
    return 200, {"ok": True, "result": {"file_id": "f", "file_unique_id": "u"} | values}


async def test_file_gets_an_address_with_a_cap() -> None:
    telegram = Telegram(file(file_size=100, file_path="documents/file 2.pdf"))
    request = await locate_media("f", account(), telegram.http)
    assert request.url == f"https://api.telegram.org/file/bot{TOKEN}/documents/file%202.pdf"
    assert request.max_bytes == 20 * 1024 * 1024
    assert telegram.calls == [("getFile", {"file_id": "f"}, {})]


@pytest.mark.parametrize(
    "answer",
    [
        refused(400, "Bad Request: file is too big"),
        refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
        file(file_size=20 * 1024 * 1024 + 1, file_path="a"),
        file(file_size=5),
        file(file_path="/var/lib/telegram-bot-api/5550001111/a.jpg"),
        file(file_path="../../getMe"),
    ],
)
async def test_file_that_cannot_be_had_is_rejected(answer: Any) -> None:
    with pytest.raises(Rejected):
        await locate_media("f", account(), Telegram(answer).http)


async def test_account_without_token_asks_to_reconnect() -> None:
    with pytest.raises(Reconnect):
        await locate_media("f", account(secrets={"webhook_secret": Secret("x")}), Telegram().http)
