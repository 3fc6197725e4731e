"""The stand-in behaves as the reference says, whoever calls it. Spoken to by plain HTTP, without the adapter."""

from __future__ import annotations

import ast
import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from hark.standins import telegram
from hark.standins.telegram import DEFAULT_TOKEN, Settings, World
from tests.adapters.telegram.serving import StandIn, stand_in

MARA = {"id": 555, "first_name": "Mara"}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x20\x00\x00\x00\x10" + b"\x00" * 20


@pytest.fixture
async def bot_api() -> Any:
    async with stand_in() as server:
        yield server


async def opened(server: StandIn) -> StandIn:
    await server.play("message", user=MARA, text="hello")
    return server


def test_it_imports_nothing_of_the_product_but_infrastructure() -> None:
    folder = Path(telegram.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name and name.startswith("hark."):
                    assert name.startswith(("hark.standins.", "hark.infra.http", "hark.kernel"))


async def test_tokens(bot_api: StandIn) -> None:
    me = await bot_api.result("getMe")
    assert me["is_bot"] is True
    assert me["id"] == int(DEFAULT_TOKEN.partition(":")[0])
    assert (await bot_api.call("getMe", token="1:unknown"))["description"] == "Unauthorized"
    assert (await bot_api.call("getMe", token="malformed"))["error_code"] == 404
    assert await bot_api.refusal("noSuchMethod") == (404, "Not Found: method not found")


async def test_names_of_methods_are_not_case_sensitive_and_get_works(bot_api: StandIn) -> None:
    answer = await bot_api.client.get(f"{bot_api.url}/bot{DEFAULT_TOKEN}/GETME")
    assert answer.json()["result"]["is_bot"] is True


async def test_a_bot_cannot_write_first(bot_api: StandIn) -> None:
    assert await bot_api.refusal("sendMessage", chat_id=555, text="x") == (400, "Bad Request: chat not found")
    await bot_api.play("bots", token="9:other")
    await bot_api.play("message", user=MARA, text="hi", bot="9:other")
    assert await bot_api.refusal("sendMessage", chat_id=555, text="x") == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )


@pytest.mark.parametrize("form", ["json", "data", "files"])
async def test_the_same_call_as_json_form_and_multipart(bot_api: StandIn, form: str) -> None:
    await opened(bot_api)
    reply = {"message_id": 1}
    values: dict[str, Any] = {"chat_id": 555, "text": "åäö 😀", "reply_parameters": reply}
    if form != "json":
        values = {"chat_id": "555", "text": "åäö 😀", "reply_parameters": json.dumps(reply)}
    if form == "files":
        values = {name: (None, value) for name, value in values.items()}
    url = f"{bot_api.url}/bot{DEFAULT_TOKEN}/sendMessage"
    result = (await bot_api.client.post(url, **{form: values})).json()["result"]
    assert result["text"] == "åäö 😀"
    assert result["reply_to_message"]["message_id"] == 1
    assert result["from"]["is_bot"] is True
    assert abs(result["date"] - time.time()) < 60


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"text": "  "}, "message text is empty"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "x", "message_thread_id": 9}, "message thread not found"),
        ({"text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"text": "a.b", "parse_mode": "MarkdownV2"}, "can't parse entities"),
        ({"text": "x", "business_connection_id": "gone"}, "business connection not found"),
    ],
)
async def test_refusals_of_a_text(bot_api: StandIn, values: dict[str, Any], refusal: str) -> None:
    await opened(bot_api)
    status, description = await bot_api.refusal("sendMessage", chat_id=555, **values)
    assert status == 400
    assert refusal in description


async def test_reply_to_a_deleted_message_goes_through_when_allowed(bot_api: StandIn) -> None:
    await opened(bot_api)
    reply = {"message_id": 99, "allow_sending_without_reply": True}
    assert "reply_to_message" not in await bot_api.result(
        "sendMessage", chat_id=555, text="x", reply_parameters=reply
    )


async def test_blocked_deactivated_and_kicked(bot_api: StandIn) -> None:
    await opened(bot_api)
    await bot_api.play("block", user=MARA)
    assert await bot_api.refusal("sendMessage", chat_id=555, text="x") == (
        403,
        "Forbidden: bot was blocked by the user",
    )
    await bot_api.play("block", user=MARA, blocked=False)
    await bot_api.result("sendMessage", chat_id=555, text="x")
    await bot_api.play("deactivate", user=MARA)
    assert await bot_api.refusal("sendMessage", chat_id=555, text="x") == (
        403,
        "Forbidden: user is deactivated",
    )
    await bot_api.play("group", chat={"id": -100, "type": "supergroup"}, member=False)
    assert await bot_api.refusal("sendMessage", chat_id=-100, text="x") == (
        403,
        "Forbidden: bot was kicked from the supergroup chat",
    )


