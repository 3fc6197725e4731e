"""Connecting by both logins, switching notifications on, tokens, and what the health check says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from hark.adapters.instagram import ADAPTER
from hark.adapters.instagram.manifest import PAGE_FIELDS, PAGE_NEEDED, WEBHOOK_FIELDS
from hark.channels.contract import Reconnect, Rejected, TryAgain
from hark.kernel.clock import utc_now
from tests.adapters.facebook.cases import Answer, error
from tests.adapters.facebook.fake import FakeGraph
from tests.adapters.instagram.bodies import ACC, ACCOUNT, ADDRESS, LINKED

VALUES = {"access_token": "IGAA-given", "app_id": "88001", "app_secret": "s3cret"}
BACK = "https://hark.example/authorize/callback"
DONE: Answer = (200, {}, {"success": True})
EMPTY: Answer = (200, {}, {"data": []})


def me(**more: Any) -> Answer:
    known = {"id": "26543", "user_id": ACC, "username": "fjord.cafe", "account_type": "BUSINESS"}
    return 200, {}, {**known, **more}


def token(**more: Any) -> Answer:
    state = {
        "app_id": "88001",
        "type": "PAGE",
        "is_valid": True,
        "expires_at": 0,
        "scopes": list(PAGE_NEEDED),
    }
    return 200, {}, {"data": {**state, **more}}


def page(account: str | None = ACC) -> Answer:
    linked = {"instagram_business_account": {"id": account, "username": "fjord.cafe"}} if account else {}
    return 200, {}, {"id": "500", **linked}


def subscriptions(url: str | None) -> Answer:
    rows = [{"object": "page", "callback_url": "https://x.example"}]
    return 200, {}, {"data": rows + ([{"object": "instagram", "callback_url": url}] if url else [])}


async def test_an_own_token_names_its_account_and_a_verify_token_is_made() -> None:
    graph = FakeGraph(me())
    connected = await ADAPTER.connect(VALUES, ADDRESS, graph.http())
    assert (connected.platform_account_id, connected.name, connected.steps) == (ACC, "@fjord.cafe", ())
    assert connected.generated.keys() == {"verify_token"}
    assert connected.fields["login"] == "instagram"
    assert graph.requests[0].url.host == "graph.instagram.com"
    ends = utc_now().replace(microsecond=0) + timedelta(days=60)
    given = {**VALUES, "token_expires_at": ends.isoformat(), "verify_token": "mine"}
    again = await ADAPTER.connect(given, ADDRESS, FakeGraph(me()).http())
    assert (again.expires_at, again.generated) == (ends, {})


async def test_a_page_token_names_the_linked_account() -> None:
    graph = FakeGraph(token(), page())
    connected = await ADAPTER.connect({**VALUES, "access_token": "EAAB-given"}, ADDRESS, graph.http())
    assert (connected.platform_account_id, connected.fields["page_id"]) == (ACC, "500")
    assert "allow access to messages" in connected.steps[0]
    assert graph.requests[1].url.host == "graph.facebook.com"


@pytest.mark.parametrize(
    ("answers", "values", "code"),
    [
        ([], {"access_token": ""}, "missing_field"),
        ([], {"app_secret": " "}, "missing_field"),
        ([me(account_type="PERSONAL")], {}, "personal_account"),
        ([me(user_id=None)], {}, "no_account"),
        ([me()], {"account_id": "5"}, "other_account"),
        ([error(400, 190)], {}, "190"),
        ([token(is_valid=False)], {"access_token": "EAAB"}, "invalid_token"),
        ([token(app_id="5")], {"access_token": "EAAB"}, "other_app"),
        ([token(type="USER")], {"access_token": "EAAB"}, "user_token"),
        ([token(), page(None)], {"access_token": "EAAB"}, "not_linked"),
    ],
)
async def test_credentials_that_do_not_fit_are_rejected_with_a_sentence(
    answers: Any, values: Any, code: str
) -> None:
    with pytest.raises(Rejected) as caught:
        await ADAPTER.connect({**VALUES, **values}, ADDRESS, FakeGraph(*answers).http())
    assert caught.value.code == code
    assert caught.value.message.endswith(".")
    assert "s3cret" not in str(caught.value)


async def test_subscribing_registers_our_address_and_the_account() -> None:
    assert ADAPTER.subscribe is not None
    graph = FakeGraph(subscriptions(None), DONE, DONE)
    assert await ADAPTER.subscribe(ACCOUNT, graph.http()) == ()
    form = httpx.QueryParams(graph.requests[1].content.decode())
    assert (form["object"], form["callback_url"]) == ("instagram", ADDRESS)
    assert form["fields"].split(",") == list(WEBHOOK_FIELDS)
    assert graph.requests[1].url.host == "graph.facebook.com"
    subscribed = graph.requests[2]
    assert (subscribed.url.host, subscribed.url.path) == ("graph.instagram.com", "/v26.0/me/subscribed_apps")
    assert subscribed.url.params["subscribed_fields"].split(",") == list(WEBHOOK_FIELDS)


async def test_the_subscription_of_the_page_itself_is_left_as_it_is() -> None:
    assert ADAPTER.subscribe is not None
    taken = (200, {}, {"data": [{"id": "88001", "subscribed_fields": ["feed", "messages"]}]})
    graph = FakeGraph(subscriptions(ADDRESS), DONE, taken)
    assert await ADAPTER.subscribe(LINKED, graph.http()) == ()
    assert [request.method for request in graph.requests] == ["GET", "POST", "GET"]
    fresh = FakeGraph(subscriptions(None), DONE, EMPTY, DONE)
    assert await ADAPTER.subscribe(LINKED, fresh.http()) == ()
    assert httpx.QueryParams(fresh.requests[1].content.decode())["fields"].split(",") == list(PAGE_FIELDS)
    assert fresh.requests[3].url.path == "/v26.0/500/subscribed_apps"


def apps(**more: Any) -> Answer:
    return 200, {}, {"data": [{"id": "88001", "subscribed_fields": list(WEBHOOK_FIELDS), **more}]}


OURS = subscriptions(ADDRESS)


@pytest.mark.parametrize(
    ("account", "answers"),
    [(ACCOUNT, [me(), EMPTY, apps(), OURS]), (LINKED, [token(), page(), apps(), OURS])],
    ids=["own login", "page"],
)
async def test_a_sound_connection_is_healthy(account: Any, answers: Any) -> None:
    health = await ADAPTER.check(account, FakeGraph(*answers).http())
    assert health.ok, health.checks


@pytest.mark.parametrize(
    ("account", "answers", "failed"),
    [
        (ACCOUNT, [error(400, 190), apps(), OURS], {"token"}),
        (ACCOUNT, [me(user_id="5"), apps(), OURS], {"token"}),
        (ACCOUNT, [me(), error(400, 10), apps(), OURS], {"scopes"}),
        (ACCOUNT, [me(), EMPTY, EMPTY, OURS], {"subscription"}),
        (ACCOUNT, [me(), EMPTY, apps(subscribed_fields=["comments"]), OURS], {"subscription"}),
        (ACCOUNT, [me(), EMPTY, apps(), subscriptions(None)], {"webhook"}),
        (LINKED, [token(is_valid=False), apps(), OURS], {"token"}),
        (LINKED, [token(scopes=["instagram_basic"]), page(), apps(), OURS], {"scopes"}),
        (LINKED, [token(), page("5"), apps(), OURS], {"role"}),
        (LINKED, [token(), page(), apps(id="5"), OURS], {"subscription"}),
    ],
)
async def test_each_fault_of_a_connection_is_named(account: Any, answers: Any, failed: set[str]) -> None:
    health = await ADAPTER.check(account, FakeGraph(*answers).http())
    assert not health.ok
    assert {name for name, (ok, _) in health.checks.items() if not ok} == failed
    assert all(sentence.endswith(".") for _, sentence in health.checks.values())


# Login ------------------------------------------------------------------------------------------------------------------


def test_the_dialog_of_each_login_asks_for_its_own_permissions() -> None:
    assert ADAPTER.authorization is not None
    own = {**VALUES, "instagram_app_id": "77"}
    address = ADAPTER.authorization.begin(own, BACK, "state-1", "challenge")
    query = parse_qs(urlsplit(address).query)
    assert address.startswith("https://www.instagram.com/oauth/authorize?")
    assert (query["client_id"], query["state"], query["redirect_uri"]) == (["77"], ["state-1"], [BACK])
    assert "instagram_business_manage_messages" in query["scope"][0]
    linked = ADAPTER.authorization.begin({**VALUES, "login": "facebook"}, BACK, "state-1", "challenge")
    assert linked.startswith("https://www.facebook.com/v26.0/dialog/oauth?")
    assert parse_qs(urlsplit(linked).query)["scope"][0].split(",") == list(PAGE_NEEDED)
    assert "s3cret" not in address + linked


async def test_an_own_login_exchanges_twice_and_keeps_what_connecting_needs() -> None:
    assert ADAPTER.authorization is not None
    values = {**VALUES, "instagram_app_id": "77", "instagram_app_secret": "ig-secret"}
    graph = FakeGraph(
        (200, {}, {"data": [{"access_token": "IG-hour", "user_id": "26543"}]}),
        (200, {}, {"access_token": "IGAA-60", "expires_in": 5184000}),
        me(),
    )
    (choice,) = await ADAPTER.authorization.finish(values, "code#_", BACK, "", graph.http())
    first, second, _ = graph.requests
    form = httpx.QueryParams(first.content.decode())
    assert (first.url.host, form["code"], form["client_secret"]) == ("api.instagram.com", "code", "ig-secret")
    assert str(second.url).startswith("https://graph.instagram.com/access_token?")
    assert second.url.params["grant_type"] == "ig_exchange_token"
    connected = await ADAPTER.connect(choice.values, ADDRESS, FakeGraph(me()).http())
    assert connected.platform_account_id == choice.id == ACC
    assert connected.expires_at is not None
    assert connected.expires_at > utc_now() + timedelta(days=59)


async def test_a_page_login_offers_the_accounts_that_are_linked() -> None:
    assert ADAPTER.authorization is not None
    values = {**VALUES, "login": "facebook"}
    linked = {
        "id": "500",
        "name": "Fjord",
        "access_token": "EAAB-p",
        "instagram_business_account": {"id": ACC, "username": "fjord.cafe"},
    }
    tokens: list[Answer] = [(200, {}, {"access_token": "EAAB-1"}), (200, {}, {"access_token": "EAAB-2"})]
    pages = (200, {}, {"data": [linked, {"id": "501", "name": "Bare", "access_token": "EAAB-q"}]})
    (choice,) = await ADAPTER.authorization.finish(values, "code", BACK, "", FakeGraph(*tokens, pages).http())
    assert (choice.id, choice.values["page_id"], choice.values["access_token"]) == (ACC, "500", "EAAB-p")
    with pytest.raises(Rejected, match="not_linked"):
        await ADAPTER.authorization.finish(values, "code", BACK, "", FakeGraph(*tokens, EMPTY).http())


async def test_a_dead_token_needs_a_person() -> None:
    assert ADAPTER.refresh is not None
    with pytest.raises(Reconnect):
        await ADAPTER.refresh(ACCOUNT, FakeGraph(error(400, 190, 463)).http())
    with pytest.raises(Reconnect, match="page_token"):
        await ADAPTER.refresh(LINKED, FakeGraph().http())


async def test_a_token_of_today_is_tried_again_tomorrow() -> None:
    assert ADAPTER.refresh is not None
    with pytest.raises(TryAgain) as caught:
        await ADAPTER.refresh(ACCOUNT, FakeGraph(error(400, 100)).http())
    assert caught.value.retry_after == 86400
