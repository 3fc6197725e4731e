"""The bus over Redis, against a server that speaks its protocol on a loopback port."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from fakeredis import TcpFakeServer

from hark.infra.bus import FACTS, RedisBus
from tests.support.running import free_port
from tests.support.waiting import until


class Redis:
    """Started, stopped and started again on one port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        TcpFakeServer.allow_reuse_address = True
        self._server = TcpFakeServer(("127.0.0.1", self.port), server_type="redis")
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def redis() -> Iterator[Redis]:
    server = Redis()
    server.start()
    yield server
    server.stop()


async def reaches(sender: RedisBus, receiver: RedisBus) -> None:
    heard: list[str] = []
    stop = receiver.subscribe("hello", heard.append)

    def asked() -> list[str]:
        sender.publish("hello")
        return heard

    await until(asked, every=0.05)
    stop()


async def test_other_processes_hear_each_hint_once(redis: Redis) -> None:
    one, two = RedisBus(redis.url), RedisBus(redis.url)
    await one.start()
    await two.start()
    try:
        await reaches(one, two)
        await reaches(two, one)
        here: list[str] = []
        there: list[str] = []
        one.subscribe(FACTS, here.append)
        two.subscribe(FACTS, there.append)
        for number in range(20):
            one.publish(FACTS, f"ü-{number}")
        await until(lambda: len(there) >= 20)
        assert there == here == [f"ü-{number}" for number in range(20)]
    finally:
        await one.close()
        await two.close()


async def test_a_process_without_redis_still_hears_itself_and_hears_others_when_it_is_back() -> None:
    server = Redis()
    one, two = RedisBus(server.url), RedisBus(server.url)
    await one.start()
    await two.start()
    here: list[str] = []
    one.subscribe(FACTS, here.append)
    one.publish(FACTS, "alone")
    assert here == ["alone"]
    server.start()
    try:
        await reaches(one, two)
        await reaches(two, one)
    finally:
        await one.close()
        await two.close()
        server.stop()
