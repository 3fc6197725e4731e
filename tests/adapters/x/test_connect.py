"""Connecting, authorizing, subscribing and checking: what X is asked, and the sentences that come of its answers."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from hark.adapters.x import ADAPTER
from hark.adapters.x.check import product_line
from hark.adapters.x.manifest import PRIVATE_EVENTS, PUBLIC_EVENTS, SCOPES
from hark.channels.contract import Account, Health, PlatformProblem, Reconnect, Rejected, TryAgain
from hark.channels.testing.cases import Reply
from hark.channels.testing.http import NOT_CONNECTED, TIMED_OUT, ScriptedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret
from tests.adapters.x.cases import refused
from tests.adapters.x.samples import ACCOUNT, US, WE, user2
from tests.adapters.x.serving import account_with, json_of, without_secrets

HOOK = "https://hark.example/webhooks/x/k1"
FOUR_KEYS = {"consumer_key": "k", "consumer_secret": "cs", "access_token": "t", "access_token_secret": "ts"}
OAUTH2 = {"client_id": "c", "client_secret": "s", "oauth2_access_token": "a", "oauth2_refresh_token": "r"}
ALL = {**FOUR_KEYS, **OAUTH2, "bearer_token": "b"}
ME = Reply(200, {"data": user2(WE)})
APP = Reply(200, {"token_type": "bearer", "access_token": "app-only"})
EVENTS = (*PRIVATE_EVENTS, *PUBLIC_EVENTS)
authorization, refresh, subscribe = ADAPTER.authorization, ADAPTER.refresh, ADAPTER.subscribe
assert authorization is not None
assert refresh is not None
assert subscribe is not None


async def connected(values: dict[str, str], *answers: Reply, hook: str | None = HOOK) -> Any:
    return await ADAPTER.connect(values, hook, ScriptedHttp(*answers))


# Connecting --------------------------------------------------------------------------------------------------------------


async def test_everything_given_leaves_nothing_to_do() -> None:
    found = await connected(ALL, ME)
    assert (found.platform_account_id, found.name, found.steps, found.generated) == (
        US,
        "@fjord_lamps",
        (),
        {},
    )
    assert timedelta(hours=1, minutes=59) < found.expires_at - utc_now() <= timedelta(hours=2)


async def test_four_keys_connect_and_do_not_end() -> None:
    found = await connected({**FOUR_KEYS, "product": "account_activity"}, ME, APP)
    assert found.expires_at is None
    assert found.generated["bearer_token"].reveal() == "app-only"
    assert found.steps == (
        "X ends the Account Activity API on 2027-01-01. Change the event product to activity before.",
    )


@pytest.mark.parametrize(
    ("values", "hook", "said"),
    [
        (ALL, None, "public https address"),
        (ALL, "http://hark.example/x", "https addresses only"),
        (ALL, "https://hark.example:8443/x", "without a port"),
        (ALL, "https://hark.example/" + "x" * 200, "at most 200 characters"),
        ({**FOUR_KEYS, "bearer_token": "b"}, HOOK, "Authorize the account by OAuth 2"),
        ({"oauth2_access_token": "a", "bearer_token": "b"}, HOOK, "it proves that deliveries come from X"),
        ({**ALL, "oauth2_refresh_token": ""}, HOOK, "offline.access"),
        ({"oauth2_access_token": "a"}, HOOK, "only the app itself may set up the webhook"),
    ],
)
async def test_what_is_left_to_do_is_said(values: dict[str, str], hook: str | None, said: str) -> None:
    assert any(said in step for step in (await connected(values, ME, hook=hook)).steps)


async def test_an_app_that_gets_no_token_of_its_own_is_connected_all_the_same() -> None:
    found = await connected(
        FOUR_KEYS, ME, Reply(403, {"errors": [{"code": 99, "message": "Unable to verify"}]})
    )
    assert "Check API key and secret" in found.steps[0]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Missing: API key, API key secret, access token, access token secret"),
        ({key: value for key, value in FOUR_KEYS.items() if key != "access_token"}, "Missing: access token."),
        ({"oauth2_access_token": "a", "oauth2_refresh_token": "r"}, "client ID is missing"),
        ({**ALL, "plan": "premium"}, "Plan of the app: give self-serve or enterprise"),
        ({**ALL, "product": "firehose"}, "Event product: give activity or account_activity"),
        ({**ALL, "owned_app": "maybe"}, "give yes or no"),
    ],
)
async def test_values_that_do_not_fit_are_refused_with_a_sentence_and_without_a_call(
    values: Any, said: str
) -> None:
    with pytest.raises(Rejected, match=said):
        await connected(values)


async def test_refused_credentials_are_told_to_whoever_connects() -> None:
    with pytest.raises(Rejected, match="X refuses these credentials"):
        await connected(ALL, refused(401))
    with pytest.raises(Rejected, match="belongs to a project"):
        await connected(ALL, refused(403, kind="client-forbidden"))
    with pytest.raises(Rejected, match="whose tokens"):
        await connected(ALL, Reply(200, {"data": {}}))


# Authorizing -------------------------------------------------------------------------------------------------------------


def test_authorizing_begins_at_x_with_every_scope_and_a_challenge() -> None:
    address = urlsplit(authorization.begin({"client_id": "c"}, "https://hark.example/back", "s1", "ch"))
    query = {key: value[0] for key, value in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://x.com/i/oauth2/authorize"
    assert query == {
        "response_type": "code",
        "client_id": "c",
        "redirect_uri": "https://hark.example/back",
        "scope": " ".join(scope.name for scope in SCOPES),
        "state": "s1",
        "code_challenge": "ch",
        "code_challenge_method": "S256",
    }
    assert "offline.access" in query["scope"]
    assert all(scope.purpose.endswith(".") for scope in SCOPES)


async def test_the_code_is_exchanged_by_the_kind_of_client_that_it_is() -> None:
    token = Reply(200, {"access_token": "a", "refresh_token": "r", "expires_in": 7200, "scope": "dm.read"})
    confidential = ScriptedHttp(token, ME)
    values = {"client_id": "c:1", "client_secret": "s/2", "plan": "enterprise"}
    (choice,) = await authorization.finish(values, "code", "https://b", "v", confidential)
    assert (choice.id, choice.name) == (US, "@fjord_lamps")
    given = {"oauth2_access_token": "a", "oauth2_refresh_token": "r", "oauth2_scopes": "dm.read"}
    assert choice.values == {**values, **given}
    call = confidential.calls[0]
    assert call.url.path == "/2/oauth2/token"
    assert call.headers["authorization"] == "Basic " + base64.b64encode(b"c%3A1:s%2F2").decode()
    assert {key: each[0] for key, each in parse_qs(call.content.decode()).items()} == {
        "grant_type": "authorization_code",
        "code": "code",
        "redirect_uri": "https://b",
        "code_verifier": "v",
        "client_id": "c:1",
    }
    public = ScriptedHttp(token, ME)
    await authorization.finish({"client_id": "c"}, "code", "https://b", "v", public)
    assert "authorization" not in public.calls[0].headers


async def test_a_code_that_x_does_not_take_is_explained() -> None:
    http = ScriptedHttp(
        Reply(400, {"error": "invalid_request", "error_description": "Value passed was invalid."})
    )
    with pytest.raises(Rejected, match="30 seconds"):
        await authorization.finish({"client_id": "c"}, "code", "https://b", "v", http)


# New tokens --------------------------------------------------------------------------------------------------------------


async def test_renewing_gives_both_tokens_and_when_they_end() -> None:
    http = ScriptedHttp(Reply(200, {"access_token": "a2", "refresh_token": "r2", "expires_in": 7200}))
    found = await refresh(ACCOUNT, http)
    assert {key: value.reveal() for key, value in found.secrets.items()} == {
        "oauth2_access_token": "a2",
        "oauth2_refresh_token": "r2",
    }
    assert found.expires_at is not None
    assert timedelta(hours=1, minutes=59) < found.expires_at - utc_now() <= timedelta(hours=2)
    assert parse_qs(http.calls[0].content.decode())["refresh_token"] == ["oauth2-refresh-of-fjord"]


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (Reply(400, {"error": "invalid_request"}), Reconnect),
        (Reply(400, {"error": "invalid_grant"}), Reconnect),
        (Reply(401, {"error": "unauthorized_client"}), Reconnect),
        (Reply(200, {}), TryAgain),
        (Reply(200, b"<html>"), TryAgain),
        (Reply(429, {}), TryAgain),
        (Reply(503, b""), TryAgain),
        (NOT_CONNECTED, TryAgain),
        (TIMED_OUT, TryAgain),
    ],
)
async def test_renewing_fails_for_good_only_where_x_says_so(
    trouble: Any, kind: type[PlatformProblem]
) -> None:
    with pytest.raises(kind):
        await refresh(ACCOUNT, ScriptedHttp(trouble))


async def test_an_account_without_refresh_token_needs_a_person() -> None:
    with pytest.raises(Reconnect):
        await refresh(without_secrets("oauth2_refresh_token"), ScriptedHttp())


async def test_no_token_is_in_what_renewing_raises() -> None:
    body = {"error": "invalid_request", "error_description": "token oauth2-refresh-of-fjord was used"}
    with pytest.raises(Reconnect) as raised:
        await refresh(ACCOUNT, ScriptedHttp(Reply(400, body)))
    assert "oauth2-refresh-of-fjord" not in repr(raised.value) + str(raised.value)


# Subscribing and checking ------------------------------------------------------------------------------------------------


class X:
    """X's side of setting up: one webhook, subscriptions by event; `refuse` answers a path with something else."""

    def __init__(
        self, *, url: str | None = HOOK, valid: bool = True, events: Any = EVENTS, hook: str = "9"
    ) -> None:
        self.url, self.valid, self.events, self.hook = url, valid, list(events), hook
        self.all_activity = False
        self.refuse: dict[str, Reply] = {}
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> Reply:
        path = request.url.path.removeprefix("/2/")
        self.asked.append(f"{request.method} {path}")
        if path in self.refuse:
            return self.refuse[path]
        if path == "users/me":
            return ME
        if path == "webhooks" and request.method == "GET":
            row = {"id": "9", "url": self.url, "valid": self.valid}
            return Reply(200, {"data": [row]} if self.url else {"meta": {"result_count": 0}})
        if path == "activity/subscriptions" and request.method == "GET":
            return Reply(200, {"data": [self._row(event) for event in self.events]})
        if path.endswith("/all") and request.method == "GET":
            return Reply(200, {"data": {"subscribed": self.all_activity}})
        return Reply(200, {"data": {"id": "9", "valid": True, "subscribed": True}})

    def _row(self, event: str) -> dict[str, Any]:
        return {
            "subscription_id": "12",
            "event_type": event,
            "filter": {"user_id": US},
            "webhook_id": self.hook,
        }

    @property
    def http(self) -> ScriptedHttp:
        return ScriptedHttp(route=self)


