"""How a bot hears from the stand-in: polling and webhooks, with the order, pauses and ends that the reference names."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hark.standins.telegram import Settings, World
from tests.adapters.telegram.serving import Receiver, StandIn, served, stand_in, until

MARA = {"id": 555, "first_name": "Mara"}


@pytest.fixture
async def bot_api() -> AsyncIterator[StandIn]:
    async with stand_in() as server:
        yield server


async def opened(server: StandIn) -> StandIn:
    await server.play("message", user=MARA, text="hello")
    return server


# getUpdates -------------------------------------------------------------------------------------------------------------------


async def test_polling_repeats_until_confirmed(bot_api: StandIn) -> None:
    for text in ("one", "two", "three"):
        await bot_api.play("message", user=MARA, text=text)
    first = await bot_api.result("getUpdates", limit=2)
    assert await bot_api.result("getUpdates", limit=2) == first
    offset = first[-1]["update_id"] + 1
    rest = await bot_api.result("getUpdates", offset=offset)
    assert [update["message"]["text"] for update in rest] == ["three"]
    assert await bot_api.result("getUpdates", offset=offset + 1) == []
    assert await bot_api.result("getUpdates", offset=0) == []


async def test_negative_offset_forgets_all_but_the_last(bot_api: StandIn) -> None:
    for text in ("one", "two", "three"):
        await bot_api.play("message", user=MARA, text=text)
    assert [u["message"]["text"] for u in await bot_api.result("getUpdates", offset=-1)] == ["three"]
    assert len(await bot_api.result("getUpdates")) == 1


async def test_long_poll_answers_when_something_comes(bot_api: StandIn) -> None:
    waiting = asyncio.create_task(bot_api.result("getUpdates", timeout=9))
    outbox = next(iter(bot_api.world.outboxes.values()))
    await until(lambda: outbox.poller is not None)
    await bot_api.play("message", user=MARA, text="hi")
    assert (await waiting)[0]["message"]["text"] == "hi"


async def test_second_poller_ends_the_first(bot_api: StandIn) -> None:
    first = asyncio.create_task(bot_api.call("getUpdates", timeout=9))
    outbox = next(iter(bot_api.world.outboxes.values()))
    await until(lambda: outbox.poller is not None)
    assert await bot_api.result("getUpdates") == []
    assert "terminated by other getUpdates" in (await first)["description"]


async def test_polling_is_refused_while_a_webhook_is_set(bot_api: StandIn) -> None:
    await bot_api.result("setWebhook", url="http://127.0.0.1:9/")
    assert (await bot_api.refusal("getUpdates"))[0] == 409
    await bot_api.result("deleteWebhook")
    assert await bot_api.result("getUpdates") == []


async def test_kinds_that_come_only_when_asked_for(bot_api: StandIn) -> None:
    await opened(bot_api)
    react = {"user": MARA, "message_id": 1, "emoji": ["👍"]}
    assert (await bot_api.play("react", **react))["update_id"] is None
    await bot_api.result("getUpdates", allowed_updates=["message_reaction"])
    assert (await bot_api.play("react", **react))["update_id"] is not None
    assert (await bot_api.play("message", user=MARA, text="x"))["update_id"] is None
    await bot_api.result("getUpdates")
    assert (await bot_api.play("message", user=MARA, text="x"))["update_id"] is None, (
        "not naming them keeps them"
    )
    await bot_api.result("getUpdates", allowed_updates=[])
    assert (await bot_api.play("message", user=MARA, text="x"))["update_id"] is not None


# Webhooks ---------------------------------------------------------------------------------------------------------------------


async def test_webhook_brings_the_update_and_the_secret(bot_api: StandIn) -> None:
    hook = Receiver()
    async with served(hook) as url:
        await bot_api.result("setWebhook", url=url, secret_token="s-1")
        told = await bot_api.play("message", user=MARA, text="hi")
        await until(lambda: hook.updates)
        assert hook.updates == [{"update_id": told["update_id"], "message": told["message"]}]
        assert hook.secrets == ["s-1"]
        await until(lambda: not next(iter(bot_api.world.outboxes.values())).pending)


async def test_what_waited_is_delivered_once_a_webhook_is_set(bot_api: StandIn) -> None:
    hook = Receiver()
    await opened(bot_api)
    async with served(hook) as url:
        await bot_api.result("setWebhook", url=url)
        await until(lambda: hook.updates)
        assert hook.secrets == [None]


async def test_failing_update_is_repeated_and_blocks_only_its_own_chat(bot_api: StandIn) -> None:
    failures = [3]

    async def behave(update: dict[str, Any]) -> tuple[int, dict[str, str]]:
        if update["message"]["text"] == "one" and failures[0]:
            failures[0] -= 1
            return 503, {}
        return 200, {}

    hook = Receiver(behave)
    async with served(hook) as url:
        await bot_api.result("setWebhook", url=url)
        for text in ("one", "two"):
            await bot_api.play("message", user=MARA, text=text)
        await bot_api.play("message", user={"id": 556}, text="other")
        await until(lambda: len(hook.updates) == 6)
    texts = [update["message"]["text"] for update in hook.updates]
    assert [text for text in texts if text != "other"] == ["one"] * 4 + ["two"]
    assert texts.index("other") < 4
    info = await bot_api.result("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 503"
    waits = [a["number"] for a in await bot_api.look("deliveries") if a["outcome"] == 503]
    assert waits == [1, 2, 3]


async def test_pauses_grow_and_are_capped() -> None:
    from hark.standins.telegram.delivery import Delivery
    from hark.standins.telegram.outbox import Pending, Webhook

    world = World()
    delivery = Delivery(world)
    bot, update = world.some_bot(None), Pending(1, {}, "q", 0)
    waits = [delivery._failed(bot, Webhook("x"), update, number, 500, None) for number in range(1, 12)]
    assert waits[:5] == [0, 2, 4, 8, 16]
    assert all(60 <= wait <= 120 for wait in waits[7:])
    await delivery.close()


async def test_retry_after_of_the_answer_is_used() -> None:
    async with stand_in(Settings(delay_scale=0.001)) as server:
        answers = iter([(503, {"retry-after": "200"}), (200, {})])

        async def behave(update: dict[str, Any]) -> tuple[int, dict[str, str]]:
            return next(answers)

        hook = Receiver(behave)
        async with served(hook) as url:
            await server.result("setWebhook", url=url)
            await server.play("message", user=MARA, text="x")
            await until(lambda: len(hook.updates) == 2)
        first, second = await server.look("deliveries")
        assert second["at"] - first["at"] >= 0.2


async def test_expired_updates_are_dropped() -> None:
    now = [time.time()]

    async def behave(update: dict[str, Any]) -> tuple[int, dict[str, str]]:
        now[0] += 13 * 3600
        return 500, {}

    async with stand_in(world=World(Settings(delay_scale=0.001), now=lambda: now[0])) as server:
        hook = Receiver(behave)
        async with served(hook) as url:
            await server.result("setWebhook", url=url)
            await server.play("message", user=MARA, text="x")
            await until(lambda: len(hook.updates) == 2)
            await until(lambda: not next(iter(server.world.outboxes.values())).pending)


async def test_address_that_is_gone_for_23_hours_loses_its_webhook() -> None:
    now = [time.time()]

    async def behave(update: dict[str, Any]) -> tuple[int, dict[str, str]]:
        now[0] += 8 * 3600
        return 410, {}

    async with stand_in(world=World(Settings(delay_scale=0.001), now=lambda: now[0])) as server:
        async with served(Receiver(behave)) as url:
            await server.result("setWebhook", url=url)
            for _ in range(3):
                await server.play("message", user=MARA, text="x")
            await until(lambda: next(iter(server.world.outboxes.values())).webhook is None)


async def test_withheld_duplicated_and_shuffled(bot_api: StandIn) -> None:
    hook = Receiver()
    async with served(hook) as url:
        await bot_api.result("setWebhook", url=url)
        await bot_api.play("webhooks", hold=True)
        for number in range(20):
            await bot_api.play("message", user=MARA, text=str(number))
        assert hook.updates == []
        made = await bot_api.play("webhooks", release={"copies": 3, "shuffle": 7})
        texts = [update["message"]["text"] for update in hook.updates]
        assert made["requests"] == 60
        assert sorted(texts, key=int) == [str(n // 3) for n in range(60)]
        assert texts != sorted(texts, key=int)
        await bot_api.play("webhooks", duplicates=1)
        await bot_api.play("message", user=MARA, text="again")
        await until(lambda: len(hook.updates) == 62)


async def test_release_on_an_empty_queue_sends_nothing(bot_api: StandIn) -> None:
    assert (await bot_api.play("webhooks", release={}))["requests"] == 0


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:8443/", "An HTTPS URL must be provided"),
        ("https://127.0.0.1:9999/", "only on ports"),
        ("https://example.com/", "loopback"),
    ],
)
async def test_webhook_addresses_as_the_cloud_takes_them(url: str, reason: str) -> None:
    async with stand_in(Settings(https_only=True)) as server:
        status, description = await server.refusal("setWebhook", url=url)
        assert status == 400
        assert reason in description


async def test_webhook_is_set_at_most_once_per_second() -> None:
    async with stand_in(Settings(delay_scale=1.0)) as server:
        await server.result("setWebhook", url="http://127.0.0.1:9/")
        body = await server.call("setWebhook", url="http://127.0.0.1:9/")
        assert body["parameters"] == {"retry_after": 1}


async def test_secret_has_its_alphabet(bot_api: StandIn) -> None:
    assert (await bot_api.refusal("setWebhook", url="http://127.0.0.1:9/", secret_token="a b"))[0] == 400
