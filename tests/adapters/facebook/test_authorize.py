"""Connecting by Facebook Login: the dialog, the exchange, the choice of pages; and what usage headers tell the meter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hark.adapters._meta.usage import report_usage
from hark.adapters.facebook import ADAPTER
from hark.channels.contract import Rejected
from tests.adapters.facebook import cases
from tests.adapters.facebook.cases import PAGE, Answer
from tests.adapters.facebook.fake import FakeGraph

VALUES = {"app_id": "88001", "app_secret": "s3cret", "verify_token": "kept"}
BACK = "https://hark.example/authorize/callback"
SHORT: Answer = (200, {}, {"access_token": "EAAB-hour", "expires_in": 5000})
LONG: Answer = (200, {}, {"access_token": "EAAB-60-days"})


def pages(*rows: dict[str, Any]) -> Answer:
    return 200, {}, {"data": list(rows)}


async def finish(graph: FakeGraph) -> Any:
    assert ADAPTER.authorization is not None
    return await ADAPTER.authorization.finish(VALUES, "code-1", BACK, "", graph.http())


def test_the_dialog_is_asked_for_every_permission_with_state_and_return_address() -> None:
    assert ADAPTER.authorization is not None
    address = ADAPTER.authorization.begin(VALUES, BACK, "state-1", "challenge")
    query = parse_qs(urlsplit(address).query)
    assert address.startswith("https://www.facebook.com/v26.0/dialog/oauth?")
    assert (query["client_id"], query["state"], query["redirect_uri"]) == (["88001"], ["state-1"], [BACK])
    assert query["scope"][0].split(",") == [scope.name for scope in ADAPTER.manifest.scopes]
    assert "s3cret" not in address
    assert all(scope.purpose.endswith(".") for scope in ADAPTER.manifest.scopes)


async def test_the_code_becomes_lasting_tokens_of_the_pages_to_choose_from() -> None:
    graph = FakeGraph(
        SHORT,
        LONG,
        pages(
            {"id": PAGE, "name": "Fjord Café", "access_token": "EAAB-page"},
            {"id": "900", "name": "Without a token"},
        ),
    )
    (choice,) = await finish(graph)
    assert (choice.id, choice.name) == (PAGE, "Fjord Café")
    assert choice.values == {**VALUES, "page_id": PAGE, "page_access_token": "EAAB-page"}
    exchange, lengthen, listing = graph.requests
    assert (exchange.url.params["code"], exchange.url.params["redirect_uri"]) == ("code-1", BACK)
    assert lengthen.url.params["fb_exchange_token"] == "EAAB-hour"
    assert listing.headers["authorization"] == "Bearer EAAB-60-days"
    assert "authorization" not in exchange.headers


async def test_a_person_without_pages_is_told_what_to_do() -> None:
    with pytest.raises(Rejected, match="no_page"):
        await finish(FakeGraph(SHORT, LONG, pages()))
    with pytest.raises(Rejected, match="no_token"):
        await finish(FakeGraph((200, {}, {})))
    with pytest.raises(Rejected):
        await finish(FakeGraph(cases.error(400, 100, 36009)))


async def test_a_token_of_an_hour_is_lengthened_before_the_page_token_is_made() -> None:
    soon = int(datetime.now(UTC).timestamp()) + 3600
    state = {"app_id": "88001", "type": "USER", "is_valid": True, "expires_at": soon}
    page = pages({"id": PAGE, "name": "Fjord Café", "access_token": "EAAB-page"})
    graph = FakeGraph((200, {}, {"data": state}), LONG, page)
    connected = await ADAPTER.connect({**VALUES, "page_access_token": "EAAB-hour"}, BACK, graph.http())
    assert connected.generated["page_access_token"].reveal() == "EAAB-page"
    assert graph.requests[2].headers["authorization"] == "Bearer EAAB-60-days"


# Usage ------------------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Counted:
    def __init__(self) -> None:
        self.quotas: dict[str, tuple[int, datetime, int | None]] = {}
        self.spent: list[str] = []

    def spend(self, kind: str, units: float = 1, usd: float = 0) -> None:
        self.spent.append(kind)

    def quota(self, kind: str, *, remaining: int, resets_at: datetime, limit: int | None = None) -> None:
        self.quotas[kind] = (remaining, resets_at, limit)


def used(app: int = 0, **rows: tuple[int, int]) -> dict[str, str]:
    def row(percent: int) -> str:
        return f'"call_count":{percent},"total_time":1,"total_cputime":1'

    business = ",".join(
        f'{{"type":"{kind}",{row(percent)},"estimated_time_to_regain_access":{minutes}}}'
        for kind, (percent, minutes) in rows.items()
    )
    return {"x-app-usage": f"{{{row(app)}}}", "x-business-use-case-usage": f'{{"1":[{business}]}}'}


@pytest.mark.parametrize(
    ("headers", "read", "send"),
    [
        (used(28, messenger=(10, 0)), 5200, 7200),
        (used(28, messenger=(85, 0)), 0, 1500),
        (used(100), 0, 0),
        (used(1, pages=(100, 19)), 0, 9900),
    ],
)
def test_percentages_become_what_is_left_and_lists_stop_before_answers(
    headers: dict[str, str], read: int, send: int
) -> None:
    meter = Counted()
    report_usage(meter, headers, NOW)
    assert (meter.quotas["read"][0], meter.quotas["send"][0]) == (read, send)


def test_a_used_up_limit_waits_for_the_named_minutes() -> None:
    meter = Counted()
    report_usage(meter, used(1, pages=(100, 19)), NOW)
    assert meter.quotas["read"][1] == NOW + timedelta(minutes=19)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-app-usage": "no json"},
        {"x-app-usage": "[]", "x-business-use-case-usage": '{"1": 5, "2": [7]}'},
    ],
)
def test_unreadable_headers_say_nothing(headers: dict[str, str]) -> None:
    meter = Counted()
    report_usage(meter, headers, NOW)
    assert meter.quotas == {}


async def test_every_answer_reports_and_every_send_is_counted_by_its_class() -> None:
    meter = Counted()
    answer: Answer = (200, used(50), {"recipient_id": "1", "message_id": "m_1"})
    await ADAPTER.send(cases.outbound(), cases.ACCOUNT, FakeGraph(answer).http().metered(meter))
    assert meter.quotas["send"][0] == 5000
    assert meter.spent == ["message"]
