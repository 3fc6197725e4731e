"""Every recorded answer of the shared collection, through the code that reads it; skipped where the collection is absent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.adapters.x import ADAPTER
from hark.adapters.x.client import data_of, rows_of
from hark.adapters.x.errors import NOT_SUMMONED, partial, problem_of
from hark.adapters.x.people import handle_of
from hark.adapters.x.split import listed_items
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    OutboundAttachment,
    PlatformProblem,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
    Unconfirmed,
)
from hark.channels.testing.cases import Reply
from hark.channels.testing.http import ScriptedHttp
from hark.infra.http import Answer
from tests.adapters.x.cases import NOTHING, PNG
from tests.adapters.x.samples import ACCOUNT, outbound
from tests.adapters.x.serving import account_with, json_of, metered
from tests.adapters.x.shared import api, extracts, index, only_where_shared
from tests.adapters.x.test_conformance import check, seen

pytestmark = only_where_shared

US = "3100200300"
ACCOUNT_OF_SHARED = msgspec.structs.replace(ACCOUNT, platform_account_id=US)
FILM = OutboundAttachment("video", "a.mp4", "video/mp4", b"film")
HOOK = "https://hooks.example/x/1"
perform, subscribe = ADAPTER.perform, ADAPTER.subscribe
assert perform is not None
assert subscribe is not None


def reply(name: str) -> Reply:
    recorded = api(name)
    return Reply(recorded["status"], recorded["body"], recorded["headers"])


def answer(name: str) -> Answer:
    recorded = reply(name)
    return Answer(recorded.status, recorded.headers, msgspec.json.encode(recorded.body))


def expected(name: str) -> list[dict[str, Any]]:
    (row,) = [row for row in index() if row.name == f"api/{name}.json"]
    return extracts(row.extract)


# Lists -------------------------------------------------------------------------------------------------------------------

LISTS = {
    "users_mentions__page1": "post",
    "users_mentions__last_page": "post",
    "users_mentions__long_and_edited": "post",
    "dm_events__page1_with_media": "dm_event",
    "dm_events__group_join_leave": "dm_event",
}


@pytest.mark.parametrize("name", LISTS)
def test_a_recorded_list_gives_what_the_index_says(name: str) -> None:
    form: Any = LISTS[name]
    items = listed_items(form, reply(name).body, US)
    found = [event for item in items for event in seen(item)]
    wanted = expected(name)
    assert len(found) == len(wanted)
    for one, row in zip(found, wanted, strict=True):
        if row["kind"] == "ignored":
            assert one == row
            continue
        if name == "users_mentions__long_and_edited":  # the index allows the first id of the history
            assert one["id"] == "2090367354012486673"
            row["id"] = one["id"]
        check(one, row)


async def test_recorded_pages_are_walked_from_mentions_to_messages_and_leave_where_they_ended() -> None:
    http = ScriptedHttp(
        reply("users_mentions__page1"),
        reply("users_mentions__last_page"),
        reply("dm_events__page1_with_media"),
        reply("dm_events__empty"),
    )
    found = [await fetch(None, http)]
    while found[-1].next is not None:
        found.append(await fetch(found[-1].next, http))
    assert [len(page.items) for page in found] == [3, 1, 3, 0]
    assert found[-1].state == {
        "x_read_up_to": {"mentions": "2090367106547394135", "dms": "2090367106548252171"}
    }
    asked = [dict(call.url.params) for call in http.calls]
    assert asked[1]["pagination_token"] == "7140dibdnow9c7btw423i3sy5bxqs2le36uxls6whj6ly"
    assert asked[3]["pagination_token"] == "18LAA5FFPEKJA52G0G00ZZZZ"


async def fetch(cursor: str | None, http: ScriptedHttp) -> Any:
    assert ADAPTER.fetch_page is not None
    return await ADAPTER.fetch_page(cursor, None, ACCOUNT_OF_SHARED, http)


async def test_recorded_empty_lists_end_a_walk_without_items() -> None:
    http = ScriptedHttp(reply("users_mentions__empty"), reply("dm_events__empty"))
    first = await fetch(None, http)
    last = await fetch(first.next, http)
    assert (first.items, last.items, last.next, last.state) == ((), (), None, {})


async def test_what_was_recorded_without_field_parameters_cannot_be_used_and_is_asked_for() -> None:
    bare = reply("dm_conversation_events__minimal_fields").body
    for item in listed_items("dm_event", bare, US):
        with pytest.raises(Exception, match="without id, sender or conversation"):
            ADAPTER.normalize(item.payload, datetime(2026, 11, 1, tzinfo=UTC))
    http = ScriptedHttp(reply("users_mentions__empty"), reply("dm_events__empty"))
    await fetch((await fetch(None, http)).next, http)
    asked = http.calls[1].url.params["dm_event.fields"].split(",")
    assert {"sender_id", "created_at", "dm_conversation_id"} <= set(asked)


# What is made ------------------------------------------------------------------------------------------------------------


async def test_recorded_successes_name_what_was_made() -> None:
    sent = await ADAPTER.send(outbound(), ACCOUNT, ScriptedHttp(reply("dm_send__created")))
    assert sent == Sent("1585823814058971140")
    posted = await ADAPTER.send(
        outbound(Source.MENTION), ACCOUNT, ScriptedHttp(reply("tweets_create__reply_created"))
    )
    assert posted == Sent("2090367609862569598")


async def test_a_recorded_upload_gives_the_id_that_the_message_carries() -> None:
    http = ScriptedHttp(reply("media_upload__oneshot_ok"), reply("dm_send_media__created"))
    sent = await ADAPTER.send(outbound(attachments=(PNG,)), ACCOUNT, http)
    assert sent == Sent("2090367106546449265")
    assert json_of(http.calls[1])["attachments"] == [{"media_id": "1726817595448610817"}]


async def test_a_recorded_upload_in_pieces_waits_until_it_is_processed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited = without_waiting(monkeypatch)
    http = ScriptedHttp(
        reply("media_initialize__ok"),
        NOTHING,
        reply("media_finalize__pending"),
        reply("media_status__succeeded"),
        reply("tweets_create__reply_created"),
    )
    await ADAPTER.send(outbound(Source.MENTION, attachments=(FILM,)), ACCOUNT, http)
    assert waited == [1.0]
    assert json_of(http.calls[4])["media"] == {"media_ids": ["1912103767639719936"]}


async def test_a_recorded_refusal_of_a_film_is_final(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch)
    http = ScriptedHttp(
        reply("media_initialize__ok"),
        NOTHING,
        reply("media_finalize__pending"),
        reply("media_status__failed"),
    )
    with pytest.raises(Rejected, match="Unsupported video format"):
        await ADAPTER.send(outbound(attachments=(FILM,)), ACCOUNT, http)


def without_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("hark.adapters.x.upload.asyncio.sleep", note)
    return waited


@pytest.mark.parametrize(
    ("name", "ability", "thread"),
    [
        ("tweets_hidden__ok", Ability.HIDE, "1/2"),
        ("tweets_delete__ok", Ability.DELETE, "1/2"),
        ("dm_delete__ok", Ability.DELETE, "1-2"),
    ],
)
async def test_a_recorded_success_of_an_action_is_one(name: str, ability: Ability, thread: str) -> None:
    recorded = api(name)["request"]
    target = next(part for part in recorded["path"].split("/") if part.isdigit() and len(part) > 5)
    http = ScriptedHttp(reply(name))
    await perform(Action(ability, thread_key=thread, target=target), ACCOUNT, http)
    assert (http.calls[0].method, http.calls[0].url.path) == (recorded["method"], recorded["path"])


# Errors ------------------------------------------------------------------------------------------------------------------

ERRORS: dict[str, tuple[type[PlatformProblem], type[PlatformProblem]]] = {
    "error__401_unauthorized": (Reconnect, Reconnect),
    "error__403_app_only_token": (Reconnect, Reconnect),
    "error__403_client_forbidden": (Reconnect, Reconnect),
    "error__404_not_found": (Rejected, Rejected),
    "error__429_daily_user_limit": (TryAgain, TryAgain),
    "error__429_legacy_code_88": (TryAgain, TryAgain),
    "error__429_problem": (TryAgain, TryAgain),
    "error__429_usage_capped": (TryAgain, TryAgain),
    "error__500_internal": (TryAgain, Unconfirmed),
    "error__503_unavailable": (TryAgain, Unconfirmed),
    "tweets_create__invalid_400": (Rejected, Rejected),
    "tweets_create__duplicate_403": (Rejected, Rejected),
    "tweets_create__reply_not_allowed_403": (Rejected, Rejected),
    "dm_send__forbidden_403": (Rejected, Rejected),
    "webhooks_create__crc_failed_400": (Rejected, Rejected),
}
"""What each is to a list or look-up, and to a call that makes something."""


@pytest.mark.parametrize("name", ERRORS)
def test_every_recorded_error_is_judged(name: str) -> None:
    reading, making = ERRORS[name]
    purpose: Any = "dm" if name.startswith("dm_") else "reply"
    assert type(problem_of(answer(name), "read")) is reading
    problem = problem_of(answer(name), purpose)
    assert type(problem) is making
    assert problem.message.endswith(".")
    assert problem.http_status == api(name)["status"]


def test_the_recorded_limits_name_the_time_to_wait() -> None:
    """The headers are absolute; the answer's own date is the clock."""
    quarter, day = 1787217600, 1787270400

    def wait(name: str, before: int) -> float | None:
        given = answer(name)
        date = datetime.fromtimestamp(before, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        problem = problem_of(Answer(given.status, {**given.headers, "date": date}, given.body), "read")
        assert isinstance(problem, TryAgain)
        assert problem.scope == "account"
        return problem.retry_after

    assert wait("error__429_problem", quarter - 300) == 300
    assert wait("error__429_legacy_code_88", quarter - 300) == 300
    assert wait("error__429_daily_user_limit", quarter - 300) == day - quarter + 300
    assert wait("error__429_usage_capped", quarter) == 3600
    assert wait("error__429_problem", quarter + 5) == 1


def test_the_recorded_refusal_of_an_unsummoned_answer_says_what_to_do() -> None:
    assert problem_of(answer("tweets_create__reply_not_allowed_403"), "reply").message == NOT_SUMMONED
    closed = problem_of(answer("dm_send__forbidden_403"), "dm")
    assert isinstance(closed, Rejected)
    assert closed.unreachable


def test_a_recorded_answer_in_part_is_used_and_the_rest_told() -> None:
    body = reply("tweets_lookup__partial_errors").body
    assert [row["id"] for row in rows_of(body)] == ["2090367106547394135"]
    assert [told.kind for told in partial(body)] == ["resource-not-found"]
    nobody = reply("users_by__not_found").body
    assert (rows_of(nobody), len(partial(nobody))) == ([], 1)


# People and setting up ---------------------------------------------------------------------------------------------------


async def test_recorded_people_have_names_and_pictures() -> None:
    assert handle_of(reply("users_me__ok").body) == (US, "@nordlicht_shop")
    first = {"data": rows_of(reply("users_lookup__ok").body)[0]}
    assert ADAPTER.fetch_profile is not None
    profile = await ADAPTER.fetch_profile("1500100200300400500", ACCOUNT, ScriptedHttp(Reply(200, first)))
    assert profile is not None
    assert (profile.author.name, profile.author.handle) == ("Mira K.", "mira_k_demo")
    assert (
        profile.author.avatar_url
        == "https://pbs.twimg.com/profile_images/880000200300400500/demo_400x400.jpg"
    )


async def test_recorded_tokens_are_taken_both_of_the_pair() -> None:
    assert ADAPTER.refresh is not None
    renewed = await ADAPTER.refresh(ACCOUNT, ScriptedHttp(reply("oauth2_token__refresh_ok")))
    assert {key: value.reveal() for key, value in renewed.secrets.items()} == {
        "oauth2_access_token": "demo_access_2",
        "oauth2_refresh_token": "demo_refresh_2",
    }
    with pytest.raises(Reconnect):
        await ADAPTER.refresh(ACCOUNT, ScriptedHttp(reply("oauth2_token__refresh_invalid_400")))


async def test_a_recorded_authorization_names_the_account_and_its_tokens() -> None:
    assert ADAPTER.authorization is not None
    http = ScriptedHttp(reply("oauth2_token__ok"), reply("users_me__ok"))
    values = {"client_id": "demo", "client_secret": "s"}
    (choice,) = await ADAPTER.authorization.finish(values, "demo", "https://app.example/cb", "demo", http)
    assert (choice.id, choice.name) == (US, "@nordlicht_shop")
    assert choice.values["oauth2_access_token"] == "demo_access_1"
    assert choice.values["oauth2_refresh_token"] == "demo_refresh_1"


async def test_a_recorded_webhook_that_was_switched_off_is_switched_on_and_asked_for_what_was_missed() -> (
    None
):
    account = hooked()
    http = ScriptedHttp(
        reply("webhooks_list__one_invalid"),
        reply("webhooks_validate__ok"),
        Reply(200, {"data": {"job_id": "1"}}),
        reply("activity_subscription_list__ok"),
        *[reply("activity_subscription_create__ok")] * 8,
    )
    assert await subscribe(account, http) == ()
    made = [json_of(call)["event_type"] for call in http.calls[4:]]
    assert len(made) == 8
    assert not {"dm.received", "post.mention.create"} & set(made)


async def test_a_recorded_registration_and_subscription_to_all_activity() -> None:
    account = hooked(product="account_activity")
    http = ScriptedHttp(
        Reply(200, {"meta": {"result_count": 0}}),
        reply("webhooks_create__ok"),
        Reply(200, {"data": {"subscribed": False}}),
        reply("account_activity_subscribe__ok"),
    )
    assert await subscribe(account, http) == ()
    assert http.calls[3].url.path == api("account_activity_subscribe__ok")["request"]["path"]


async def test_a_recorded_failure_of_the_challenge_becomes_a_step() -> None:
    http = ScriptedHttp(Reply(200, {"meta": {"result_count": 0}}), reply("webhooks_create__crc_failed_400"))
    (step,) = await subscribe(hooked(), http)
    assert "CrcValidationFailed" in step


def test_the_recorded_list_of_subscriptions_names_the_account() -> None:
    listed = data_of(reply("account_activity_list__ok").body)
    assert [row["user_id"] for row in listed["subscriptions"]] == [US]


def hooked(**fields: str) -> Account:
    account = account_with(**fields)
    return msgspec.structs.replace(account, platform_account_id=US, webhook_url=HOOK)


async def test_the_recorded_rate_headers_reach_the_meter() -> None:
    http, tally = metered(ScriptedHttp(reply("dm_send__created")))
    await ADAPTER.send(outbound(), ACCOUNT, http)
    assert tally.quotas == [("send:messages", 14, datetime.fromtimestamp(1666925626, UTC), 15)]


def test_every_recorded_answer_has_its_place_here() -> None:
    names = {
        row.name.removeprefix("api/").removesuffix(".json") for row in index() if row.name.startswith("api/")
    }
    here = Path(__file__).read_text()
    assert [name for name in sorted(names) if f'"{name}"' not in here] == []
    assert len(names) == 48
