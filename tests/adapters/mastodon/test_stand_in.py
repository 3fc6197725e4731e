"""The adapter against the stand-in over HTTP: signing in, importing, limits, files that take a while."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
import pytest

from hark.adapters.mastodon import ADAPTER
from hark.adapters.mastodon.instance import Instance, fields_of
from hark.channels.contract import Account, Message, Outbound, OutboundAttachment, Rejected, Source
from hark.infra.http import GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.ids import new_id
from hark.kernel.secrets import Secret
from hark.standins.mastodon import MastodonStandIn, create_standin
from hark.standins.mastodon.standin import CODE
from hark.standins.mastodon.world import OURS, TOKEN
from tests.support.live import serving


class Scene(msgspec.Struct):
    standin: MastodonStandIn
    account: Account
    http: GuardedHttp
    address: str


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    standin, http = create_standin(), GuardedHttp(allow_private=True)
    async with serving(standin) as host:
        address = f"http://{host}"
        told = await ADAPTER.connect(standin.values(address), None, http)
        secrets = {"access_token": Secret(TOKEN)}
        account = Account(UUID(int=1), UUID(int=2), told.platform_account_id, told.name, secrets, told.fields)
        yield Scene(standin, account, http, address)
    await http.aclose()


async def read(scene: Scene, *, everything: bool = True) -> list[Any]:
    """What comes by two lists is there once, as the program keeps it."""
    cursor, items = None, {}
    assert ADAPTER.fetch_page is not None
    while True:
        page = await ADAPTER.fetch_page(cursor, None if everything else utc_now(), scene.account, scene.http)
        scene.account = msgspec.structs.replace(scene.account, state={**scene.account.state, **page.state})
        items |= {item.dedup_key: item for item in page.items}
        cursor = page.next
        if cursor is None:
            return [event for item in items.values() for event in ADAPTER.normalize(item.payload, utc_now())]


def answer(message: Message, text: str, **more: Any) -> Outbound:
    now, thread = utc_now(), message.thread
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


async def test_signing_in_registers_the_program_and_gives_the_account(scene: Scene) -> None:
    oauth = ADAPTER.authorization
    assert oauth is not None
    assert oauth.prepare is not None
    back = "https://hark.example.com/authorize/callback"
    values = dict(await oauth.prepare({"base_url": scene.address}, back, scene.http))
    begun = urlsplit(oauth.begin(values, back, "state-1", "challenge-1"))
    query = parse_qs(begun.query)
    assert f"{begun.scheme}://{begun.netloc}" == scene.address
    assert (query["state"], query["code_challenge"], query["code_challenge_method"]) == (
        ["state-1"],
        ["challenge-1"],
        ["S256"],
    )
    (choice,) = await oauth.finish(values, CODE, back, "verifier", scene.http)
    assert (choice.id, choice.values) == (OURS, {"access_token": TOKEN})
    with pytest.raises(Rejected):
        await oauth.finish(values, "another-code", back, "verifier", scene.http)


async def test_an_import_walks_everything_once(scene: Scene) -> None:
    for number in range(75):
        await scene.standin.say(
            f"in {number:05}", person=str(number % 20), source=("dm", "comment", "mention")[number % 3]
        )
    found = Counter(event.text.partition(" ")[2] for event in await read(scene) if isinstance(event, Message))
    assert {text for text in found if text.startswith("in ")} == {f"in {number:05}" for number in range(75)}
    assert await read(scene, everything=False) == []
    await scene.standin.say("in 00099", person="3", source="mention")
    (new,) = await read(scene, everything=False)
    assert new.text.endswith("in 00099")


async def test_people_and_posts_are_looked_up(scene: Scene) -> None:
    await scene.standin.say("who am I?", person="7", source="comment")
    (message,) = await read(scene)
    assert ADAPTER.fetch_profile is not None
    assert ADAPTER.fetch_post is not None
    profile = await ADAPTER.fetch_profile(message.author.id, scene.account, scene.http)
    assert profile is not None
    assert (profile.author.name, profile.author.handle) == ("Person 7", "person7")
    assert await ADAPTER.fetch_profile("1", scene.account, scene.http) is None
    post = await ADAPTER.fetch_post(message.thread.post.id, scene.account, scene.http)
    assert post is not None
    assert post.text == "Our new blend is here."
    assert await ADAPTER.fetch_post("1", scene.account, scene.http) is None


async def test_a_servers_own_limit_is_kept(scene: Scene) -> None:
    await scene.standin.say("limits?", source="mention")
    (message,) = await read(scene)
    small = msgspec.structs.replace(scene.account, fields={**scene.account.fields, "max_characters": "100"})
    before = len(scene.standin.calls.all("POST"))
    with pytest.raises(Rejected) as raised:
        await ADAPTER.send(answer(message, "a" * 95), small, scene.http)
    assert "100 of this server" in raised.value.message
    assert len(scene.standin.calls.all("POST")) == before
    name_and_space = len("@person1 ")
    sent = await ADAPTER.send(answer(message, "a" * (100 - name_and_space)), small, scene.http)
    assert sent.platform_message_id


async def test_a_film_is_named_only_when_it_is_ready(scene: Scene) -> None:
    scene.standin.statuses.looks = 2
    await scene.standin.say("a film?", source="dm")
    (message,) = await read(scene)
    film = OutboundAttachment("video", "a.mp4", "video/mp4", b"film", alt="Steam")
    sent = await ADAPTER.send(answer(message, "Here", attachments=(film,)), scene.account, scene.http)
    assert len(scene.standin.calls.all("GET /api/v1/media/")) == 2
    status = scene.standin.world.statuses[sent.platform_message_id]
    assert (status.visibility, scene.standin.world.media[status.media[0]].description) == ("direct", "Steam")


def test_files_of_the_server_come_from_its_own_address() -> None:
    fields = fields_of(Instance(), "https://social.example", "https://files.social.example/accounts/1.png")
    account = Account(UUID(int=1), UUID(int=2), OURS, "x", {}, fields)
    assert account.addresses == ("https://files.social.example",)
    assert "media_url" not in fields_of(Instance(), "https://social.example", "https://social.example/1.png")


async def test_answers_are_never_more_public_than_the_customer(scene: Scene) -> None:
    world = scene.standin.world
    person = world.person("5")
    world.post(person.id, "@shop quietly", visibility="unlisted", spoiler="complaint")
    (message,) = await read(scene)
    sent = await ADAPTER.send(answer(message, "Of course."), scene.account, scene.http)
    status = world.statuses[sent.platform_message_id]
    assert (status.visibility, status.spoiler, status.mentions) == ("unlisted", "complaint", [person.id])
    private = await ADAPTER.send(
        answer(message, "Your number?", private_to=message.id), scene.account, scene.http
    )
    assert (private.thread_key, private.thread_source) == (person.id, Source.DM)
    assert world.statuses[private.platform_message_id].visibility == "direct"
