"""Connecting a page, switching notifications on, and what the health check says."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from hark.adapters.facebook import ADAPTER
from hark.adapters.facebook.manifest import NEEDED, WEBHOOK_FIELDS
from hark.channels.contract import Rejected, TryAgain
from tests.adapters.facebook import cases
from tests.adapters.facebook.cases import ACCOUNT, PAGE, Answer
from tests.adapters.facebook.fake import FakeGraph

VALUES = {"page_access_token": "EAAB-given", "app_id": "88001", "app_secret": "s3cret", "page_id": ""}
URL = "https://hark.example/webhooks/facebook/k1"


def token(**more: Any) -> Answer:
    state = {"app_id": "88001", "type": "PAGE", "is_valid": True, "expires_at": 0, "scopes": list(NEEDED)}
    return 200, {}, {"data": {**state, **more}}


ME: Answer = (200, {}, {"id": PAGE, "name": "Fjord Café"})


async def test_a_page_token_names_its_page_and_a_verify_token_is_made() -> None:
    graph = FakeGraph(token(), ME)
    connected = await ADAPTER.connect(VALUES, URL, graph.http())
    assert (connected.platform_account_id, connected.name, connected.steps) == (PAGE, "Fjord Café", ())
    assert connected.generated.keys() == {"verify_token"}
    assert len(connected.generated["verify_token"].reveal()) >= 24
    asked = graph.requests[0]
    assert asked.url.params["input_token"] == "EAAB-given"
    assert asked.headers["authorization"] == "Bearer 88001|s3cret"


async def test_a_given_verify_token_is_kept() -> None:
    connected = await ADAPTER.connect({**VALUES, "verify_token": "mine"}, URL, FakeGraph(token(), ME).http())
    assert connected.generated == {}


async def test_a_user_token_is_exchanged_for_that_of_its_page() -> None:
    pages = [
        {"id": PAGE, "name": "Fjord Café", "access_token": "EAAB-page", "tasks": ["MESSAGING", "MODERATE"]},
        {"id": "900", "name": "Other", "access_token": "EAAB-other"},
    ]
    graph = FakeGraph(token(type="USER"), (200, {}, {"data": pages}))
    connected = await ADAPTER.connect({**VALUES, "page_id": PAGE}, URL, graph.http())
    assert connected.generated["page_access_token"].reveal() == "EAAB-page"
    assert connected.steps == ("Let the page have the task CREATE_CONTENT for the person who connects.",)
    with pytest.raises(Rejected, match=r"which_page.*Other \(900\)"):
        await ADAPTER.connect(VALUES, URL, FakeGraph(token(type="USER"), (200, {}, {"data": pages})).http())
    with pytest.raises(Rejected, match="no_page"):
        await ADAPTER.connect(VALUES, URL, FakeGraph(token(type="USER"), (200, {}, {"data": []})).http())


async def test_missing_permissions_and_a_missing_address_are_told_as_steps() -> None:
    graph = FakeGraph(token(scopes=["pages_messaging"]), ME)
    connected = await ADAPTER.connect(VALUES, None, graph.http())
    assert "pages_read_user_content" in connected.steps[0]
    assert "https" in connected.steps[1]


@pytest.mark.parametrize(
    ("answers", "values", "code"),
    [
        ([], {"page_access_token": ""}, "missing_field"),
        ([], {"app_secret": " "}, "missing_field"),
        ([token(is_valid=False, error={"code": 190, "subcode": 460, "message": "x"})], {}, "invalid_token"),
        ([(200, {}, {})], {}, "invalid_token"),
        ([token(app_id="5")], {}, "other_app"),
        ([token(), ME], {"page_id": "900"}, "other_page"),
        ([token(), (200, {}, {})], {}, "other_page"),
        ([cases.error(400, 190)], {}, "190"),
        ([cases.error(400, 101)], {}, "101"),
    ],
)
async def test_credentials_that_do_not_fit_are_rejected_with_a_sentence(answers, values, code) -> None:
    with pytest.raises(Rejected) as caught:
        await ADAPTER.connect({**VALUES, **values}, URL, FakeGraph(*answers).http())
    assert caught.value.code == code
    assert caught.value.message.endswith((".", "invented"))
    assert "s3cret" not in str(caught.value)


async def test_a_silent_facebook_is_no_refusal() -> None:
    with pytest.raises(TryAgain):
        await ADAPTER.connect(VALUES, URL, FakeGraph(httpx.ReadTimeout("silence")).http())


def subscriptions(url: str | None) -> Answer:
    rows = [{"object": "user", "callback_url": "https://x.example"}]
    return 200, {}, {"data": rows + ([{"object": "page", "callback_url": url}] if url else [])}


DONE: Answer = (200, {}, {"success": True})


@pytest.mark.parametrize("current", [None, URL])
async def test_subscribing_registers_our_address_and_the_page(current: str | None) -> None:
    graph = FakeGraph(subscriptions(current), DONE, DONE)
    assert await ADAPTER.subscribe(ACCOUNT, graph.http()) == ()
    register, page = graph.requests[1:]
    form = httpx.QueryParams(register.content.decode())
    assert register.url.path == "/v26.0/88001/subscriptions"
    assert (form["object"], form["callback_url"], form["verify_token"]) == (
        "page",
        URL,
        "verify-token-of-the-cafe",
    )
    assert page.url.path == f"/v26.0/{PAGE}/subscribed_apps"
    assert page.url.params["subscribed_fields"].split(",") == list(WEBHOOK_FIELDS)


async def test_another_account_of_the_same_app_leaves_the_address_as_it_is() -> None:
    graph = FakeGraph(subscriptions("https://hark.example/webhooks/facebook/k0"), DONE)
    assert await ADAPTER.subscribe(ACCOUNT, graph.http()) == ()


async def test_somebody_elses_address_is_not_taken_over() -> None:
    graph = FakeGraph(subscriptions("https://other.example/hook"), DONE)
    (step,) = await ADAPTER.subscribe(ACCOUNT, graph.http())
    assert "https://other.example/hook" in step
    assert URL in step
    assert [request.method for request in graph.requests] == ["GET", "POST"], (
        "the page is subscribed all the same"
    )


async def test_what_facebook_refuses_becomes_a_step_to_do_by_hand() -> None:
    graph = FakeGraph(subscriptions(None), cases.error(400, 2200), DONE)
    (step,) = await ADAPTER.subscribe(ACCOUNT, graph.http())
    assert URL in step
    bare = msgspec.structs.replace(ACCOUNT, webhook_url=None)
    assert len(await ADAPTER.subscribe(bare, FakeGraph(DONE).http())) == 1


def apps(**more: Any) -> Answer:
    return 200, {}, {"data": [{"id": "88001", "subscribed_fields": list(WEBHOOK_FIELDS), **more}]}


async def test_a_sound_connection_is_healthy() -> None:
    health = await ADAPTER.check(
        ACCOUNT, FakeGraph(token(data_access_expires_at=1799712000), apps(), subscriptions(URL)).http()
    )
    assert health.ok
    assert "2027-01-12" in health.checks["token"][1]


@pytest.mark.parametrize(
    ("answers", "failed"),
    [
        ([token(is_valid=False), apps(), subscriptions(URL)], {"token"}),
        ([cases.error(400, 190), apps(), subscriptions(URL)], {"token"}),
        ([token(scopes=["pages_messaging"]), apps(), subscriptions(URL)], {"scopes"}),
        ([token(), (200, {}, {"data": []}), subscriptions(URL)], {"subscription"}),
        ([token(), apps(id="5"), subscriptions(URL)], {"subscription"}),
        ([token(), apps(subscribed_fields=["messages"]), subscriptions(URL)], {"subscription"}),
        ([token(), apps(), subscriptions(None)], {"webhook"}),
        ([token(), apps(), subscriptions("https://other.example/hook")], {"webhook"}),
        ([httpx.ReadTimeout("silence")] * 3, {"token", "subscription", "webhook"}),
    ],
)
async def test_each_fault_of_a_connection_is_named(answers, failed: set[str]) -> None:
    health = await ADAPTER.check(ACCOUNT, FakeGraph(*answers).http())
    assert not health.ok
    assert {name for name, (ok, _) in health.checks.items() if not ok} == failed
    assert all(sentence for _, sentence in health.checks.values())
