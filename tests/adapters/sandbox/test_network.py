"""The adapter and the network talk over HTTP; neither knows the other's code."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from hark.adapters.sandbox import ADAPTER
from hark.channels.contract import (
    Ability,
    Action,
    Edit,
    Message,
    Outbound,
    OutboundAttachment,
    OutboundTemplate,
    PlatformProblem,
    Reaction,
    Receipt,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
    Unconfirmed,
)
from hark.kernel.secrets import Secret
from hark.standins.sandbox import create_network, rules
from tests.adapters.sandbox.running import TOKEN, Town, town
from tests.support.waiting import until

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n of the tests"


def outbound(number: int, source: Source = Source.DM, thread: str = "ana", **more: object) -> Outbound:
    base = {
        "reference": UUID(int=number),
        "source": source,
        "thread_key": thread,
        "recipient": thread if source is Source.DM else None,
        "at": NOW,
        "text": f"answer {number}",
        "reply_to": {} if source is Source.DM else {"in_reply_to": thread},
    }
    return Outbound(**{**base, **more})  # type: ignore[arg-type]


async def send(place: Town, message: Outbound) -> Sent:
    return await ADAPTER.send(message, place.account, place.http)


async def written(place: Town, person: str = "ana", text: str = "hello") -> str:
    item = await place.act("POST", "/play/dm", {"person": person, "text": text})
    return str(item["id"])


async def test_network_verifies_the_address_before_it_sends() -> None:
    async with town(subscribe=False) as place:
        await written(place)
        assert place.hark.items == []
        assert ADAPTER.subscribe is not None
        await ADAPTER.subscribe(place.account, place.http)
        await until(lambda: len(place.hark.items) == 1)
        assert place.hark.challenges == 1


async def test_network_sends_nothing_to_an_address_that_does_not_know_the_secret() -> None:
    async with town(subscribe=False) as place:
        await written(place)
        other = msgspec.structs.replace(
            place.account, secrets={**place.account.secrets, "webhook_secret": Secret("another secret, long")}
        )
        assert ADAPTER.subscribe is not None
        await ADAPTER.subscribe(other, place.http)
        await until(lambda: place.hark.challenges >= 2)
        assert place.hark.items == []


async def test_answer_comes_back_as_an_echo_with_our_reference() -> None:
    async with town() as place:
        await written(place)
        sent = await send(place, outbound(1))
        await until(lambda: any(isinstance(event, Receipt) for event in place.hark.events))
        echo, receipt = place.hark.events[1:3]
        assert isinstance(echo, Message)
        assert (echo.id, echo.echo_of, echo.author.us) == (sent.platform_message_id, str(UUID(int=1)), True)
        assert echo.thread.customer is not None
        assert echo.thread.customer.id == "ana"
        assert isinstance(receipt, Receipt)
        assert (receipt.status, receipt.target) == ("delivered", sent.platform_message_id)


async def test_phone_that_is_off_delivers_later_and_reading_is_told() -> None:
    async with town() as place:
        await written(place)
        await place.act("PATCH", "/play/people/ana", {"online": False})
        sent = await send(place, outbound(1))
        await until(lambda: len(place.hark.items) == 2)
        await place.act("PATCH", "/play/people/ana", {"online": True})
        await place.act("POST", "/play/people/ana/read")
        await until(lambda: len(place.hark.items) == 4)
        delivered, read = place.hark.events[2:]
        assert isinstance(delivered, Receipt)
        assert isinstance(read, Receipt)
        assert (delivered.status, delivered.target) == ("delivered", sent.platform_message_id)
        assert (read.status, read.thread and read.thread.key) == ("read", "ana")
        assert sent.at is not None
        assert read.until == sent.at


async def test_every_public_place_can_be_answered() -> None:
    async with town() as place:
        comment = await place.act(
            "POST", "/play/comment", {"person": "mei", "text": "?", "post": "post-autumn"}
        )
        mention = await place.act("POST", "/play/mention", {"person": "mei", "text": "@lumencoffee"})
        review = await place.act("POST", "/play/review", {"person": "mei", "text": "ok", "rating": 3})
        for number, (source, item) in enumerate(
            ((Source.COMMENT, comment), (Source.MENTION, mention), (Source.REVIEW, review)), 1
        ):
            await send(place, outbound(number, source, item["thread"]))
        await until(lambda: len(place.hark.items) == 6)
        answers = [event for event in place.hark.events[3:] if isinstance(event, Message)]
        assert [answer.thread.key for answer in answers] == [comment["id"], mention["id"], review["id"]]
        assert all(answer.author.us for answer in answers)


async def test_private_answer_opens_the_direct_thread() -> None:
    async with town() as place:
        comment = await place.act(
            "POST", "/play/comment", {"person": "mei", "text": "?", "post": "post-autumn"}
        )
        answer = outbound(1, Source.COMMENT, comment["id"], private_to=comment["id"])
        sent = await send(place, answer)
        assert (sent.thread_source, sent.thread_key) == (Source.DM, "mei")
        with pytest.raises(Rejected, match="not_written_yet"):
            await send(place, outbound(2, thread="mei"))


async def test_comment_takes_one_private_answer() -> None:
    async with town() as place:
        item = await place.act("POST", "/play/comment", {"person": "mei", "text": "?", "post": "post-autumn"})
        await send(place, outbound(1, Source.COMMENT, item["id"], private_to=item["id"]))
        with pytest.raises(Rejected, match="private_reply_used"):
            await send(place, outbound(2, Source.COMMENT, item["id"], private_to=item["id"]))


async def test_who_is_banned_can_write_nothing_until_the_ban_is_lifted() -> None:
    assert ADAPTER.perform is not None
    async with town() as place:
        await written(place)
        await ADAPTER.perform(Action(Ability.BAN, "ana", author="ana"), place.account, place.http)
        with pytest.raises(AssertionError, match="banned"):
            await written(place, text="hello?")
        await ADAPTER.perform(Action(Ability.UNBAN, "ana", author="ana"), place.account, place.http)
        await written(place, text="thanks")
        texts = [item.text for item in place.app.network.state.items.values()]
        assert texts == ["hello", "thanks"]


async def test_templates_are_listed_and_filled_in_by_the_network() -> None:
    assert ADAPTER.list_templates is not None
    async with town() as place:
        await written(place)
        found = await ADAPTER.list_templates(place.account, place.http)
        listed = {(each.name, each.language): each for each in found}
        assert listed["order_update", "en"].body == "Hello {{1}}, your order {{2}} is on its way."
        chosen = OutboundTemplate("order_update", "en", ("Ana", "7"))
        sent = await send(place, outbound(1, template=chosen))
        said = place.app.network.state.items[sent.platform_message_id].text
        assert said == "Hello Ana, your order 7 is on its way."
        with pytest.raises(Rejected, match="template_values"):
            await send(place, outbound(2, template=OutboundTemplate("order_update", "en", ("Ana",))))


async def test_post_is_told_when_asked_and_nobody_elses() -> None:
    assert ADAPTER.fetch_post is not None
    async with town() as place:
        post = await ADAPTER.fetch_post("post-autumn", place.account, place.http)
        assert post is not None
        assert (post.author_name, post.kind) == ("Lumen Coffee", "organic")
        assert post.at is not None
        assert (post.text or "").startswith("The autumn roast")
        assert await ADAPTER.fetch_post("no-such-post", place.account, place.http) is None


async def test_description_of_a_picture_travels_with_it_and_comes_back() -> None:
    async with town() as place:
        await written(place)
        described = OutboundAttachment("image", "cat.png", "image/png", PNG, alt="A cat on a sack of coffee")
        await send(place, outbound(1, attachments=(described,)))

        def echoes() -> list[Message]:
            return [event for event in place.hark.events if isinstance(event, Message) and event.author.us]

        await until(lambda: bool(echoes()))
        assert [each.alt for each in echoes()[0].attachments] == ["A cat on a sack of coffee"]


async def test_every_action_is_carried_out() -> None:
    assert ADAPTER.perform is not None
    async with town() as place:
        message = await written(place)
        sent = await send(place, outbound(1))
        comment = await place.act(
            "POST", "/play/comment", {"person": "mei", "text": "?", "post": "post-autumn"}
        )
        actions = (
            Action(Ability.TYPING, "ana"),
            Action(Ability.MARK_READ, "ana"),
            Action(Ability.REACT, "ana", target=message, text="👍"),
            Action(Ability.EDIT, "ana", target=sent.platform_message_id, text="better"),
            Action(Ability.LIKE, comment["id"], target=comment["id"]),
            Action(Ability.HIDE, comment["id"], target=comment["id"]),
            Action(Ability.UNHIDE, comment["id"], target=comment["id"]),
            Action(Ability.UNLIKE, comment["id"], target=comment["id"]),
            Action(Ability.HIDE, comment["id"], target=comment["id"]),
            Action(Ability.DELETE, "ana", target=sent.platform_message_id),
        )
        for action in actions:
            await ADAPTER.perform(action, place.account, place.http)
        items = place.app.network.state.items
        assert items[message].reactions == {"lumen": ["👍"]}
        assert items[sent.platform_message_id].deleted
        assert (items[comment["id"]].hidden, items[comment["id"]].liked) == (True, False)
        with pytest.raises(Rejected, match="not_yours"):
            await ADAPTER.perform(
                Action(Ability.EDIT, "ana", target=message, text="x"), place.account, place.http
            )
        await until(lambda: len(place.hark.items) >= 9)
        hidden = [e.hidden for e in place.hark.events if isinstance(e, Edit) and e.hidden is not None]
        assert hidden == [True, False, True]


async def test_people_change_their_minds() -> None:
    async with town() as place:
        message = await written(place)
        sent = await send(place, outbound(1))
        await place.act("PATCH", f"/play/items/{message}", {"text": "hello!"})
        await place.act(
            "PUT", f"/play/items/{sent.platform_message_id}/reaction", {"person": "ana", "emoji": ["❤️"]}
        )
        await place.act("DELETE", f"/play/items/{message}")
        await until(lambda: len(place.hark.items) == 6)
        edit, reaction, deletion = place.hark.events[3:]
        assert isinstance(edit, Edit)
        assert (edit.target, edit.text) == (message, "hello!")
        assert isinstance(reaction, Reaction)
        assert (reaction.target, reaction.emoji) == (sent.platform_message_id, ("❤️",))
        assert deletion.target == message  # type: ignore[union-attr]


async def test_picture_of_a_customer_can_be_fetched() -> None:
    async with town() as place:
        answer = await place.play.post(
            "/play/media?name=tea.png", content=PNG, headers={"content-type": "image/png"}
        )
        await place.act("POST", "/play/dm", {"person": "ana", "media": [answer.json()["id"]]})
        await until(lambda: len(place.hark.items) == 1)
        (message,) = place.hark.events
        assert isinstance(message, Message)
        attachment = message.attachments[0]
        assert (attachment.kind, attachment.name, attachment.size) == ("image", "tea.png", len(PNG))
        assert ADAPTER.locate_media is not None
        located = await ADAPTER.locate_media(attachment.file_id or "", place.account, place.http)
        assert (await place.http.call("GET", located.url, headers=located.headers)).body == PNG
        assert (await place.http.call("GET", located.url)).status == 401


async def test_files_arrive_byte_by_byte() -> None:
    async with town() as place:
        await written(place)
        files = (
            OutboundAttachment("image", "ü 1.png", "image/png", PNG),
            OutboundAttachment("file", "menu.pdf", "application/pdf", b"%PDF \x00\xff"),
        )
        sent = await send(place, outbound(1, attachments=files))
        network = place.app.network
        media = [network.state.media[name] for name in network.state.items[sent.platform_message_id].media]
        assert [(one.name, one.mime_type, one.kind) for one in media] == [
            ("ü 1.png", "image/png", "image"),
            ("menu.pdf", "application/pdf", "file"),
        ]
        assert [network.files[one.id] for one in media] == [file.content for file in files]


async def test_history_has_the_keys_that_webhooks_had() -> None:
    assert ADAPTER.fetch_page is not None
    async with town() as place:
        for number in range(230):
            await written(place, text=f"number {number}")
        await until(lambda: len(place.hark.items) == 230)
        keys, cursor = [], None
        while True:
            page = await ADAPTER.fetch_page(cursor, None, place.account, place.http)
            keys += [item.dedup_key for item in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert keys == [item.dedup_key for item in place.hark.items]
        later = await ADAPTER.fetch_page(None, datetime(2100, 1, 1, tzinfo=UTC), place.account, place.http)
        assert later.items == ()


async def test_profile_of_a_person_and_of_nobody() -> None:
    assert ADAPTER.fetch_profile is not None
    async with town() as place:
        profile = await ADAPTER.fetch_profile("jonas", place.account, place.http)
        assert profile is not None
        assert (profile.author.name, profile.author.language) == ("Jonas Weber", "de")
        assert await ADAPTER.fetch_profile("nobody", place.account, place.http) is None


async def test_wrong_token_is_refused_with_a_sentence() -> None:
    async with town() as place:
        base = place.account.fields["base_url"]
        for token in ("", "wrong"):
            with pytest.raises(Rejected) as refused:
                await ADAPTER.connect({"base_url": base, "access_token": token}, None, place.http)
            assert refused.value.message.endswith(".")
            assert TOKEN not in str(refused.value)


async def test_health_says_what_is_wrong() -> None:
    async with town() as place:
        await until(lambda: place.app.sender.webhook.verified)
        assert (await ADAPTER.check(place.account, place.http)).ok
        moved = msgspec.structs.replace(place.account, webhook_url="http://127.0.0.1:1/elsewhere")
        health = await ADAPTER.check(moved, place.http)
        assert (health.ok, health.checks["token"][0], health.checks["webhook"][0]) == (False, True, False)
        stranger = msgspec.structs.replace(place.account, secrets={"access_token": Secret("wrong")})
        assert list((await ADAPTER.check(stranger, place.http)).checks) == ["token"]


async def test_blocked_business_cannot_write() -> None:
    async with town() as place:
        await written(place)
        await place.act("PATCH", "/play/people/ana", {"blocked": True})
        with pytest.raises(Rejected) as refused:
            await send(place, outbound(1))
        assert refused.value.unreachable


async def test_window_of_messages_closes_when_the_network_is_told_to() -> None:
    async with town() as place:
        await written(place)
        await place.act("PATCH", "/control/settings", {"dm_window": 0})
        with pytest.raises(Rejected, match="window_closed"):
            await send(place, outbound(1))


def test_declared_limits_are_the_networks_own() -> None:
    manifest = ADAPTER.manifest
    for source, declared in manifest.sources.items():
        assert declared.text.maximum == rules.TEXT[source.value]
        assert declared.max_attachments == rules.MAX_FILES[source.value]
        for kind, rule in declared.kinds.items():
            assert rule.max_bytes == rules.MAX_BYTES[kind]
            assert rule.alt in {None, rules.ALT_TEXT}
        if declared.private_window is not None:
            assert declared.private_window.seconds * 1000 == rules.PRIVATE_WINDOW
            assert declared.private_once
    window = manifest.sources[Source.MENTION].window
    assert window is not None
    assert window.seconds * 1000 == rules.MENTION_WINDOW
    assert (window.human_seconds or 0) * 1000 == rules.MENTION_WINDOW_HUMAN
    assert manifest.rates[0].calls / manifest.rates[0].seconds == rules.CALLS_PER_SECOND


# Faults

PROBLEMS: list[tuple[dict[str, object], type[PlatformProblem], bool]] = [
    ({"mode": "status", "status": 429, "retry_after": "7"}, TryAgain, False),
    ({"mode": "status", "status": 500}, TryAgain, False),
    ({"mode": "status", "status": 503, "body": "html"}, Unconfirmed, False),
    ({"mode": "status_after", "status": 502, "body": "html"}, Unconfirmed, True),
    ({"mode": "status", "status": 401}, Reconnect, False),
    ({"mode": "cut"}, Unconfirmed, False),
    ({"mode": "cut_after"}, Unconfirmed, True),
    ({"mode": "hang", "seconds": 0.05}, Unconfirmed, False),
    ({"mode": "hang_after", "seconds": 0.05}, Unconfirmed, True),
]


@pytest.mark.parametrize(("fault", "problem", "accepted"), PROBLEMS, ids=[str(row[0]) for row in PROBLEMS])
async def test_send_with_a_lost_answer_is_found_again(
    fault: dict[str, object], problem: type[PlatformProblem], accepted: bool
) -> None:
    assert ADAPTER.look_up is not None
    async with town() as place:
        await written(place)
        await place.act("POST", "/control/faults", {"on": "POST /messages", "times": 1, **fault})
        message = outbound(1)
        with pytest.raises(problem):
            await send(place, message)
        found = await ADAPTER.look_up(message, place.account, place.http)
        assert (found is not None) == accepted
        assert len(await place.act("GET", "/control/accepted")) == int(accepted)


async def test_calls_over_the_limit_are_told_when_to_come_again() -> None:
    async with town() as place:
        await written(place)
        await place.act("PATCH", "/control/settings", {"calls_per_second": 1})
        refusals = []
        for number in range(10):
            try:
                await send(place, outbound(number))
            except TryAgain as refused:
                refusals.append(refused.retry_after)
        assert refusals
        assert set(refusals) == {1.0}


async def test_events_that_are_not_taken_come_again_in_order() -> None:
    async with town() as place:
        place.hark.status = 503
        for number in range(5):
            await written(place, text=str(number))
        await until(lambda: place.app.sender.refused > 0)
        assert (await place.act("GET", "/control"))["webhook"]["failing_since"] is not None
        place.hark.status = 200
        await until(lambda: len(place.hark.items) >= 5)
        assert [event.text for event in place.hark.events if isinstance(event, Message)] == list("01234")


async def test_copies_and_shuffles_reach_hark_and_nothing_is_lost() -> None:
    async with town() as place:
        await place.act("PATCH", "/control/webhook", {"copies": 4, "shuffle": 30, "batch": 30})
        await place.act("POST", "/control/crowd", {"count": 60})
        await until(lambda: place.app.sender.waiting == 0)
        keys = [item.dedup_key for item in place.hark.items]
        assert len(set(keys)) == 60
        assert len(keys) > 60
        texts = [event.text for event in place.hark.events if isinstance(event, Message)]
        assert texts != [f"message {number}" for number in range(1, 61)]


async def test_withheld_events_come_when_they_are_released_and_stand_in_the_history() -> None:
    assert ADAPTER.fetch_page is not None
    async with town() as place:
        await place.act("PATCH", "/control/webhook", {"withhold": 1.0})
        await place.act("POST", "/control/crowd", {"count": 5})
        assert place.hark.items == []
        page = await ADAPTER.fetch_page(None, None, place.account, place.http)
        assert len(page.items) == 5
        assert (await place.act("POST", "/control/webhook/release"))["released"] == 5
        await until(lambda: len(place.hark.items) == 5)


async def test_memory_survives_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    async with town(state) as place:
        picture = await place.play.post(
            "/play/media?name=a.png", content=PNG, headers={"content-type": "image/png"}
        )
        await place.act(
            "POST", "/play/dm", {"person": "ana", "media": [picture.json()["id"]], "text": "kept"}
        )
        await until(lambda: len(place.hark.items) == 1)
        await place.act("PATCH", "/control/webhook", {"withhold": 1.0})
        await written(place, text="unsent")
        before = place.app.network.state
    again = create_network(state_file=state)
    assert again.network.account.token == TOKEN
    assert again.network.state.items == before.items
    assert list(again.network.files.values()) == [PNG]
    assert again.sender.waiting == 1
    assert again.sender.webhook.verified
    assert state.stat().st_mode & 0o077 == 0


def test_unreadable_memory_is_set_aside(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    state.write_text("{half")
    assert create_network(state_file=state).network.state.items == {}
    assert (tmp_path / "sandbox.unreadable").read_text() == "{half"


# The page


async def test_page_is_served_without_inline_script_or_style() -> None:
    async with town() as place:
        page = await place.play.get("/")
        assert page.headers["content-type"].startswith("text/html")
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "style=" not in page.text
        assert "<script>" not in page.text
        for name in ("app.js", "style.css", "logo.svg", "words.js"):
            assert (await place.play.get(f"/{name}")).is_success
        assert (await place.play.get("/app.py")).status_code == 404


async def test_foreign_page_may_not_act() -> None:
    async with town() as place:
        words = {"person": "ana", "text": "forged"}
        answer = await place.play.post("/play/dm", json=words, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
        assert place.app.network.state.items == {}
        own = str(place.play.base_url).rstrip("/")
        assert (await place.play.post("/play/dm", json=words, headers={"origin": own})).is_success


async def test_page_is_told_of_changes_as_they_happen() -> None:
    async with town() as place, place.play.stream("GET", "/play/changes") as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: hello"
        await written(place, text="live")
        seen = ""
        async for line in lines:
            seen += line
            if '"text":"live"' in line and "event: item" in seen:
                break
        assert "event: item" in seen


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/play/dm", {"person": "nobody", "text": "x"}, 404),
        ("/play/dm", {"person": "ana", "text": " "}, 400),
        ("/play/dm", {"person": "ana", "text": "x" * 10_001}, 400),
        ("/play/dm", {"person": "ana", "media": ["none"]}, 404),
        ("/play/dm", {"person": 7}, 400),
        ("/play/comment", {"person": "ana", "text": "x", "post": "none"}, 404),
        ("/play/review", {"person": "ana", "rating": 9}, 400),
        ("/play/people", {"name": "  "}, 400),
    ],
)
async def test_page_gets_a_sentence_for_what_cannot_be(path: str, body: object, status: int) -> None:
    async with town() as place:
        answer = await place.play.post(path, json=body)
        assert answer.status_code == status
        assert answer.json()["error"]["message"]
        assert place.app.network.state.items == {}
