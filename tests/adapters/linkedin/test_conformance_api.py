"""Recorded answers of LinkedIn's API: what the client makes of each is what the index of the collection advises."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from hark.adapters.linkedin import ADAPTER
from hark.adapters.linkedin.client import Rest, make_rest
from hark.adapters.linkedin.errors import THROTTLE_WAIT, next_midnight
from hark.adapters.linkedin.lookup import list_comments
from hark.adapters.linkedin.tokens import roles_of
from hark.channels.contract import (
    Ability,
    Action,
    Message,
    NotSent,
    Outbound,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
    Unconfirmed,
)
from hark.channels.testing import Reply, ScriptedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret
from tests.adapters.linkedin import bodies, cases

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "linkedin" / "api"
PAGE = "urn:li:organization:96072893"
POST = "urn:li:activity:7095684521727016961"
TOP = f"urn:li:comment:({POST},7095684947448897536)"
ACCOUNT = msgspec.structs.replace(
    bodies.ACCOUNT,
    platform_account_id=PAGE,
    fields={
        "client_id": "demo",
        "application_id": "123456",
        "person": "urn:li:person:zLqDemoP8S",
        "api_version": "202608",
    },
    webhook_url="https://hooks.example/linkedin/1",
)
PROBLEMS: dict[str, tuple[type[Exception], dict[str, Any]]] = {
    "comment_create__content_not_permitted_403": (Rejected, {"code": "content_not_permitted"}),
    "comment_create__throttled_429": (TryAgain, {"retry_after": THROTTLE_WAIT, "scope": "account"}),
    "comment_create__too_long_400": (Rejected, {}),
    "error__400_version_missing": (Rejected, {"code": "VERSION_MISSING"}),
    "error__401_empty_token": (Reconnect, {"code": "401"}),
    "error__401_invalid_token_65600": (Reconnect, {"code": "INVALID_ACCESS_TOKEN"}),
    "error__401_revoked_65601": (Reconnect, {"code": "REVOKED_ACCESS_TOKEN"}),
    "error__403_access_denied": (Reconnect, {"code": "ACCESS_DENIED"}),
    "error__404_not_found": (Rejected, {}),
    "error__426_version_sunset": (Reconnect, {"code": "NONEXISTENT_VERSION"}),
    "error__429_daily_limit": (TryAgain, {"code": "daily_limit", "scope": "account"}),
    "error__500_internal": (Unconfirmed, {}),
}
BY_TEST = {
    "comment_create__created",
    "comment_delete__no_content",
    "comment_edit__ok",
    "comments_list__empty",
    "comments_list__paged",
    "event_subscription_put__ok",
    "event_subscriptions_find__ok",
    "oauth_token__ok",
    "oauth_token__refresh_expired_400",
    "oauth_token__refreshed",
    "organization_acls__ok",
}
ASSERTED = {f"api/{name}.json" for name in {*PROBLEMS, *BY_TEST}}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not on this machine")


def value(name: str) -> Any:
    return msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())


def reply(name: str) -> Reply:
    case = value(name)
    return Reply(case["status"], b"" if case["body"] is None else case["body"], case["headers"])


def outbound(text: str, at: datetime) -> Outbound:
    places = {"comment": TOP, "post": POST}
    return Outbound(cases.REFERENCE, Source.COMMENT, TOP, None, at, text=text, reply_to=places)


def same_request(call: httpx.Request, name: str) -> None:
    """The call is the recorded one: method, address byte for byte, headers, body."""
    asked = value(name)["request"]
    assert call.method == asked["method"]
    assert call.url.raw_path.decode() == asked["path"]
    for header, given in asked["headers"].items():
        assert header == "Authorization" or call.headers[header] == given
    if "body" in asked:
        body = asked["body"]
        body.get("message", {}).pop("attributes", None)
        assert msgspec.json.decode(call.content) == body


def rest(http: ScriptedHttp) -> Rest:
    return make_rest(ACCOUNT.fields, Secret("demo"), http)


@pytest.mark.parametrize("name", sorted(PROBLEMS))
async def test_every_recorded_error_is_judged(name: str) -> None:
    kind, details = PROBLEMS[name]
    with pytest.raises(kind) as raised:
        await ADAPTER.send(outbound("x", utc_now()), ACCOUNT, ScriptedHttp(reply(name)))
    assert {key: getattr(raised.value, key) for key in details} == details


async def test_the_daily_limit_waits_for_midnight_utc_and_is_told_to_the_meter() -> None:
    told: list[tuple[str, int, datetime]] = []

    class Counting:
        def spend(self, kind: str, units: float = 1, usd: float = 0) -> None: ...

        def quota(self, kind: str, *, remaining: int, resets_at: datetime, limit: int | None = None) -> None:
            told.append((kind, remaining, resets_at))

    before = next_midnight(utc_now())
    http = ScriptedHttp(reply("error__429_daily_limit")).metered(Counting())
    with pytest.raises(TryAgain) as raised:
        await ADAPTER.send(outbound("x", utc_now()), ACCOUNT, http)
    assert told[0][:2] == ("any", 0)
    assert told[0][2] in {before, next_midnight(utc_now())}
    assert raised.value.retry_after is not None
    assert utc_now() + timedelta(seconds=raised.value.retry_after) >= before - timedelta(seconds=5)


async def test_a_created_comment_is_named_by_its_urn() -> None:
    http = ScriptedHttp(reply("comment_create__created"))
    text = value("comment_create__created")["request"]["body"]["message"]["text"]
    sent = await ADAPTER.send(outbound(text, utc_now()), ACCOUNT, http)
    assert sent.platform_message_id == f"urn:li:comment:({POST},6643206422739898368)"
    assert sent.at == datetime(2020, 3, 10, 18, 10, 35, 990_000, tzinfo=UTC)
    same_request(http.calls[0], "comment_create__created")


@pytest.mark.parametrize(
    ("name", "ability", "text"),
    [
        ("comment_edit__ok", Ability.EDIT, "Please write to service@nordlicht.example."),
        ("comment_delete__no_content", Ability.DELETE, None),
    ],
)
async def test_an_action_is_the_recorded_call(name: str, ability: Ability, text: str | None) -> None:
    http = ScriptedHttp(reply(name))
    ours = f"urn:li:comment:({POST},6643206422739898368)"
    assert ADAPTER.perform is not None
    await ADAPTER.perform(Action(ability, TOP, target=ours, text=text, author=PAGE), ACCOUNT, http)
    same_request(http.calls[0], name)


async def test_an_empty_list_says_for_certain_that_nothing_was_taken() -> None:
    assert ADAPTER.look_up is not None
    found = await ADAPTER.look_up(
        outbound("x", utc_now()), ACCOUNT, ScriptedHttp(reply("comments_list__empty"))
    )
    assert found == NotSent()


async def test_our_answer_is_found_among_the_recorded_replies() -> None:
    at = datetime(2023, 8, 11, 9, 29, 30, tzinfo=UTC)
    assert ADAPTER.look_up is not None
    http = ScriptedHttp(reply("comment_replies_list__ok"))
    found = await ADAPTER.look_up(outbound("Yes, E27 up to 60 W.", at), ACCOUNT, http)
    assert isinstance(found, Sent)
    assert found.platform_message_id == f"urn:li:comment:({POST},7095697728675995648)"
    assert (
        http.calls[0].url.raw_path.decode().startswith(value("comment_replies_list__ok")["request"]["path"])
    )


async def test_a_list_is_read_on_while_it_links_a_further_page() -> None:
    http = ScriptedHttp(reply("comments_list__paged"), reply("comments_list__ok"))
    comments, whole = await list_comments(rest(http), POST)
    assert [comment.id for comment in comments] == [
        "7095690000000000001",
        "7095684947448897536",
        "7095684616149176322",
    ]
    assert whole
    assert len(http.calls) == 2


async def test_the_subscription_is_set_at_the_recorded_address() -> None:
    http = ScriptedHttp(reply("event_subscription_put__ok"))
    assert ADAPTER.subscribe is not None
    assert await ADAPTER.subscribe(ACCOUNT, http) == ()
    same_request(http.calls[0], "event_subscription_put__ok")


async def test_the_recorded_subscription_is_told_to_end() -> None:
    """The list's element, as the address of the subscription itself gives it; it ended on 2026-10-03."""
    row = value("event_subscriptions_find__ok")["body"]["elements"][0]
    token = {
        "active": True,
        "scope": "r_organization_social_feed w_organization_social_feed rw_organization_admin",
    }
    http = ScriptedHttp(Reply(200, token), reply("organization_acls__ok"), Reply(200, row))
    checks = (await ADAPTER.check(ACCOUNT, http)).checks
    assert checks["role"] == (True, "Whoever signed in is ADMINISTRATOR of the page.")
    ends = datetime.fromtimestamp(1791000000, UTC)
    assert checks["subscription"][0] is (ends - utc_now() > timedelta(days=3))
    assert f"{ends:%Y-%m-%d}" in checks["subscription"][1]