async def test_a_group_that_moved_says_where(bot_api: StandIn) -> None:
    await bot_api.play("group", chat={"id": -5, "type": "group"})
    await bot_api.play("migrate", chat=-5, to=-1005)
    body = await bot_api.call("sendMessage", chat_id=-5, text="x")
    assert body["parameters"] == {"migrate_to_chat_id": -1005}
    assert (await bot_api.result("sendMessage", chat_id=-1005, text="x"))["chat"]["id"] == -1005


async def test_files_go_both_ways(bot_api: StandIn) -> None:
    await opened(bot_api)
    url = f"{bot_api.url}/bot{DEFAULT_TOKEN}/sendPhoto"
    sent = await bot_api.client.post(
        url, data={"chat_id": "555", "caption": "c"}, files={"photo": ("a.png", PNG, "image/png")}
    )
    sizes = sent.json()["result"]["photo"]
    assert (sizes[-1]["width"], sizes[-1]["height"], sizes[-1]["file_size"]) == (32, 16, len(PNG))
    again = await bot_api.result("sendPhoto", chat_id=555, photo=sizes[-1]["file_id"])
    assert again["photo"][-1]["file_id"] == sizes[-1]["file_id"]
    file = await bot_api.result("getFile", file_id=sizes[-1]["file_id"])
    assert (
        await bot_api.client.get(f"{bot_api.url}/file/bot{DEFAULT_TOKEN}/{file['file_path']}")
    ).content == PNG
    assert (await bot_api.client.get(f"{bot_api.url}/file/bot1:x/{file['file_path']}")).status_code == 401


