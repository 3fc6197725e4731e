"""The page about the webhook channel can fail: its schema is the code's, and its receiver runs as it is printed."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from hark.adapters.webhook import ADAPTER
from hark.adapters.webhook.payloads import Batch, schema
from hark.channels.contract import Ability, Account, Action, NotSent, Rejected, Sent
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret
from tests.adapters.webhook.cases import EXPECTED, body, outbound
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "platforms" / "webhook.md"
SCHEMA = ROOT / "docs" / "webhook-channel.schema.json"
SECRET = "signing-secret-of-the-receiver"


def test_the_published_schema_is_the_one_that_is_read() -> None:
    """To write it anew: `python -m hark.adapters.webhook.payloads > docs/webhook-channel.schema.json`."""
    assert msgspec.json.decode(SCHEMA.read_bytes()) == schema()


@pytest.mark.parametrize("name", EXPECTED)
def test_every_fixture_follows_the_schema(name: str) -> None:
    assert msgspec.json.decode(body(name), type=Batch).events


def test_the_page_names_every_ability_type_and_value() -> None:
    page = PAGE.read_text()
    types = {
        each["properties"]["type"]["enum"][0]
        for each in schema()["$defs"].values()
        if "type" in each.get("required", ())
    }
    assert {"message", "edit", "deletion", "reaction", "receipt", "person"} == types
    for word in types:
        assert f"`{word}`" in page, word
    for field in ADAPTER.manifest.fields:
        assert f"| {field.label} |" in page, field.label


def printed(number: int) -> str:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[number]  # type: ignore[no-any-return]


def test_the_receiver_has_forty_lines_or_few_more() -> None:
    assert len([line for line in printed(0).splitlines() if line.strip()]) <= 45


@asynccontextmanager
async def receiver(folder: Path) -> AsyncIterator[str]:
    """The printed program, as its own process; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = folder / "receiver.py"
    program.write_text(printed(0))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(program),
        str(port),
        env={"SIGNING_SECRET": SECRET},
        stderr=asyncio.subprocess.DEVNULL,
    )

    def answers() -> bool:
        with socket.socket() as trying:
            return trying.connect_ex(("127.0.0.1", port)) == 0

    try:
        await until(answers, within=10)
        yield f"http://127.0.0.1:{port}/hark"
    finally:
        process.terminate()
        await process.wait()


def account(address: str, secret: str = SECRET, **more: Any) -> Account:
    fields = {"base_url": address, "abilities": "reply,hide", "looks_up": "yes", **more}
    return Account(
        UUID(int=1), UUID(int=2), "Web shop", "Web shop", {"signing_secret": Secret(secret)}, fields
    )


async def test_the_printed_receiver_takes_answers_once_and_finds_them_again(tmp_path: Path) -> None:
    http = GuardedHttp(allow_private=True)
    async with receiver(tmp_path) as address:
        ours = account(address)
        values = {"channel": "Web shop", "base_url": address, "signing_secret": SECRET}
        connected = await ADAPTER.connect(values, "https://hark.example/hook", http)
        assert (connected.platform_account_id, connected.generated) == ("Web shop", {})
        assert (await ADAPTER.check(ours, http)).ok
        assert ADAPTER.look_up is not None
        assert isinstance(await ADAPTER.look_up(outbound(), ours, http), NotSent)
        first = await ADAPTER.send(outbound(), ours, http)
        again = await ADAPTER.send(outbound(), ours, http)
        assert first == again == Sent("answer-1")
        assert await ADAPTER.look_up(outbound(), ours, http) == first
        assert ADAPTER.perform is not None
        await ADAPTER.perform(Action(Ability.HIDE, "page-1", target="k-1"), ours, http)
        with pytest.raises(Rejected):
            await ADAPTER.connect({**values, "signing_secret": "another-secret-entirely-x"}, None, http)
        stranger = account(address, "another-secret-entirely-x")
        assert not (await ADAPTER.check(stranger, http)).ok
    await http.aclose()