async def test_what_is_set_up_already_is_left_alone() -> None:
    x = X()
    assert await subscribe(ACCOUNT, x.http) == ()
    assert x.asked == ["GET webhooks", "GET activity/subscriptions"]


async def test_what_is_missing_is_subscribed_to_by_whom_x_wants_it() -> None:
    x = X(events=["dm.sent"])
    http = x.http
    assert await subscribe(ACCOUNT, http) == ()
    made = {
        json_of(call)["event_type"]: call.headers["authorization"]
        for call in http.calls
        if call.method == "POST"
    }
    assert set(made) == set(EVENTS) - {"dm.sent"}
    assert {made[event] for event in PRIVATE_EVENTS if event in made} == {"Bearer oauth2-access-of-fjord"}
    assert {made[event] for event in PUBLIC_EVENTS} == {"Bearer bearer-token-of-fjord"}
    assert {json_of(call)["filter"]["user_id"] for call in http.calls if call.method == "POST"} == {US}


async def test_subscriptions_that_lead_elsewhere_are_led_to_our_webhook() -> None:
    x = X(hook="8")
    await subscribe(ACCOUNT, x.http)
    assert x.asked.count("PUT activity/subscriptions/12") == len(EVENTS)


async def test_likes_follows_and_typing_are_not_subscribed_to() -> None:
    assert not {"like.create", "follow.follow", "dm.indicate_typing", "post.repost.create"} & set(EVENTS)


