from __future__ import annotations

import pytest

from hark.adapters.telegram import ADAPTER
from hark.channels.contract import Ability, AccountNotice, Rejected, Source, Unconfirmed
from tests.adapters.telegram.cases import FIXTURES
from tests.adapters.telegram.fake import Telegram, sent
from tests.adapters.telegram.people import CONNECTION, RECEIVED, TOKEN, account
from tests.adapters.telegram.send_cases import (
    ACTION_CASES,
    BUSINESS,
    SEND_CASES,
    ActionCase,
    SendCase,
    action,
    outbound,
)

perform = ADAPTER.perform
assert perform is not None


@pytest.mark.parametrize("case", SEND_CASES, ids=lambda case: case.name)
async def test_send(case: SendCase) -> None:
    telegram = Telegram(*case.answers)
    if isinstance(case.outcome, type):
        with pytest.raises(case.outcome):
            await ADAPTER.send(case.outbound, account(), telegram.http)
    else:
        assert await ADAPTER.send(case.outbound, account(), telegram.http) == case.outcome
    assert tuple(telegram.calls) == case.calls


@pytest.mark.parametrize("case", ACTION_CASES, ids=lambda case: case.name)
async def test_perform(case: ActionCase) -> None:
    telegram = Telegram(*case.answers)
    if case.outcome is not None:
        with pytest.raises(case.outcome):
            await perform(case.action, account(), telegram.http)
    else:
        await perform(case.action, account(), telegram.http)
    assert tuple(telegram.calls) == case.calls


def test_every_ability_has_a_case() -> None:
    covered = {case.action.ability for case in ACTION_CASES if case.calls} | {Ability.REPLY, Ability.QUOTE}
    declared = {ability for rules in ADAPTER.manifest.sources.values() for ability in rules.abilities}
    assert declared == covered


@pytest.mark.parametrize("ability", sorted(set(Ability) - ADAPTER.manifest.sources[Source.DM].abilities))
async def test_what_is_not_declared_is_refused_before_the_network(ability: Ability) -> None:
    telegram = Telegram()
    with pytest.raises(Rejected):
        await perform(action(ability, "9100200300:1"), account(), telegram.http)
    assert telegram.calls == []


async def test_calls_go_to_the_account_s_own_server() -> None:
    telegram = Telegram(sent(5))
    http = telegram.http
    await ADAPTER.send(outbound(text="x"), account(fields={"base_url": "https://bots.kelp.example/"}), http)
    assert telegram.urls == [f"https://bots.kelp.example/bot{TOKEN}/sendMessage"]


async def test_only_declared_hosts_are_called() -> None:
    telegram = Telegram(sent(5))
    guarded = telegram.http.allowing(ADAPTER.manifest.hosts)
    assert (await ADAPTER.send(outbound(text="x"), account(), guarded)).platform_message_id == "9100200300:5"


@pytest.mark.parametrize("name", ["business_disconnected", "business_connected_without_right_to_reply"])
async def test_connection_that_cannot_answer_is_refused_before_the_network(name: str) -> None:
    payload = next(payload for key, payload, _ in FIXTURES if key == name)
    notice = ADAPTER.normalize(payload, RECEIVED)[0]
    assert isinstance(notice, AccountNotice)
    telegram = Telegram()
    with pytest.raises(Rejected) as problem:
        await ADAPTER.send(outbound(BUSINESS, text="x"), account(state=notice.state), telegram.http)
    assert problem.value.code.startswith("business_")
    assert telegram.calls == []


async def test_what_a_business_account_has_not_allowed_is_not_tried() -> None:
    """Deleting is refused with a sentence; a mark that nobody may set is left out quietly."""
    events = {name: expected for name, _, expected in FIXTURES}["business_connected_without_right_to_reply"]
    assert isinstance(events, list)
    (notice,) = events
    assert isinstance(notice, AccountNotice)
    by, telegram = account(state=notice.state), Telegram()
    with pytest.raises(Rejected) as problem:
        await perform(action(Ability.DELETE, f"{BUSINESS}:202", BUSINESS), by, telegram.http)
    assert problem.value.code == "business_no_delete"
    await perform(action(Ability.MARK_READ, f"{BUSINESS}:202", BUSINESS), by, telegram.http)
    assert telegram.calls == []


async def test_another_connection_s_state_does_not_matter() -> None:
    payload = next(payload for key, payload, _ in FIXTURES if key == "business_disconnected")
    notice = ADAPTER.normalize(payload, RECEIVED)[0]
    assert isinstance(notice, AccountNotice)
    other = BUSINESS.replace(CONNECTION, "bc_other")
    answer = await ADAPTER.send(
        outbound(other, text="x"), account(state=notice.state), Telegram(sent(5)).http
    )
    assert answer.platform_message_id == f"{other}:5"


@pytest.mark.parametrize(
    "body",
    [{"ok": True, "result": True}, {"ok": True}, {"ok": True, "result": {"message_id": "x"}}, "<html>", []],
)
async def test_success_that_names_no_message_is_unconfirmed(body: object) -> None:
    with pytest.raises(Unconfirmed):
        await ADAPTER.send(outbound(text="x"), account(), Telegram((200, body)).http)


async def test_secrets_are_in_no_error() -> None:
    telegram = Telegram((400, {"ok": False, "error_code": 400, "description": "Bad Request: ODD_THING"}))
    with pytest.raises(Rejected) as problem:
        await ADAPTER.send(outbound(text="x"), account(), telegram.http)
    assert TOKEN not in f"{problem.value!r} {problem.value.message}"
