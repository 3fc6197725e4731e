"""The adapter and the stand-in, each written from the documentation, understand one another over real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from hark.adapters.facebook import ADAPTER
from hark.channels.contract import (
    Ability,
    AccountNotice,
    Action,
    Deletion,
    Edit,
    Message,
    Outbound,
    OutboundAttachment,
    Reaction,
    Receipt,
    Reconnect,
    Rejected,
    Source,
    TryAgain,
    Unconfirmed,
)
from hark.kernel.clock import utc_now
from tests.adapters.facebook.serving import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        await ADAPTER.subscribe(found.account, found.http)
        yield found


def outbound(stage: Stage, **more: Any) -> Outbound:
    base: dict[str, Any] = {
        "reference": uuid4(),
        "source": Source.DM,
        "thread_key": stage.person,
        "recipient": stage.person,
        "at": utc_now(),
        "text": "Yes, we have.",
    }
    return Outbound(**{**base, **more})


async def send(stage: Stage, **more: Any) -> Any:
    return await ADAPTER.send(outbound(stage, **more), stage.account, stage.http)


def texts(events: list[Any]) -> list[str | None]:
    return [event.text for event in events if isinstance(event, Message)]


# Connecting ------------------------------------------------------------------------------------------------------------


async def test_connecting_subscribing_and_checking_work_from_nothing() -> None:
    async with staged() as stage:
        values = {
            "page_access_token": "stand-in-page-token",
            "app_id": stage.account.fields["app_id"],
            "app_secret": "stand-in-app-secret",
            "base_url": stage.graph_url,
        }
        connected = await ADAPTER.connect(values, stage.hook_url, stage.http)
        assert (connected.platform_account_id, connected.name) == (stage.page, "Stand-in Bakery")
        by_user = {**values, "page_access_token": "stand-in-user-token"}
        exchanged = await ADAPTER.connect(by_user, stage.hook_url, stage.http)
        assert exchanged.generated["page_access_token"].reveal() == "stand-in-page-token"
        with pytest.raises(Rejected):
            await ADAPTER.connect({**values, "app_secret": "wrong"}, stage.hook_url, stage.http)
        with pytest.raises(Rejected):
            await ADAPTER.connect({**values, "page_access_token": "wrong"}, stage.hook_url, stage.http)
        assert not (await ADAPTER.check(stage.account, stage.http)).checks["subscription"][0]
        assert await ADAPTER.subscribe(stage.account, stage.http) == ()
        assert (await ADAPTER.check(stage.account, stage.http)).ok


async def test_an_address_that_fails_the_handshake_is_told_as_a_step() -> None:
    async with staged() as stage:
        stage.receiver.account = msgspec.structs.replace(stage.account, secrets={})
        (step,) = await ADAPTER.subscribe(stage.account, stage.http)
        assert "Callback verification failed" in step


async def test_a_lost_right_and_a_dead_token_are_seen_by_the_health_check(stage: Stage) -> None:
    await stage.control("page", scopes=["pages_messaging", "pages_manage_metadata"])
    assert not (await ADAPTER.check(stage.account, stage.http)).checks["scopes"][0]
    await stage.control("page", token_state="460")
    assert not (await ADAPTER.check(stage.account, stage.http)).checks["token"][0]
    with pytest.raises(Reconnect, match="190/460"):
        await send(stage)


# What customers do -----------------------------------------------------------------------------------------------------


async def test_everything_that_a_customer_does_in_a_conversation_arrives(stage: Stage) -> None:
    written = await stage.control(
        "dm", text="Größe 56? 😊 a/b", attachments=[{"type": "image", "url": "https://x.fbcdn.net/a.jpg"}]
    )
    mid = written["mid"]
    await stage.control(f"dm/{mid}/edit", text="Größe 58?")
    await stage.control(f"dm/{mid}/react", emoji="❤️")
    await stage.control(f"dm/{mid}/react")
    await stage.control("read")
    await stage.control("postback", title="Start", payload="GO")
    await stage.control("echo", text="From the page's own inbox")
    await stage.control(f"dm/{mid}/delete")
    await stage.control("policy", action="warning", reason="Careful")
    events = await stage.settle()
    assert [type(event) for event in events] == [
        Message,
        Edit,
        Reaction,
        Reaction,
        Receipt,
        Message,
        Message,
        Deletion,
        AccountNotice,
    ]
    first, edit, reaction, unreaction, receipt, postback, echo, deletion, notice = events
    assert (first.id, first.text, first.attachments[0].kind) == (mid, "Größe 56? 😊 a/b", "image")
    assert (edit.target, edit.text) == (mid, "Größe 58?")
    assert (reaction.emoji, unreaction.emoji) == (("❤️",), ())
    assert (receipt.status, receipt.thread.key) == ("read", stage.person)
    assert (postback.text, postback.postback) == ("Start", "GO")
    assert echo.author.us
    assert deletion.target == mid
    assert notice.alert
    raw = stage.receiver.bodies[0]
    assert b"Gr\\u00f6\\u00dfe 56? \\ud83d\\ude0a a\\/b" in raw, "escaped as Meta does"


async def test_everything_that_people_do_under_a_post_arrives(stage: Stage) -> None:
    made = await stage.control("comments", message="How much?", photo="https://x.fbcdn.net/c.jpg")
    comment = made["comment"]
    answer = await stage.control("comments", under=comment, message="I ask too")
    deeper = await stage.control("comments", under=answer["comment"], message="Me three")
    await stage.control(f"comments/{comment}/edit", message="How much is it?")
    await stage.control(f"comments/{comment}/react", kind="love")
    await stage.control(f"comments/{comment}/hide")
    await stage.control(f"comments/{comment}/unhide")
    await stage.control(f"comments/{comment}/delete")
    visitor = await stage.control("posts", person=stage.person, message="Great bread")
    await stage.control("mentions", message="Try it", in_comment=True)
    review = (await stage.control("reviews", text="Good", recommended=True))["review"]
    await stage.control("comments", under=review, message="Agreed")
    await stage.control(f"reviews/{review}/edit", text="Very good")
    await stage.control(f"reviews/{review}/delete")
    events = await stage.settle()
    messages = {event.id: event for event in events if isinstance(event, Message)}
    assert {messages[made["comment"]].thread.key, messages[deeper["comment"]].thread.key} == {comment}
    assert messages[comment].thread.post.url.startswith("https://www.facebook.com/")
    assert messages[visitor["post"]].thread.source is Source.MENTION
    assert messages[review].recommended is True
    assert [event.thread.key for event in messages.values() if event.unsupported] == [review], "text not told"
    changes = [event for event in events if isinstance(event, Edit)]
    assert [(edit.text, edit.hidden) for edit in changes] == [
        ("How much is it?", None),
        ("How much is it?", True),
        ("How much is it?", False),
        ("Very good", None),
    ]
    assert [event.target for event in events if isinstance(event, Deletion)] == [comment, review]
    assert [event.emoji for event in events if isinstance(event, Reaction)] == [("❤️",)]


async def test_while_another_app_has_the_thread_messages_come_by_standby_and_none_can_be_sent(
    stage: Stage,
) -> None:
    await stage.control("handover", owner="777")
    await stage.control("dm", text="Anybody?")
    (event,) = await stage.settle()
    assert event.standby
    with pytest.raises(Rejected, match="10/2018300"):
        await send(stage)


# What we do ------------------------------------------------------------------------------------------------------------


async def test_an_answer_reaches_the_customer_and_comes_back_as_echo_and_receipt(stage: Stage) -> None:
    asked = await stage.control("dm", text="Is it open?")
    message = outbound(stage, quoted=asked["mid"])
    sent = await ADAPTER.send(message, stage.account, stage.http)
    answer = (await stage.messages())[-1]
    assert (answer["mid"], answer["text"], answer["reply_to"]) == (
        sent.platform_message_id,
        "Yes, we have.",
        asked["mid"],
    )
    _, echo, receipt = await stage.settle()
    assert (echo.id, echo.echo_of) == (sent.platform_message_id, str(message.reference))
    assert (receipt.status, receipt.target) == ("delivered", sent.platform_message_id)


@pytest.mark.parametrize("kind", ["image", "video", "audio", "file"])
async def test_a_file_reaches_the_customer(stage: Stage, kind: str) -> None:
    await stage.control("dm", text="Send me a file")
    content = bytes(range(256)) * 40 + b"\r\n--x\r\n"
    file = OutboundAttachment(kind, "tea cup.bin", "application/octet-stream", content)
    await send(stage, text="", attachments=(file,))
    (seen,) = (await stage.messages())[-1]["attachments"]
    assert seen["type"] == kind
    assert (await stage.http.call("GET", seen["payload"]["url"])).body == content


async def test_a_file_of_a_customer_can_be_fetched_from_where_the_notification_says(stage: Stage) -> None:
    picture = b"\x89PNG..."
    content = base64.b64encode(picture).decode()
    file = {"type": "image", "name": "my cup.png", "mime_type": "image/png", "content": content}
    await stage.control("dm", attachments=[file])
    (event,) = await stage.settle()
    (attachment,) = event.attachments
    assert attachment.name == "my cup.png"
    answer = await stage.http.call("GET", attachment.url)
    assert (answer.body, answer.headers["content-type"]) == (picture, "image/png")


async def test_what_facebook_refuses_comes_back_as_the_right_problem(stage: Stage) -> None:
    with pytest.raises(Rejected, match="10/2018278"):
        await send(stage)
    await stage.control("dm", text="Hi")
    with pytest.raises(Rejected, match="100/2018001"):
        await send(stage, recipient="404")
    await stage.control("block")
    with pytest.raises(Rejected) as caught:
        await send(stage)
    assert caught.value.unreachable
    await stage.control("block", blocked=False)
    await stage.control("page", scopes=["pages_show_list"])
    with pytest.raises(Reconnect, match="200"):
        await send(stage)


async def test_after_a_day_only_a_person_with_the_human_agent_feature_may_answer(stage: Stage) -> None:
    await stage.control("dm", text="Hi")
    opened = utc_now()
    stage.advance(hours=30)
    later = {"at": stage.stand_in.world.now(), "last_opened_at": opened}
    with pytest.raises(Rejected, match="10/2018278"):
        await send(stage)
    assert (await send(stage, **later)).platform_message_id
    await stage.control("page", human_agent=False)
    with pytest.raises(Rejected, match="10/2018278"):
        await send(stage, **later)
    stage.advance(days=7)
    with pytest.raises(Rejected, match="10/2018278"):
        await send(stage, **later)


async def test_a_comment_is_answered_publicly_privately_once_and_moderated(stage: Stage) -> None:
    comment = (await stage.control("comments", message="How much?"))["comment"]
    place = {"source": Source.COMMENT, "thread_key": comment, "recipient": None}
    public = await send(stage, **place, text="4 euros")
    picture = OutboundAttachment("image", "menu.png", "image/png", b"\x89PNG")
    await send(stage, **place, text="The menu", attachments=(picture,))
    private = await send(stage, **place, private_to=comment, text="Just for you")
    assert (private.thread_key, private.thread_source) == (stage.person, Source.DM)
    with pytest.raises(Rejected, match="10900"):
        await send(stage, **place, private_to=comment, text="Again")

    async def act(ability: Ability, target: str, text: str | None = None) -> dict[str, Any]:
        action = Action(ability, comment, target=target, text=text)
        await ADAPTER.perform(action, stage.account, stage.http)
        found = (await stage.look("seen"))["comments"]
        return next((row for row in found if row["id"] == target), {})

    assert (await act(Ability.HIDE, comment))["hidden"] is True
    assert (await act(Ability.UNHIDE, comment))["hidden"] is False
    assert (await act(Ability.LIKE, comment))["likes"] == [stage.page]
    assert (await act(Ability.UNLIKE, comment))["likes"] == []
    assert (await act(Ability.EDIT, public.platform_message_id, "5 euros"))["message"] == "5 euros"
    assert await act(Ability.DELETE, comment) == {}
    assert await act(Ability.DELETE, comment) == {}, "what is gone already is no problem"
    with pytest.raises(Rejected, match="100/33"):
        await act(Ability.HIDE, comment)
    events = await stage.settle()
    ours = [event for event in events if isinstance(event, Message) and event.author.us]
    assert [event.thread.key for event in ours] == [comment, comment, stage.person]


async def test_mentions_and_reviews_are_answered_under_themselves(stage: Stage) -> None:
    post = (await stage.control("posts", person=stage.person, message="Great bread"))["post"]
    review = (await stage.control("reviews", text="Good"))["review"]
    await send(stage, source=Source.MENTION, thread_key=post, recipient=None)
    await send(stage, source=Source.REVIEW, thread_key=review, recipient=None)
    private = {"private_to": post, "reply_to": {"object_id": post, "post_id": post}}
    assert (await send(stage, source=Source.MENTION, thread_key=post, recipient=None, **private)).thread_key
    comments = (await stage.look("seen"))["comments"]
    assert [(row["post"].endswith(post), row["review"]) for row in comments] == [
        (True, None),
        (False, review),
    ]


async def test_typing_and_mark_as_read_are_seen_by_the_customer(stage: Stage) -> None:
    await stage.control("dm", text="Hi")
    for ability in (Ability.TYPING, Ability.MARK_READ):
        await ADAPTER.perform(Action(ability, stage.person), stage.account, stage.http)
    (conversation,) = (await stage.look("seen"))["conversations"]
    assert conversation["typing"] is True
    assert conversation["seen_at"]


# Faults ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["break_after", "timeout_after"])
async def test_a_send_whose_answer_is_lost_is_found_by_looking(stage: Stage, fault: str) -> None:
    await stage.control("dm", text="Hi")
    await stage.control("faults", do=fault, path="/messages", times=1, seconds=0.05)
    message = outbound(stage)
    with pytest.raises(Unconfirmed):
        await ADAPTER.send(message, stage.account, stage.http)
    found = await ADAPTER.look_up(message, stage.account, stage.http)
    assert found is not None
    answer = (await stage.messages())[-1]
    assert found.platform_message_id == answer["mid"]
    assert answer["metadata"] == str(message.reference)


@pytest.mark.parametrize("fault", ["break_before", "timeout_before"])
async def test_a_send_that_never_took_effect_is_not_found(stage: Stage, fault: str) -> None:
    await stage.control("dm", text="Hi")
    await stage.control("faults", do=fault, path="/messages", times=1, seconds=0.05)
    message = outbound(stage)
    with pytest.raises(Unconfirmed):
        await ADAPTER.send(message, stage.account, stage.http)
    assert await ADAPTER.look_up(message, stage.account, stage.http) is None
    assert len(await stage.messages()) == 1


async def test_an_unconfirmed_comment_and_private_reply_are_found(stage: Stage) -> None:
    comment = (await stage.control("comments", message="How much?"))["comment"]
    for more in ({}, {"private_to": comment, "recipient": stage.person}):
        message = outbound(stage, source=Source.COMMENT, thread_key=comment, **{"recipient": None, **more})
        await stage.control("faults", do="break_after", path="s", method="POST", times=1)
        with pytest.raises(Unconfirmed):
            await ADAPTER.send(message, stage.account, stage.http)
        assert await ADAPTER.look_up(message, stage.account, stage.http) is not None


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"do": "error", "code": 4, "status": 400}, TryAgain),
        ({"do": "error", "code": 190, "subcode": 463, "status": 400}, Reconnect),
        ({"do": "error", "code": 2}, Unconfirmed),
        ({"do": "html", "status": 502}, Unconfirmed),
        ({"do": "status", "status": 503, "headers": {"retry-after": "3"}}, TryAgain),
        ({"do": "status", "status": 429, "headers": {"retry-after": "3"}}, TryAgain),
        ({"do": "empty"}, Unconfirmed),
    ],
)
async def test_each_fault_on_order_becomes_its_problem(
    stage: Stage, fault: dict[str, Any], problem: Any
) -> None:
    await stage.control("faults", path="/messages", times=1, **fault)
    with pytest.raises(problem):
        await send(stage)


async def test_used_up_limits_name_the_minutes_to_wait(stage: Stage) -> None:
    await stage.control("dm", text="Hi")
    await stage.control("limits", messenger={"calls": 1, "seconds": 1200})
    await send(stage)
    with pytest.raises(TryAgain, match="80006") as caught:
        await send(stage)
    assert caught.value.scope == "account"
    assert caught.value.retry_after == 20 * 60
    await stage.control("limits", messenger={"calls": None}, app={"calls": 0})
    with pytest.raises(TryAgain, match="4"):
        await send(stage)


async def test_a_failed_notification_comes_again_until_it_is_taken(stage: Stage) -> None:
    stage.receiver.statuses = [500, 503, 302]
    await stage.control("dm", text="Take me")
    assert texts(await stage.settle()) == ["Take me"]
    deliveries = (await stage.look("deliveries"))["deliveries"]
    assert deliveries[-1]["statuses"] == [500, 503, 302, 200]


async def test_an_hour_of_failures_takes_the_app_off_the_page_and_history_fills_the_gap(stage: Stage) -> None:
    stage.receiver.statuses = [500] * 100
    await stage.control("dm", text="Lost?")
    assert await stage.settle() == []
    assert not (await ADAPTER.check(stage.account, stage.http)).checks["subscription"][0]
    stage.receiver.statuses = []
    await ADAPTER.subscribe(stage.account, stage.http)
    page = await ADAPTER.fetch_page(None, None, stage.account, stage.http)
    events = [event for item in page.items for event in ADAPTER.normalize(item.payload, utc_now())]
    assert texts(events) == ["Lost?"]


async def test_notifications_are_withheld_doubled_and_shuffled_on_order(stage: Stage) -> None:
    await stage.control("faults", do="withhold", field="messages", times=1)
    await stage.control("dm", text="one")
    assert texts(await stage.settle()) == []
    await stage.control("release")
    assert texts(await stage.settle()) == ["one"]
    await stage.control("faults", do="duplicate", times=1, copies=2)
    await stage.control("dm", text="two")
    assert texts(await stage.settle()) == ["one", "two", "two", "two"]
    await stage.client.delete("/faults")
    await stage.control("faults", do="shuffle")
    await stage.control("dm", text="{n}", count=20)
    numbers = texts(await stage.settle())[4:]
    assert sorted(map(int, map(str, numbers))) == list(range(20))
    assert numbers != [str(number) for number in range(20)]


async def test_a_lost_echo_leaves_the_message_with_the_customer(stage: Stage) -> None:
    await stage.control("dm", text="Hi")
    await stage.control("faults", do="lose_echo")
    await send(stage)
    assert texts(await stage.settle()) == ["Hi"]
    assert len(await stage.messages()) == 2


async def test_many_items_share_a_body_when_they_come_together() -> None:
    async with staged(batch_seconds=0.05) as stage:
        await ADAPTER.subscribe(stage.account, stage.http)
        await stage.control("dm", text="{n}", count=50)
        await stage.control("comments", message="and a comment")
        assert texts(await stage.settle()) == [str(number) for number in range(50)] + ["and a comment"]
        assert len(stage.receiver.bodies) == 1


async def test_any_body_with_any_signature_can_be_injected(stage: Stage) -> None:
    body = {"object": "page", "entry": [{"id": stage.page, "time": 1, "changed_fields": ["feed"]}]}
    await stage.control("inject", body=body)
    await stage.settle()
    assert json.loads(stage.receiver.bodies[-1]) == body
    received = len(stage.receiver.bodies)
    for sign in (False, "another secret"):
        await stage.control("inject", raw="not json", sign=sign)
    await stage.settle()
    assert len(stage.receiver.bodies) == received


# History ---------------------------------------------------------------------------------------------------------------


async def test_history_and_notifications_are_the_same_things_under_the_same_keys(stage: Stage) -> None:
    person = (await stage.control("people", first_name="Ilse", last_name="Example"))["person"]
    for number in range(12):
        await stage.control("dm", text=f"message {number}", person=person if number % 2 else stage.person)
        await stage.control("comments", message=f"comment {number}")
    await send(stage)
    await stage.control("posts", person=person, message="A visit")
    await stage.control("reviews", text="Good", person=person)
    await stage.settle()
    live = {item.dedup_key for body in stage.receiver.bodies for item in ADAPTER.split(body)}
    live = {key for key in live if not key.startswith("state:")}
    found, cursor, pages = [], None, 0
    while True:
        page = await ADAPTER.fetch_page(cursor, None, stage.account, stage.http)
        found += [item.dedup_key for item in page.items]
        pages += 1
        if page.next is None:
            break
        cursor = page.next
    assert set(found) == live
    assert len(found) == len(live) == 12 + 12 + 1 + 1 + 1
    assert pages >= 3


async def test_reviews_that_facebook_no_longer_lists_do_not_stop_history(stage: Stage) -> None:
    await stage.control("reviews_gone")
    cursor: str | None = None
    for _ in range(10):
        page = await ADAPTER.fetch_page(cursor, None, stage.account, stage.http)
        cursor = page.next
        if cursor is None:
            return
    raise AssertionError("history has no end")


async def test_profiles_are_told_unless_hidden(stage: Stage) -> None:
    profile = await ADAPTER.fetch_profile(stage.person, stage.account, stage.http)
    assert profile is not None
    assert profile.author.name == "Mara Example"
    hidden = (await stage.control("people", first_name="X", hidden_profile=True))["person"]
    assert await ADAPTER.fetch_profile(hidden, stage.account, stage.http) is None


# The stand-in by itself ------------------------------------------------------------------------------------------------


async def test_a_wrong_proof_of_the_app_secret_is_refused(stage: Stage) -> None:
    headers = {"authorization": "Bearer stand-in-page-token"}
    async with httpx.AsyncClient(trust_env=False) as client:
        wrong = await client.get(f"{stage.graph_url}/v26.0/me?appsecret_proof=00", headers=headers)
        right = await client.get(
            f"{stage.graph_url}/v26.0/me", params={"access_token": "stand-in-page-token"}
        )
        none = await client.get(f"{stage.graph_url}/v26.0/me")
    assert (wrong.json()["error"]["code"], none.json()["error"]["code"]) == (100, 190)
    assert right.json() == {"id": stage.page, "name": "Stand-in Bakery"}
    assert "call_count" in right.headers["x-app-usage"]
    assert wrong.json()["error"]["fbtrace_id"]


async def test_what_the_control_cannot_do_is_answered_with_a_sentence(stage: Stage) -> None:
    assert (await stage.client.post("/nothing", json={})).status_code == 404
    assert (await stage.client.post("/dm/m_404/edit", json={"text": "x"})).status_code == 404
    assert (await stage.client.post("/faults", json={"do": "explode"})).status_code == 400
    assert (await stage.client.post("/webhook", json={"url": "http://192.0.2.1/"})).status_code == 400
    assert "POST /_control/dm" in (await stage.client.get("")).json()["calls"]


async def test_the_control_takes_json_whatever_type_it_is_sent_with(stage: Stage) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    await stage.client.post("/dm", content=b'{"text": "Is it open?"}', headers=headers)
    assert texts(await stage.settle()) == ["Is it open?"]


async def test_a_reset_forgets_everything(stage: Stage) -> None:
    await stage.control("dm", text="Hi")
    state = await stage.control("reset")
    assert state["app"]["callback_url"] is None
    assert await stage.messages() == []


async def test_the_stand_in_runs_as_a_program() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hark.standins.facebook", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert program.stdout is not None
        line = await asyncio.wait_for(program.stdout.readline(), 20)
        assert b"stand-in-page-token" in line
    finally:
        program.terminate()
        await program.wait()
