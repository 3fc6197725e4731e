"""Credentials that do not fit, and each fault of a connection by its own name and sentence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from hark.adapters.googlereviews import ADAPTER
from hark.channels.contract import Rejected
from hark.channels.testing import Reply, ScriptedHttp
from tests.adapters.googlereviews.bodies import ACCOUNT, BUSINESS, LOCATION
from tests.adapters.googlereviews.cases import NO_QUOTA, refused

VALUES = {"client_id": "c", "client_secret": "s", "refresh_token": "r"}
TOKEN = Reply(200, {"access_token": "fresh", "expires_in": 3599})
ACCOUNTS = Reply(200, {"accounts": [{"name": BUSINESS}]})
TOPIC = "projects/demo/topics/reviews"
WITH_TOPIC = msgspec.structs.replace(ACCOUNT, fields={**ACCOUNT.fields, "pubsub_topic": TOPIC})
READ, VERIFIED = Reply(200, {"totalReviewCount": 3}), Reply(200, {"hasVoiceOfMerchant": True})
TYPES = ["NEW_REVIEW", "UPDATED_REVIEW"]


def locations(*names: str) -> Reply:
    return Reply(200, {"locations": [{"name": name, "title": f"Bakery {name[-1]}"} for name in names]})


@pytest.mark.parametrize(
    ("values", "answers", "words"),
    [
        ({"client_id": " "}, (), "client ID is missing"),
        ({"refresh_token": ""}, (), "refresh token is missing"),
        ({}, (Reply(400, {"error": "invalid_grant"}),), "no longer accepts the sign-in"),
        ({}, (Reply(401, {"error": "invalid_client"}),), "does not know this client ID"),
        ({}, (TOKEN, refused(403, "SERVICE_DISABLED")), "switched off"),
        ({}, (TOKEN, Reply(200, {})), "does not manage"),
        ({"location": "locations/9"}, (TOKEN, ACCOUNTS, locations(LOCATION)), "does not manage"),
        ({}, (TOKEN, ACCOUNTS, locations(LOCATION, "locations/9")), "several locations"),
    ],
)
async def test_credentials_that_do_not_fit_are_rejected_with_a_sentence(
    values: dict[str, str], answers: tuple[Reply, ...], words: str
) -> None:
    with pytest.raises(Rejected, match=words):
        await ADAPTER.connect({**VALUES, **values}, "https://hark.example/w", ScriptedHttp(*answers))


@pytest.mark.parametrize("wanted", ["locations/9", "9", "accounts/111000111/locations/9"])
async def test_a_location_is_named_in_any_way(wanted: str) -> None:
    http = ScriptedHttp(TOKEN, ACCOUNTS, locations(LOCATION, "locations/9"))
    connected = await ADAPTER.connect({**VALUES, "location": wanted}, None, http)
    assert connected.platform_account_id == "locations/9"
    assert connected.fields == {"account": BUSINESS, "location": "locations/9"}
    hosts = [call.url.host for call in http.calls]
    assert hosts == [
        "oauth2.googleapis.com",
        "mybusinessaccountmanagement.googleapis.com",
        "mybusinessbusinessinformation.googleapis.com",
    ]


async def test_what_pubsub_needs_is_told_as_steps() -> None:
    async def steps(**values: str) -> tuple[str, ...]:
        http = ScriptedHttp(TOKEN, ACCOUNTS, locations(LOCATION))
        return (await ADAPTER.connect({**VALUES, **values}, "https://hark.example/w", http)).steps

    assert await steps() == ()
    assert "push token" in (await steps(pubsub_topic=TOPIC))[0]
    (step,) = await steps(pubsub_topic=TOPIC, push_token="secret-push-token")
    assert "https://hark.example/w?token=<your push token>" in step
    assert "secret-push-token" not in step


@pytest.mark.parametrize(
    ("name", "answers", "words"),
    [
        ("token", (refused(401),), "Sign in with Google again"),
        ("token", (refused(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),), "tick the box"),
        ("quota", (NO_QUOTA,), "quota is 0"),
        ("role", (refused(403),), "owner or manager"),
        ("verified", (READ, Reply(200, {"hasVoiceOfMerchant": False}), Reply(200, {})), "Verify it"),
        ("subscription", (READ, VERIFIED, Reply(200, {"pubsubTopic": "other"})), "another topic: other"),
        ("subscription", (READ, VERIFIED, Reply(200, {"pubsubTopic": TOPIC})), "NEW_REVIEW, UPDATED_REVIEW"),
        ("subscription", (READ, VERIFIED, refused(403)), "does not tell"),
    ],
)
async def test_each_fault_of_a_connection_is_named(name: str, answers: tuple[Reply, ...], words: str) -> None:
    found = (await ADAPTER.check(WITH_TOPIC, ScriptedHttp(*answers))).checks
    assert found[name][0] is False
    assert words in found[name][1]


async def test_without_a_topic_the_list_is_enough() -> None:
    health = await ADAPTER.check(ACCOUNT, ScriptedHttp(READ, VERIFIED))
    assert health.ok
    assert health.checks["subscription"] == (True, "No notifications: Hark asks Google every two minutes.")


async def test_a_topic_without_a_push_token_believes_nobody() -> None:
    secrets: dict[str, Any] = {key: value for key, value in ACCOUNT.secrets.items() if key != "push_token"}
    account = msgspec.structs.replace(WITH_TOPIC, secrets=secrets)
    found = (await ADAPTER.check(account, ScriptedHttp(READ, VERIFIED))).checks
    assert found["subscription"][0] is False