async def test_a_webhook_that_x_switched_off_is_switched_on_and_the_last_day_asked_for() -> None:
    x = X(valid=False)
    http = x.http
    assert await subscribe(ACCOUNT, http) == ()
    assert x.asked[:3] == ["GET webhooks", "PUT webhooks/9", "POST webhooks/replay"]
    asked = json_of(http.calls[2])
    begin, end = (datetime.strptime(asked[key], "%Y%m%d%H%M") for key in ("from_date", "to_date"))
    assert (asked["webhook_id"], end - begin) == ("9", timedelta(hours=24))


async def test_a_replay_that_is_refused_does_not_stop_anything() -> None:
    x = X(valid=False)
    x.refuse["webhooks/replay"] = refused(400)
    assert await subscribe(ACCOUNT, x.http) == ()


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (msgspec.structs.replace(ACCOUNT, webhook_url=None), "public https address"),
        (msgspec.structs.replace(ACCOUNT, webhook_url="https://hark.example:81/x"), "without a port"),
        (without_secrets("bearer_token"), "API key and its secret"),
    ],
)
async def test_what_hinders_subscribing_is_a_step_without_a_call(account: Account, said: str) -> None:
    (step,) = await subscribe(account, ScriptedHttp())
    assert said in step
    assert "every few minutes" in step


