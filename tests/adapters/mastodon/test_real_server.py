"""The adapter against software that was not written here: `mastodon_mock`, a Mastodon server of another project's."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from hark.adapters.mastodon import ADAPTER
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Deletion,
    Edit,
    InboundEvent,
    Message,
    NotSent,
    Outbound,
    OutboundAttachment,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
)
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.ids import new_id
from hark.kernel.secrets import Secret
from tests.support.processes import free_port

pytest.importorskip(
    "mastodon_mock", reason="mastodon_mock is not installed: the tests against another's server are skipped"
)
pytestmark = [pytest.mark.timeout(90)]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "mastodon_mock",
        "serve",
        "--in-memory",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    ends = time.monotonic() + 40
    while time.monotonic() < ends:
        assert process.poll() is None, "the server ended"
        try:
            if httpx.get(f"{address}/api/v2/instance", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


class Person:
    """Somebody with an app of their own."""

    def __init__(self, base: str, name: str) -> None:
        self.name = name
        self.http = httpx.Client(base_url=base, trust_env=False)
        app = self.http.post(
            "/api/v1/apps",
            data={"client_name": "app", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"},
        ).json()
        grant = {
            "grant_type": "client_credentials",
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
        }
        token = self.http.post("/oauth/token", data=grant).json()["access_token"]
        account = {
            "username": name,
            "email": f"{name}@example.com",
            "password": "hunter2pw!",
            "agreement": "true",
            "locale": "en",
        }
        made = self.http.post("/api/v1/accounts", data=account, headers={"authorization": f"Bearer {token}"})
        assert made.status_code == 200, made.text
        self.token = made.json()["access_token"]
        self.http.headers["authorization"] = f"Bearer {self.token}"
        self.id = self.call("GET", "/api/v1/accounts/verify_credentials")["id"]

    def call(self, method: str, path: str, **body: Any) -> Any:
        answer = self.http.request(method, path, json=body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, text: str, **more: Any) -> Any:
        return self.call("POST", "/api/v1/statuses", status=text, **more)


class Scene(msgspec.Struct):
    shop: Person
    ada: Person
    account: Account
    http: GuardedHttp

    async def read(self) -> list[InboundEvent]:
        cursor, events = None, []
        assert ADAPTER.fetch_page is not None
        while True:
            page = await ADAPTER.fetch_page(cursor, utc_now(), self.account, self.http)
            self.account = msgspec.structs.replace(self.account, state={**self.account.state, **page.state})
            for item in page.items:
                events += ADAPTER.normalize(item.payload, utc_now())
            cursor = page.next
            if cursor is None:
                return events

    async def message(self, text: str) -> Message:
        found = [
            event for event in await self.read() if isinstance(event, Message) and text in (event.text or "")
        ]
        assert found, text
        return found[0]


_count = iter(range(1, 1000))


@pytest.fixture
async def scene(server: str) -> AsyncIterator[Scene]:
    number = next(_count)
    shop, ada = Person(server, f"shop{number}"), Person(server, f"ada{number}")
    http = GuardedHttp(allow_private=True)
    told = await ADAPTER.connect({"base_url": server, "access_token": shop.token}, None, http)
    assert told.platform_account_id == shop.id
    account = Account(
        UUID(int=1), UUID(int=2), shop.id, told.name, {"access_token": Secret(shop.token)}, told.fields
    )
    yield Scene(shop, ada, account, http)
    await http.aclose()


def answer_to(message: Message, text: str, **more: Any) -> Outbound:
    now = utc_now()
    thread = message.thread
    return Outbound(
        new_id(now),
        thread.source,
        thread.key,
        message.author.id,
        now,
        text=text,
        reply_to=thread.reply_to,
        **more,
    )


async def test_a_mention_comes_in_and_the_answer_reaches_the_customer(scene: Scene) -> None:
    told = scene.ada.post(f"@{scene.shop.name} is the shop open?\nOn Monday too?")
    message = await scene.message("is the shop open")
    assert (message.id, message.thread.source) == (told["id"], Source.MENTION)
    assert message.text == f"@{scene.shop.name} is the shop open?\nOn Monday too?"
    sent = await ADAPTER.send(answer_to(message, "From nine."), scene.account, scene.http)
    (notice,) = scene.ada.call("GET", "/api/v1/notifications")
    assert (notice["type"], notice["status"]["id"]) == ("mention", sent.platform_message_id)
    (shown,) = scene.ada.call("GET", f"/api/v1/statuses/{told['id']}/context")["descendants"]
    assert shown["in_reply_to_id"] == told["id"]
    again = await scene.message("From nine.")
    assert (again.author.us, again.thread.key, again.thread.source) == (
        True,
        message.thread.key,
        Source.MENTION,
    )


async def test_a_reply_under_our_post_is_a_comment_with_its_post(scene: Scene) -> None:
    ours = scene.shop.post("Our new blend is here.")
    scene.ada.post(f"@{scene.shop.name} is it decaf?", in_reply_to_id=ours["id"])
    message = await scene.message("is it decaf?")
    assert (message.thread.source, message.thread.key) == (Source.COMMENT, f"{ours['id']}#{scene.ada.id}")
    assert ADAPTER.fetch_post is not None
    post = await ADAPTER.fetch_post(ours["id"], scene.account, scene.http)
    assert post is not None
    assert post.text == "Our new blend is here."


async def test_a_direct_message_is_answered_where_only_the_customer_reads_it(scene: Scene) -> None:
    scene.ada.post(f"@{scene.shop.name} my order 4711", visibility="direct")
    message = await scene.message("my order 4711")
    assert (message.thread.source, message.thread.key) == (Source.DM, scene.ada.id)
    sent = await ADAPTER.send(answer_to(message, "It left today."), scene.account, scene.http)
    shown = scene.ada.call("GET", f"/api/v1/statuses/{sent.platform_message_id}")
    assert shown["visibility"] == "direct"
    assert [each["acct"] for each in shown["mentions"]] == [scene.ada.name]
    assert ADAPTER.perform is not None
    thread = message.thread
    await ADAPTER.perform(Action(Ability.MARK_READ, thread.key, thread.reply_to), scene.account, scene.http)


async def test_files_go_out_with_their_descriptions_and_come_in(scene: Scene) -> None:
    scene.ada.post(f"@{scene.shop.name} how does it look?")
    message = await scene.message("how does it look?")
    picture = OutboundAttachment(
        "image", "cup.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"0" * 64, alt="A brown cup"
    )
    sent = await ADAPTER.send(answer_to(message, "So", attachments=(picture,)), scene.account, scene.http)
    (file,) = scene.ada.call("GET", f"/api/v1/statuses/{sent.platform_message_id}")["media_attachments"]
    assert (file["type"], file["description"]) == ("image", "A brown cup")


async def test_a_repeated_send_is_one_post_and_a_lost_one_is_found(scene: Scene) -> None:
    scene.ada.post(f"@{scene.shop.name} hello?")
    outbound = answer_to(await scene.message("hello?"), "See https://example.com/a?b=c&d=e\nand *this*")
    assert ADAPTER.look_up is not None
    assert await ADAPTER.look_up(outbound, scene.account, scene.http) == NotSent()
    first = await ADAPTER.send(outbound, scene.account, scene.http)
    found = await ADAPTER.look_up(outbound, scene.account, scene.http)
    assert isinstance(found, Sent)
    assert found.platform_message_id == first.platform_message_id
    assert (
        await ADAPTER.send(outbound, scene.account, scene.http)
    ).platform_message_id == first.platform_message_id


async def test_edits_and_deletions_are_noticed_by_looking(scene: Scene) -> None:
    one = scene.ada.post(f"@{scene.shop.name} first")
    two = scene.ada.post(f"@{scene.shop.name} second")
    await scene.read()
    scene.ada.call("PUT", f"/api/v1/statuses/{one['id']}", status=f"@{scene.shop.name} first, corrected")
    scene.ada.call("DELETE", f"/api/v1/statuses/{two['id']}")
    events = await scene.read()
    edits = [event for event in events if isinstance(event, Edit)]
    assert [(edit.target, edit.text) for edit in edits] == [
        (one["id"], f"@{scene.shop.name} first, corrected")
    ]
    assert [event.target for event in events if isinstance(event, Deletion)] == [two["id"]]


async def test_moderation_is_seen_by_the_server(scene: Scene) -> None:
    told = scene.ada.post(f"@{scene.shop.name} spam")
    message = await scene.message("spam")
    for ability, key, expected in (
        (Ability.LIKE, "favourites_count", 1),
        (Ability.UNLIKE, "favourites_count", 0),
    ):
        await _do(scene, message, ability)
        assert scene.ada.call("GET", f"/api/v1/statuses/{told['id']}")[key] == expected
    sent = await ADAPTER.send(answer_to(message, "No, thanks"), scene.account, scene.http)
    ours = msgspec.structs.replace(message, id=sent.platform_message_id)
    await _do(scene, ours, Ability.EDIT, text="No")
    changed = scene.ada.call("GET", f"/api/v1/statuses/{ours.id}")["content"]
    assert "No" in changed
    assert "thanks" not in changed
    await _do(scene, ours, Ability.DELETE)
    assert scene.ada.http.get(f"/api/v1/statuses/{ours.id}").status_code == 404
    with pytest.raises(Rejected):
        await _do(scene, message, Ability.DELETE)
    for ability, blocked in ((Ability.BAN, True), (Ability.UNBAN, False)):
        await _do(scene, message, ability)
        (relation,) = scene.shop.http.get(
            "/api/v1/accounts/relationships", params={"id[]": scene.ada.id}
        ).json()
        assert relation["blocking"] is blocked


async def _do(scene: Scene, message: Message, ability: Ability, **more: Any) -> None:
    thread = message.thread
    action = Action(
        ability, thread.key, thread.reply_to, message.author.id, message.id, author=message.author.id, **more
    )
    assert ADAPTER.perform is not None
    await ADAPTER.perform(action, scene.account, scene.http)


async def test_the_stream_tells_what_the_lists_tell_under_the_same_keys(scene: Scene) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    standing = asyncio.Event()

    async def emit(items: Any, state: Any) -> None:
        standing.set()
        for item in items:
            heard.put_nowait(item)

    assert ADAPTER.listen is not None
    listening = asyncio.create_task(ADAPTER.listen(scene.account, scene.http, emit))
    async with asyncio.timeout(20):
        await standing.wait()
        told = await asyncio.to_thread(scene.ada.post, f"@{scene.shop.name} live!", visibility="direct")
        item = await heard.get()
    (event,) = ADAPTER.normalize(item.payload, utc_now())
    assert isinstance(event, Message)
    assert (event.id, event.thread.source) == (told["id"], Source.DM)
    assert ADAPTER.fetch_page is not None
    page = await ADAPTER.fetch_page(None, utc_now(), scene.account, scene.http)
    assert item.dedup_key in {each.dedup_key for each in page.items}
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_refused_tokens_and_floods_have_their_class(scene: Scene, server: str) -> None:
    with pytest.raises(Rejected):
        await ADAPTER.connect({"base_url": server, "access_token": "nobody's"}, None, scene.http)
    stranger = msgspec.structs.replace(scene.account, secrets={"access_token": Secret("nobody's")})
    assert ADAPTER.fetch_page is not None
    with pytest.raises(Reconnect):
        await ADAPTER.fetch_page(None, utc_now(), stranger, scene.http)
    rule = {
        "method": "GET",
        "path": "/api/v1/notifications",
        "status": 429,
        "kind": "ratelimit",
        "type": "ratelimit",
    }
    made = scene.shop.http.post("/api/v1/_mock/faults", json=rule)
    if made.status_code == 200:
        with pytest.raises(TryAgain):
            await ADAPTER.fetch_page(None, utc_now(), scene.account, scene.http)
        scene.shop.http.delete("/api/v1/_mock/faults")


async def test_the_doctor_finds_the_connection_sound(scene: Scene) -> None:
    health = await ADAPTER.check(scene.account, scene.http)
    assert health.ok, health
    assert {"token", "scopes", "subscription", "incoming", "limits"} <= set(health.checks)