async def test_the_recorded_roles_are_read() -> None:
    (role,) = await roles_of(rest(ScriptedHttp(reply("organization_acls__ok"))))
    assert (role.organization, role.role, role.person) == (PAGE, "ADMINISTRATOR", "urn:li:person:zLqDemoP8S")


async def test_the_recorded_code_exchange_gives_the_page_to_connect() -> None:
    named = Reply(200, {"localizedName": "Nordlicht", "id": 96072893})
    http = ScriptedHttp(reply("oauth_token__ok"), reply("organization_acls__ok"), named)
    assert ADAPTER.authorization is not None
    values = {"client_id": "demo", "client_secret": "demo"}
    (choice,) = await ADAPTER.authorization.finish(values, "demo", "demo", "", http)
    form = value("oauth_token__ok")["request"]["body"]
    assert sorted(http.calls[0].content.decode().split("&")) == sorted(form.split("&"))
    assert (choice.id, choice.name) == (PAGE, "Nordlicht")
    assert choice.values["access_token"] == "demo_li_access"
    assert choice.values["refresh_token"] == "demo_li_refresh"
    ends = datetime.fromisoformat(choice.values["refresh_expires_at"])
    assert abs(ends - utc_now() - timedelta(days=365)) < timedelta(minutes=1)


async def test_the_recorded_refresh_keeps_the_end_of_the_consent() -> None:
    assert ADAPTER.refresh is not None
    fresh = await ADAPTER.refresh(ACCOUNT, ScriptedHttp(reply("oauth_token__refreshed")))
    assert fresh.secrets["access_token"].reveal() == "demo_li_access_2"
    assert fresh.expires_at is not None
    assert abs(fresh.expires_at - utc_now() - timedelta(days=60)) < timedelta(minutes=1)
    ends = datetime.fromisoformat(fresh.fields["refresh_expires_at"])
    assert abs(ends - utc_now() - timedelta(days=303)) < timedelta(minutes=1)