async def test_a_refusal_while_subscribing_is_a_step() -> None:
    x = X(url=None)
    x.refuse["webhooks"] = Reply(400, {"errors": [{"message": "WebhookLimitExceeded: too many"}]})
    (step,) = await subscribe(ACCOUNT, ScriptedHttp(Reply(200, {}), x.refuse["webhooks"]))
    assert "WebhookLimitExceeded" in step


async def test_all_activity_is_subscribed_to_once() -> None:
    x, account = X(), account_with(product="account_activity")
    await subscribe(account, x.http)
    assert x.asked[-1] == "POST account_activity/webhooks/9/subscriptions/all"
    x.all_activity = True
    await subscribe(account, x.http)
    assert x.asked[-1] == "GET account_activity/webhooks/9/subscriptions/all"


async def checked(x: X, account: Account = ACCOUNT) -> Health:
    return await ADAPTER.check(account, x.http)


async def test_a_sound_connection_has_a_sentence_for_each_part() -> None:
    found = await checked(X())
    assert found.ok, found.checks
    assert set(found.checks) == {"token", "webhook", "subscription", "product", "plan"}
    assert all(sentence.endswith(".") for _, sentence in found.checks.values())


FAULTS: dict[str, tuple[Callable[[], X], dict[str, str], str, str]] = {
    "no webhook": (lambda: X(url=None), {}, "webhook", "does not know our webhook"),
    "another webhook": (lambda: X(url="https://else.example"), {}, "webhook", "does not know our webhook"),
    "switched off": (lambda: X(valid=False), {}, "webhook", "switched our webhook off"),
    "missing events": (lambda: X(events=EVENTS[2:]), {}, "subscription", "dm.received, dm.sent"),
    "events that lead elsewhere": (lambda: X(hook="8"), {}, "subscription", "Not subscribed"),
    "not subscribed to all": (X, {"product": "account_activity"}, "subscription", "is not subscribed to"),
    "product that ends": (X, {"product": "account_activity"}, "product", "2027-01-01"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_of_a_connection_is_named(name: str) -> None:
    make, fields, part, said = FAULTS[name]
    found = await checked(make(), account_with(**fields))
    assert not found.ok
    ok, sentence = found.checks[part]
    assert (ok, said in sentence) == (False, True), sentence


@pytest.mark.parametrize(
    ("today", "said"),
    [(date(2026, 12, 2), "in 30 days"), (date(2027, 1, 1), "ended the Account Activity API on 2027-01-01")],
)
def test_the_end_of_the_account_activity_api_is_counted_down(today: date, said: str) -> None:
    ok, sentence = product_line("account_activity", today)
    assert (ok, said in sentence) == (False, True)
    assert product_line("activity", today)[0]


async def test_refused_tokens_that_can_be_renewed_are_left_to_whoever_renews_them() -> None:
    x = X()
    x.refuse["users/me"] = refused(401)
    with pytest.raises(Reconnect):
        await checked(x)
    found = await checked(x, without_secrets("oauth2_refresh_token"))
    assert found.checks["token"][0] is False


async def test_tokens_of_another_account_are_noticed() -> None:
    x = X()
    x.refuse["users/me"] = Reply(200, {"data": {"id": "5", "username": "else"}})
    found = await checked(x)
    assert "another account" in found.checks["token"][1]


async def test_an_account_that_only_polls_is_healthy() -> None:
    found = await checked(X(), msgspec.structs.replace(ACCOUNT, webhook_url=None))
    assert found.ok
    assert "every few minutes" in found.checks["webhook"][1]


@pytest.mark.parametrize(
    ("granted", "ok", "said"),
    [
        (" ".join(scope.name for scope in SCOPES), True, "Everything"),
        (" ".join(scope.name for scope in SCOPES if scope.required), True, "like.write"),
        ("tweet.read users.read", False, "dm.read, dm.write"),
    ],
)
async def test_what_was_not_granted_is_named(granted: str, ok: bool, said: str) -> None:
    account = msgspec.structs.replace(ACCOUNT, secrets={**ACCOUNT.secrets, "oauth2_scopes": Secret(granted)})
    found, sentence = (await checked(X(), account)).checks["scopes"]
    assert (found, said in sentence) == (ok, True), sentence


async def test_a_plan_is_explained() -> None:
    self_serve = (await checked(X(), account_with(plan="self-serve"))).checks["plan"][1]
    enterprise = (await checked(X())).checks["plan"][1]
    assert "named or quoted" in self_serve
    assert "everybody" in enterprise