async def test_refusals_of_files(bot_api: StandIn) -> None:
    await opened(bot_api)
    refusal = await bot_api.refusal("getFile", file_id="xyz")
    assert refusal == (400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    media = {"kind": "video", "size": 20 * 1024 * 1024 + 1}
    told = await bot_api.play("message", user=MARA, media=media)
    refusal = await bot_api.refusal("getFile", file_id=told["message"]["video"]["file_id"])
    assert refusal == (400, "Bad Request: file is too big")
    assert (await bot_api.refusal("sendPhoto", chat_id=555, photo="nonsense"))[0] == 400
    assert (await bot_api.refusal("sendPhoto", chat_id=555))[0] == 400
    assert (
        "too long"
        in (await bot_api.refusal("sendPhoto", chat_id=555, photo="https://x/a.png", caption="a" * 1025))[1]
    )


async def test_albums(bot_api: StandIn) -> None:
    await opened(bot_api)
    media = [
        {"type": "photo", "media": "attach://a", "caption": "both"},
        {"type": "photo", "media": "attach://b"},
    ]
    answer = await bot_api.client.post(
        f"{bot_api.url}/bot{DEFAULT_TOKEN}/sendMediaGroup",
        data={"chat_id": "555", "media": json.dumps(media)},
        files={"a": ("a.png", PNG, "image/png"), "b": ("b.png", PNG, "image/png")},
    )
    first, second = answer.json()["result"]
    assert first["media_group_id"] == second["media_group_id"]
    assert (first["caption"], second["message_id"] - first["message_id"]) == ("both", 1)
    assert (await bot_api.refusal("sendMediaGroup", chat_id=555, media=media[:1]))[0] == 400
    mixed = [{"type": "photo", "media": "https://x/a.png"}, {"type": "document", "media": "https://x/a.pdf"}]
    assert "mixed" in (await bot_api.refusal("sendMediaGroup", chat_id=555, media=mixed))[1]


async def test_edits_deletions_and_reactions(bot_api: StandIn) -> None:
    await opened(bot_api)
    sent = (await bot_api.result("sendMessage", chat_id=555, text="one"))["message_id"]
    edited = await bot_api.result("editMessageText", chat_id=555, message_id=sent, text="two")
    assert (edited["text"], "edit_date" in edited) == ("two", True)
    assert (
        "not modified"
        in (await bot_api.refusal("editMessageText", chat_id=555, message_id=sent, text="two"))[1]
    )
    assert (
        "can't be edited"
        in (await bot_api.refusal("editMessageText", chat_id=555, message_id=1, text="x"))[1]
    )
    assert "not found" in (await bot_api.refusal("editMessageText", chat_id=555, message_id=99, text="x"))[1]
    photo = (await bot_api.result("sendPhoto", chat_id=555, photo="https://x/a.png"))["message_id"]
    assert "no text" in (await bot_api.refusal("editMessageText", chat_id=555, message_id=photo, text="x"))[1]
    caption = await bot_api.result("editMessageCaption", chat_id=555, message_id=photo, caption="c")
    assert caption["caption"] == "c"
    await bot_api.result(
        "setMessageReaction", chat_id=555, message_id=1, reaction=[{"type": "emoji", "emoji": "👍"}]
    )
    assert await bot_api.result("deleteMessage", chat_id=555, message_id=sent) is True
    assert "not found" in (await bot_api.refusal("deleteMessage", chat_id=555, message_id=sent))[1]
    room = await bot_api.look("room", chat=555)
    assert room["deleted"] == [sent]
    assert room["reactions"]["1"][0]["emoji"] == "👍"


async def test_a_message_cannot_be_deleted_after_two_days() -> None:
    now = [time.time()]
    async with stand_in(world=World(Settings(), now=lambda: now[0])) as server:
        await opened(server)
        sent = (await server.result("sendMessage", chat_id=555, text="x"))["message_id"]
        now[0] += 48 * 3600 + 1
        assert "can't be deleted" in (await server.refusal("deleteMessage", chat_id=555, message_id=sent))[1]


async def test_buttons_are_answered_once(bot_api: StandIn) -> None:
    await opened(bot_api)
    told = await bot_api.play("press", user=MARA, message_id=1, data="yes")
    query = told["callback_query"]["id"]
    assert await bot_api.result("answerCallbackQuery", callback_query_id=query) is True
    assert "too old" in (await bot_api.refusal("answerCallbackQuery", callback_query_id=query))[1]


async def test_business_accounts() -> None:
    now = [time.time()]
    async with stand_in(world=World(Settings(), now=lambda: now[0])) as server:
        name = (await server.play("business", owner={"id": 42, "first_name": "Owner"}))["id"]
        await server.play("message", user=MARA, business=name, text="hi")
        send = {"chat_id": 555, "business_connection_id": name, "text": "yes"}
        sent = await server.result("sendMessage", **send)
        assert (sent["from"]["id"], sent["sender_business_bot"]["is_bot"]) == (42, True)
        echo = (await server.result("getUpdates"))[-1]["business_message"]
        assert echo == sent
        read = {"chat_id": 555, "business_connection_id": name, "message_id": 1}
        assert await server.result("readBusinessMessage", **read) is True
        now[0] += 24 * 3600 + 1
        assert await server.refusal("sendMessage", **send) == (400, "Bad Request: BUSINESS_PEER_INVALID")
        await server.play("message", user=MARA, business=name, text="still there?")
        await server.play("business", id=name, owner={"id": 42}, enabled=False)
        assert "not found" in (await server.refusal("sendMessage", **send))[1]


# Faults -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "status", "word"),
    [
        ({"kind": "flood", "seconds": 14}, 429, "retry after 14"),
        ({"kind": "blocked"}, 403, "blocked by the user"),
        ({"kind": "bad_request", "description": "TOPIC_CLOSED"}, 400, "TOPIC_CLOSED"),
        ({"kind": "server_error"}, 500, "restart"),
    ],
)
async def test_faults_that_are_answers(
    bot_api: StandIn, rule: dict[str, Any], status: int, word: str
) -> None:
    await opened(bot_api)
    await bot_api.play("faults", [{"methods": "send*", "times": 1, **rule}])
    assert (await bot_api.result("getMe"))["is_bot"]
    answered = await bot_api.refusal("sendMessage", chat_id=555, text="x")
    assert (answered[0], word in answered[1]) == (status, True)
    await bot_api.result("sendMessage", chat_id=555, text="x")


async def test_gateway_page(bot_api: StandIn) -> None:
    await opened(bot_api)
    await bot_api.play("faults", [{"kind": "bad_gateway"}])
    answer = await bot_api.client.post(f"{bot_api.url}/bot{DEFAULT_TOKEN}/getMe")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")


@pytest.mark.parametrize(
    ("kind", "arrived"),
    [("drop_before", 0), ("drop_after", 1), ("timeout_before", 0), ("timeout_after", 1)],
)
async def test_silence_before_and_after_carrying_out(bot_api: StandIn, kind: str, arrived: int) -> None:
    await opened(bot_api)
    await bot_api.play("faults", [{"kind": kind, "methods": "sendMessage", "seconds": 0.01}])
    with pytest.raises(httpx.TransportError):
        await bot_api.call("sendMessage", chat_id=555, text="x")
    assert len((await bot_api.look("room", chat=555))["messages"]) == 1 + arrived