async def test_the_recorded_end_of_the_consent_asks_for_a_person() -> None:
    assert ADAPTER.refresh is not None
    with pytest.raises(Reconnect, match="Sign in with LinkedIn again"):
        await ADAPTER.refresh(ACCOUNT, ScriptedHttp(reply("oauth_token__refresh_expired_400")))


Ask = Callable[[ScriptedHttp], Awaitable[Any]]


async def test_the_recorded_list_of_notifications_is_read_through_the_poll() -> None:
    """Each comment is looked up once; the parent and the picture come with it."""
    picture = value("comment_get__with_image")["body"]
    comment = {**picture, "parentComment": TOP}
    http = ScriptedHttp(reply("organizational_entity_notifications__ok"), Reply(200, comment))
    assert ADAPTER.fetch_page is not None
    page = await ADAPTER.fetch_page(None, datetime(2023, 8, 9, tzinfo=UTC), ACCOUNT, http)
    path = http.calls[0].url.raw_path.decode()
    assert "actions=List(COMMENT," in path
    assert "organizationalEntity=urn%3Ali%3Aorganization%3A96072893&timeRange=(start:" in path
    assert page.next is None
    assert page.total == 2
    assert page.state == {"looked_up": ["notification:5603453321"]}
    first, second, third = page.items
    assert [first.dedup_key, third.dedup_key] == ["notification:5603453321", "notification:5603453449"]
    message = ADAPTER.normalize(first.payload, utc_now())[0]
    assert isinstance(message, Message)
    assert message.thread.key == TOP
    told = ADAPTER.normalize(second.payload, utc_now())[0]
    assert isinstance(told, Message)
    assert [file.kind for file in told.attachments] == ["image"]
