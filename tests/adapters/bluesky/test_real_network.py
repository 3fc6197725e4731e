"""The adapter against Bluesky's own software: the real server, AppView and directory, and the atproto SDK as the customer."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from typing import Any

import msgspec
import pytest
from atproto import AsyncClient, client_utils, models
from PIL import Image

from hark.adapters.bluesky import ADAPTER
from hark.channels.contract import (
    Ability,
    Action,
    Deletion,
    Edit,
    Message,
    NotSent,
    OutboundAttachment,
    Reconnect,
    Rejected,
    Sent,
    Source,
)
from hark.infra.http import Broken, GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret
from tests.adapters.bluesky.bridge import bridge
from tests.adapters.bluesky.chat_service import ChatService, chat_service
from tests.adapters.bluesky.network import (
    PASSWORD,
    Reader,
    answer_to,
    app_password,
    connected,
    eventually,
    person,
    replies_to,
)
from tests.support.servers import Network, bluesky_network

pytestmark = [pytest.mark.timeout(90)]


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with bluesky_network() as found:
        yield found


@pytest.fixture
async def http() -> AsyncIterator[GuardedHttp]:
    guarded = GuardedHttp(allow_private=True)
    yield guarded
    await guarded.aclose()


@pytest.fixture
async def service() -> AsyncIterator[ChatService]:
    async with chat_service() as found:
        yield found


class Scene(msgspec.Struct):
    shop: AsyncClient
    ada: AsyncClient
    reader: Reader
    http: GuardedHttp
    network: Network
    service: ChatService

    def mention(self, text: str) -> client_utils.TextBuilder:
        assert self.shop.me is not None
        return (
            client_utils.TextBuilder().mention(f"@{self.shop.me.handle}", self.shop.me.did).text(f" {text}")
        )

    async def publish(self, text: str) -> Any:
        """A post of the shop. Replies to it before it is indexed are told to nobody by this AppView."""
        post = await self.shop.send_post(text)

        async def indexed() -> bool:
            return bool((await self.ada.app.bsky.feed.get_posts({"uris": [post.uri]})).posts)

        await eventually(indexed)
        return post

    @property
    def account(self) -> Any:
        return self.reader.account


_count = iter(range(1, 1000))


@pytest.fixture
async def scene(network: Network, http: GuardedHttp, service: ChatService) -> Scene:
    """A shop and a customer of their own for each test."""
    number = next(_count)
    shop, ada = await asyncio.gather(
        person(network, f"shop{number}.test"), person(network, f"ada{number}.test")
    )
    password = await app_password(shop)
    account = await connected(network, f"shop{number}.test", password, http, chat_service=service.did)
    for client in (shop, ada):
        assert client.me is not None
        service.handles[client.me.did] = client.me.handle
    return Scene(shop, ada, Reader(account, http), http, network, service)


async def test_a_mention_comes_in_and_the_customer_reads_the_answer(scene: Scene) -> None:
    told = await scene.ada.send_post(scene.mention("my parcel is late 📦"))
    message = await scene.reader.message("my parcel is late")
    assert (message.id, message.thread.source) == (told.uri, Source.MENTION)
    assert message.author.handle == scene.ada.me.handle  # type: ignore[union-attr]
    text = f"☕ Hej @{scene.ada.me.handle}, see https://example.com/p/ä?id=7 #påse"  # type: ignore[union-attr]
    sent = await ADAPTER.send(answer_to(message, text), scene.account, scene.http)
    (reply,) = await replies_to(scene.ada, told.uri)
    assert (reply.post.uri, reply.post.record.text) == (sent.platform_message_id, text)
    assert reply.post.record.reply.root.uri == reply.post.record.reply.parent.uri == told.uri
    encoded = text.encode()
    marked = {
        encoded[facet.index.byte_start : facet.index.byte_end].decode(): facet.features[0]
        for facet in reply.post.record.facets
    }
    assert marked[f"@{scene.ada.me.handle}"].did == scene.ada.me.did  # type: ignore[union-attr]
    assert marked["https://example.com/p/ä?id=7"].uri == "https://example.com/p/ä?id=7"
    assert marked["#påse"].tag == "påse"


async def test_a_reply_under_our_post_is_a_comment_and_its_thread_is_read_again(scene: Scene) -> None:
    ours = await scene.publish("A new blend.")
    ref = models.create_strong_ref(ours)
    await scene.ada.send_post("Is it decaf?", reply_to=models.AppBskyFeedPost.ReplyRef(parent=ref, root=ref))
    message = await scene.reader.message("Is it decaf?")
    assert message.thread.source is Source.COMMENT
    assert message.thread.post is not None
    assert message.thread.post.id == ours.uri
    sent = await ADAPTER.send(answer_to(message, "It is."), scene.account, scene.http)
    again = await eventually(lambda: _own_answer(scene, sent.platform_message_id))
    assert again.thread.key == message.thread.key
    assert again.author.us
    assert ADAPTER.fetch_post is not None
    post = await ADAPTER.fetch_post(ours.uri, scene.account, scene.http)
    assert post is not None
    assert (post.text, post.kind) == ("A new blend.", "organic")


async def _own_answer(scene: Scene, uri: str) -> Message | None:
    fresh = Reader(msgspec.structs.replace(scene.account, state={}), scene.http)
    events = await fresh.read(everything=True)
    return next((event for event in events if isinstance(event, Message) and event.id == uri), None)


async def test_a_lost_answer_is_found_by_its_key_and_a_repeated_send_is_one_post(scene: Scene) -> None:
    told = await scene.ada.send_post(scene.mention("hello?"))
    message = await scene.reader.message("hello?")
    outbound = answer_to(message, "Good morning!")
    assert ADAPTER.look_up is not None
    assert await ADAPTER.look_up(outbound, scene.account, scene.http) == NotSent()
    first = await ADAPTER.send(outbound, scene.account, scene.http)
    assert await ADAPTER.look_up(outbound, scene.account, scene.http) == Sent(first.platform_message_id)
    assert await ADAPTER.send(outbound, scene.account, scene.http) == first
    assert len(await replies_to(scene.ada, told.uri)) == 1


async def test_deleted_and_overwritten_posts_are_noticed(scene: Scene) -> None:
    one = await scene.ada.send_post(scene.mention("first"))
    await scene.reader.message("first")
    two = await scene.ada.send_post(scene.mention("second"))
    await scene.reader.message("second")
    await scene.ada.delete_post(two.uri)
    assert (await scene.reader.until(lambda event: isinstance(event, Deletion))).target == two.uri
    await _overwrite(scene, one.uri, "first, corrected")
    edit = await scene.reader.until(lambda event: isinstance(event, Edit))
    assert (edit.target, edit.text) == (one.uri, "first, corrected")


async def _overwrite(scene: Scene, uri: str, text: str) -> None:
    did, collection, rkey = uri[5:].split("/")
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": scene.shop.me.did}  # type: ignore[union-attr]
    record = {
        "$type": collection,
        "text": text,
        "createdAt": scene.ada.get_current_time_iso(),
        "facets": [{"index": {"byteStart": 0, "byteEnd": 5}, "features": [feature]}],
    }
    await scene.ada.com.atproto.repo.put_record(
        {"repo": did, "collection": collection, "rkey": rkey, "record": record}
    )


async def test_pictures_go_both_ways_with_their_descriptions(scene: Scene) -> None:
    picture = _png()
    await scene.ada.send_image(scene.mention("it came like this"), picture, "A broken cup")
    message = await scene.reader.message("it came like this")
    (file,) = message.attachments
    assert (file.kind, file.alt, file.mime_type) == ("image", "A broken cup", "image/png")
    assert ADAPTER.locate_media is not None
    where = await ADAPTER.locate_media(str(file.file_id), scene.account, scene.http)
    assert where.url.startswith("http")
    stored = await scene.http.call("GET", where.url)
    assert stored.status == 200
    ours = OutboundAttachment("image", "new.png", "image/png", picture, alt="A new cup")
    await ADAPTER.send(
        answer_to(message, "Here is another", attachments=(ours, ours)), scene.account, scene.http
    )
    (reply,) = await replies_to(scene.ada, message.id)
    assert [image.alt for image in reply.post.embed.images] == ["A new cup", "A new cup"]


def _png() -> bytes:
    content = BytesIO()
    Image.new("RGB", (64, 48), "brown").save(content, "PNG")
    return content.getvalue()


async def test_what_the_real_server_would_refuse_never_reaches_it_and_the_limit_is_exact(
    scene: Scene,
) -> None:
    await scene.ada.send_post(scene.mention("long?"))
    message = await scene.reader.message("long?")
    with pytest.raises(Rejected):
        await ADAPTER.send(answer_to(message, "é" * 301), scene.account, scene.http)
    sent = await ADAPTER.send(answer_to(message, "🫖" * 300), scene.account, scene.http)
    assert sent.platform_message_id


async def test_moderation_is_seen_by_the_customer(scene: Scene) -> None:
    ours = await scene.publish("Opening hours")
    ref = models.create_strong_ref(ours)
    told = await scene.ada.send_post("Spam!", reply_to=models.AppBskyFeedPost.ReplyRef(parent=ref, root=ref))
    message = await scene.reader.message("Spam!")
    await _do(scene, message, Ability.LIKE)
    await eventually(lambda: _liked(scene, told.uri, 1))
    await _do(scene, message, Ability.LIKE)
    await _do(scene, message, Ability.UNLIKE)
    await eventually(lambda: _liked(scene, told.uri, 0))
    await _do(scene, message, Ability.HIDE)
    await eventually(lambda: _hidden(scene, ours.uri, [told.uri]))
    await _do(scene, message, Ability.UNHIDE)
    await eventually(lambda: _hidden(scene, ours.uri, []))
    with pytest.raises(Rejected):
        await _do(scene, message, Ability.DELETE)
    await _do(scene, message, Ability.BAN)
    await eventually(lambda: _blocked(scene, True))
    await _do(scene, message, Ability.UNBAN)
    await eventually(lambda: _blocked(scene, False))


async def _do(scene: Scene, message: Message, ability: Ability) -> None:
    thread = message.thread
    action = Action(
        ability, thread.key, thread.reply_to, message.author.id, message.id, author=message.author.id
    )
    assert ADAPTER.perform is not None
    await ADAPTER.perform(action, scene.account, scene.http)


async def _liked(scene: Scene, uri: str, count: int) -> bool:
    (post,) = (await scene.ada.app.bsky.feed.get_posts({"uris": [uri]})).posts
    return (post.like_count or 0) == count


async def _hidden(scene: Scene, uri: str, expected: list[str]) -> bool:
    thread: Any = (await scene.ada.app.bsky.feed.get_post_thread({"uri": uri})).thread
    gate = thread.post.threadgate.record if thread.post.threadgate else None
    return list(gate.hidden_replies or []) == expected if gate else not expected


async def _blocked(scene: Scene, expected: bool) -> bool:
    seen = await scene.ada.app.bsky.actor.get_profile({"actor": scene.shop.me.did})  # type: ignore[union-attr]
    return bool(seen.viewer and seen.viewer.blocked_by) is expected


async def test_an_expired_session_is_a_400_and_is_renewed_with_both_tokens(scene: Scene) -> None:
    expired = msgspec.structs.replace(
        scene.account,
        secrets={**scene.account.secrets, "access_jwt": _expired(scene.account.secrets["access_jwt"])},
    )
    assert ADAPTER.fetch_page is not None
    assert ADAPTER.refresh is not None
    with pytest.raises(Reconnect) as raised:
        await ADAPTER.fetch_page(None, utc_now(), expired, scene.http)
    assert (raised.value.code, raised.value.http_status) == ("ExpiredToken", 400)
    renewed = await ADAPTER.refresh(expired, scene.http)
    assert set(renewed.secrets) == {"access_jwt", "refresh_jwt"}
    assert renewed.secrets["refresh_jwt"] != scene.account.secrets["refresh_jwt"]
    assert renewed.expires_at is not None
    assert 6000 < (renewed.expires_at - utc_now()).total_seconds() < 8000
    again = msgspec.structs.replace(expired, secrets={**expired.secrets, **renewed.secrets})
    assert await ADAPTER.fetch_page(None, utc_now(), again, scene.http)


def _expired(token: Secret) -> Secret:
    """The test network signs its tokens with a known secret."""
    header, claims, _ = token.reveal().split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    told |= {"iat": int(time.time()) - 7300, "exp": int(time.time()) - 100}
    body = f"{header}.{_base64(json.dumps(told).encode())}"
    return Secret(f"{body}.{_base64(hmac.new(b'jwt-secret', body.encode(), hashlib.sha256).digest())}")


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


async def test_refused_credentials_are_said_in_a_sentence(
    network: Network, http: GuardedHttp, scene: Scene
) -> None:
    for password in ("wrong", ""):
        with pytest.raises(Rejected) as raised:
            await connected(network, scene.account.fields["handle"], password, http)
        assert raised.value.message.endswith(".")


async def test_the_doctor_reads_the_real_account(scene: Scene) -> None:
    health = await ADAPTER.check(scene.account, scene.http)
    assert health.checks["token"][0], health
    assert health.checks["subscription"][0], health


async def test_the_servers_firehose_tells_mentions_edits_and_deletions_at_once(scene: Scene) -> None:
    address = scene.network.pds.replace("http", "ws") + "/xrpc/com.atproto.sync.subscribeRepos"
    heard = await _hearing(scene, address)
    told = await scene.ada.send_post(scene.mention("are you there?"))
    message = await heard.until(Message)
    assert (message.id, message.author.handle) == (told.uri, scene.ada.me.handle)  # type: ignore[union-attr]
    polled = await scene.reader.message("are you there?")
    assert msgspec.structs.replace(polled, metadata={}) == msgspec.structs.replace(message, metadata={})
    await _overwrite(scene, told.uri, "are you here?")
    assert (await heard.until(Edit)).text == "are you here?"
    await scene.ada.delete_post(told.uri)
    assert (await heard.until(Deletion)).target == told.uri
    assert heard.state["stream"][0] == address
    await heard.stop()


class Heard:
    """What `listen` emitted, as events."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.state: dict[str, Any] = {}
        self.task: asyncio.Task[None] | None = None
        self.standing = asyncio.Event()
        self.keys: list[str] = []

    async def emit(self, items: Any, state: Any) -> None:
        self.standing.set()
        self.state |= dict(state)
        for item in items:
            self.keys.append(item.dedup_key)
            for event in ADAPTER.normalize(item.payload, utc_now()):
                self.queue.put_nowait(event)

    async def until(self, kind: type) -> Any:
        async with asyncio.timeout(20):
            while not isinstance(event := await self.queue.get(), kind):
                pass
            return event

    async def stop(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def _hearing(scene: Scene, address: str, state: Any = None) -> Heard:
    heard = Heard()
    account = msgspec.structs.replace(
        scene.account,
        fields={**scene.account.fields, "stream_url": address},
        state=state or scene.account.state,
    )
    assert ADAPTER.listen is not None
    heard.task = asyncio.create_task(ADAPTER.listen(account, scene.http, heard.emit))
    async with asyncio.timeout(20):
        await heard.standing.wait()
    return heard


async def test_a_jetstream_over_the_real_firehose_is_gone_on_with_where_it_was_left(scene: Scene) -> None:
    async with bridge(scene.network.pds) as address:
        heard = await _hearing(scene, address)
        await scene.ada.send_post(scene.mention("one"))
        assert "one" in (await heard.until(Message)).text
        await heard.stop()
        await scene.ada.send_post(scene.mention("two"))
        later = await _hearing(scene, address, heard.state)
        assert "two" in await _texts_until(later, "two")
        await later.stop()


async def _texts_until(heard: Heard, text: str) -> str:
    """The cursor is inclusive: what was heard before may come once more, under the same key."""
    while text not in (found := (await heard.until(Message)).text):
        pass
    return str(found)


async def test_a_stream_that_ends_is_said(scene: Scene) -> None:
    async with bridge(scene.network.pds) as address:
        heard = await _hearing(scene, address)
    assert heard.task is not None
    with pytest.raises(Broken):
        await heard.task
    assert PASSWORD not in str(heard.task.exception())


async def test_direct_messages_go_through_the_real_server_to_the_chat(scene: Scene) -> None:
    """Requests of strangers are let in by the answer; the log is gone on with where it was left."""
    chat, shop, ada = scene.service.chat, scene.shop.me.did, scene.ada.me.did  # type: ignore[union-attr]
    line = chat.write(chat.with_(ada, shop), ada, "Do you read this?")
    message = await scene.reader.message("Do you read this?")
    assert (message.id, message.thread.source, message.metadata) == (line.id, Source.DM, {"request": True})
    sent = await ADAPTER.send(answer_to(message, "We do.", quoted=line.id), scene.account, scene.http)
    told = chat.with_(ada, shop).lines[-1]
    assert (told.id, told.text, told.sender, told.reply_to) == (
        sent.platform_message_id,
        "We do.",
        shop,
        line.id,
    )
    chat.write(chat.with_(ada, shop), ada, "Good.")
    again = await scene.reader.message("Good.")
    assert "request" not in again.metadata
    assert isinstance(scene.account.state["chat"], str)
    await _do_in_chat(scene, again, Ability.REACT, text="❤️")
    await _do_in_chat(scene, again, Ability.MARK_READ)
    assert [each["value"] for each in chat.with_(ada, shop).lines[-1].reactions] == ["❤️"]
    assert {caller for caller, _ in scene.service.callers} == {shop}


async def _do_in_chat(scene: Scene, message: Message, ability: Ability, **more: Any) -> None:
    thread = message.thread
    action = Action(ability, thread.key, thread.reply_to, message.author.id, message.id, **more)
    assert ADAPTER.perform is not None
    await ADAPTER.perform(action, scene.account, scene.http)


async def test_a_private_answer_opens_the_conversation(scene: Scene) -> None:
    told = await scene.ada.send_post(scene.mention("my address is wrong"))
    message = await scene.reader.message("my address is wrong")
    private = answer_to(message, "Which one is right?", private_to=told.uri)
    sent = await ADAPTER.send(private, scene.account, scene.http)
    assert sent.thread_source is Source.DM
    talk = scene.service.chat.talks[str(sent.thread_key)]
    assert [line.text for line in talk.lines] == ["Which one is right?"]
    assert ADAPTER.look_up is not None
    found = await ADAPTER.look_up(private, scene.account, scene.http)
    assert isinstance(found, Sent)
    assert (found.platform_message_id, found.thread_key) == (sent.platform_message_id, sent.thread_key)


async def test_an_app_password_without_direct_messages_still_reads_posts(scene: Scene) -> None:
    password = await app_password(scene.shop, messages=False)
    handle = scene.account.fields["handle"]
    account = await connected(scene.network, handle, password, scene.http, chat_service=scene.service.did)
    await scene.ada.send_post(scene.mention("no chat needed"))
    assert (await Reader(account, scene.http).message("no chat needed")).thread.source is Source.MENTION
    health = await ADAPTER.check(account, scene.http)
    assert not health.ok
    assert "direct messages" in health.checks["scopes"][1]