async def test_faults_of_one_chat_and_slow_answers(bot_api: StandIn) -> None:
    await opened(bot_api)
    await bot_api.play("message", user={"id": 556}, text="hi")
    await bot_api.play("faults", [{"kind": "blocked", "chat": 556}, {"kind": "slow", "seconds": 0.05}])
    assert (await bot_api.refusal("sendMessage", chat_id=556, text="x"))[0] == 403
    started = time.monotonic()
    await bot_api.result("sendMessage", chat_id=555, text="x")
    assert time.monotonic() - started >= 0.05


async def test_limits_answer_429_with_the_seconds_to_wait() -> None:
    now = [1000.0]
    async with stand_in(world=World(Settings(limits=True), now=lambda: now[0])) as server:
        await opened(server)
        for _ in range(5):
            await server.result("sendMessage", chat_id=555, text="x")
        body = await server.call("sendMessage", chat_id=555, text="x")
        assert body["parameters"] == {"retry_after": 5}
        now[0] += 5
        await server.result("sendMessage", chat_id=555, text="x")


# Control ----------------------------------------------------------------------------------------------------------------------


async def test_any_update_can_be_injected_and_answered(bot_api: StandIn) -> None:
    chat = {"id": 9100200300, "type": "private", "first_name": "Nora"}
    update = {"update_id": 77, "message": {"message_id": 40, "chat": chat, "date": 1, "text": "x"}}
    assert await bot_api.play("update", update=update) == {"update_id": 77}
    assert (await bot_api.result("getUpdates"))[0] == update
    assert (await bot_api.result("sendMessage", chat_id=9100200300, text="y"))["message_id"] == 41


async def test_media_of_customers_can_be_fetched(bot_api: StandIn) -> None:
    media = {"kind": "voice", "data": base64.b64encode(b"OggS").decode(), "caption": "listen"}
    message = (await bot_api.play("message", user=MARA, media=media))["message"]
    assert message["caption"] == "listen"
    file = await bot_api.result("getFile", file_id=message["voice"]["file_id"])
    assert (
        await bot_api.client.get(f"{bot_api.url}/file/bot{DEFAULT_TOKEN}/{file['file_path']}")
    ).content == b"OggS"


async def test_edits_and_topics_of_customers(bot_api: StandIn) -> None:
    await opened(bot_api)
    told = await bot_api.play("edit", user=MARA, message_id=1, text="hello!")
    assert told["edited_message"]["text"] == "hello!"
    await bot_api.play("group", chat={"id": -100, "is_forum": True})
    told = await bot_api.play("message", user=MARA, chat=-100, topic=7, text="@stand_in_bot hi")
    assert told["message"]["is_topic_message"] is True
    sent = await bot_api.result("sendMessage", chat_id=-100, message_thread_id=7, text="x")
    assert sent["message_thread_id"] == 7


async def test_calls_are_kept_without_tokens(bot_api: StandIn) -> None:
    await bot_api.result("getMe")
    (call,) = await bot_api.look("calls")
    assert (call["method"], call["status"]) == ("getMe", 200)
    assert DEFAULT_TOKEN not in json.dumps(call)


async def test_wrong_control_is_told(bot_api: StandIn) -> None:
    for what, body in (
        ("nothing", b"{}"),
        ("message", b"{}"),
        ("faults", b'[{"kind":"x"}]'),
        ("message", b"{"),
    ):
        answer = await bot_api.client.post(f"{bot_api.url}/_control/{what}", content=body)
        assert answer.status_code in {400, 404}


async def test_faults_are_added_one_by_one_and_ended_together(bot_api: StandIn) -> None:
    await bot_api.play("faults", {"kind": "slow"})
    assert len(await bot_api.play("faults", {"kind": "blocked"})) == 2
    assert len(await bot_api.look("faults")) == 2
    assert (await bot_api.client.delete(f"{bot_api.url}/_control/faults")).status_code == 200
    assert await bot_api.look("faults") == []
    assert any("POST faults" in line for line in (await bot_api.look(""))["help"])


async def test_reset_forgets_everything(bot_api: StandIn) -> None:
    await opened(bot_api)
    await bot_api.play("faults", [{"kind": "blocked"}])
    await bot_api.play("reset")
    assert (await bot_api.look("state"))["faults"] == []
    assert await bot_api.refusal("sendMessage", chat_id=555, text="x") == (400, "Bad Request: chat not found")


async def test_only_loopback_is_served() -> None:
    app = telegram.create_app()
    transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        assert (await client.get(f"/bot{DEFAULT_TOKEN}/getMe")).status_code == 403
