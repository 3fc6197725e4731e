"""Every kind of request that the adapter makes, as it leaves: gathered by letting it do everything once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from hark.adapters.x import ADAPTER
from hark.channels.contract import PlatformProblem, Source
from hark.channels.testing.cases import Reply
from hark.channels.testing.http import NOT_CONNECTED, Script, ScriptedHttp
from hark.standins.x.calls import Asked
from tests.adapters.x.cases import ACTION_CASES, SEND_CASES
from tests.adapters.x.samples import ACCOUNT, ADA_ID, AT, US, minted, outbound, user2
from tests.adapters.x.samples import ADA as SOMEBODY
from tests.adapters.x.serving import account_with

VALUES = {
    "consumer_key": "k",
    "consumer_secret": "s",
    "access_token": "t",
    "access_token_secret": "ts",
}


async def everything() -> list[httpx.Request]:
    """All requests of sending, acting, reading, looking up, connecting, setting up and checking."""
    found: list[httpx.Request] = []
    for case in SEND_CASES:
        http = ScriptedHttp(*case.answers)
        with contextlib.suppress(PlatformProblem):
            await ADAPTER.send(case.outbound, ACCOUNT, http)
        found += http.calls
    assert ADAPTER.perform is not None
    for act in ACTION_CASES:
        http = ScriptedHttp(*act.answers)
        with contextlib.suppress(PlatformProblem):
            await ADAPTER.perform(act.action, ACCOUNT, http)
        found += http.calls
    return found + await _reading() + await _setting_up()


async def _reading() -> list[httpx.Request]:
    assert ADAPTER.fetch_page is not None
    assert ADAPTER.look_up is not None
    assert ADAPTER.fetch_profile is not None
    assert ADAPTER.fetch_post is not None
    assert ADAPTER.locate_media is not None
    token = "18LAA5FFPEKJA52G0G00ZZZZ"
    page = {"data": [{"id": minted(AT)}], "meta": {"result_count": 1, "next_token": token}}
    http = ScriptedHttp(route=lambda request: Reply(200, page))
    cursor: str | None = None
    for _ in range(2):
        cursor = (await ADAPTER.fetch_page(cursor, AT - timedelta(days=1), ACCOUNT, http)).next
    last = ScriptedHttp(Reply(200, {"meta": {"result_count": 0}}), Reply(200, page), Reply(200, {"meta": {}}))
    for _ in range(3):
        cursor = (await ADAPTER.fetch_page(cursor, None, ACCOUNT, last)).next
    group = outbound(reply_to={"conversation": "1585823815904395264"})
    for sent in (outbound(), group, outbound(Source.COMMENT)):
        await ADAPTER.look_up(sent, ACCOUNT, http)
    await ADAPTER.fetch_profile(ADA_ID, ACCOUNT, http)
    await ADAPTER.fetch_post(minted(AT), ACCOUNT, http)
    media = await ADAPTER.locate_media("dm/1/2/a.jpg", ACCOUNT, http)
    return [*http.calls, *last.calls, httpx.Request("GET", media.url, headers=dict(media.headers))]


async def _setting_up() -> list[httpx.Request]:
    assert ADAPTER.subscribe is not None
    assert ADAPTER.listen is not None
    http = ScriptedHttp(route=_setup)
    for values in (VALUES, {"oauth2_access_token": "t"}):
        await ADAPTER.connect(values, "https://hark.example/webhooks/x/k1", http)
    for account in (ACCOUNT, account_with(product="account_activity")):
        await ADAPTER.subscribe(account, http)
        await ADAPTER.check(account, http)
    off = ScriptedHttp(route=lambda request: _setup(request, valid=False))
    await ADAPTER.subscribe(ACCOUNT, off)
    new = ScriptedHttp(route=lambda request: _setup(request, known=False))
    await ADAPTER.subscribe(ACCOUNT, new)
    streaming = ScriptedHttp(route=lambda request: _setup(request, known=False))
    for plan in ("enterprise", "self-serve"):
        with contextlib.suppress(PlatformProblem):
            await ADAPTER.listen(account_with(plan=plan), streaming, _nowhere)
    return [*_of_api(http.calls), *off.calls, *new.calls, *streaming.calls]


async def _nowhere(items: Any, state: Any) -> None:
    pass


def _of_api(calls: Iterable[httpx.Request]) -> list[httpx.Request]:
    """Token endpoints are OAuth's own and stand in no description."""
    return [call for call in calls if not call.url.path.endswith("oauth2/token")]


def _setup(request: httpx.Request, *, valid: bool = True, known: bool = True) -> Script:
    path = request.url.path
    if path == "/2/users/me":
        return Reply(200, {"data": {**user2(SOMEBODY), "id": US}})
    if path.endswith("oauth2/token"):
        return Reply(200, {"token_type": "bearer", "access_token": "app"})
    if path == "/2/webhooks" and request.method == "GET":
        row = {"id": "9", "url": ACCOUNT.webhook_url, "valid": valid}
        return Reply(200, {"data": [row] if known else []})
    if path == "/2/activity/stream":
        return NOT_CONNECTED
    if path == "/2/activity/subscriptions" and request.method == "GET":
        row = {"subscription_id": "12", "event_type": "dm.sent", "filter": {"user_id": US}, "webhook_id": "8"}
        return Reply(200, {"data": [row]})
    return Reply(200, {"data": {"id": "9", "valid": True, "subscribed": False}})


def parameters(request: httpx.Request) -> dict[str, str]:
    return dict(request.url.params)


def body_of(request: httpx.Request) -> tuple[str, Any]:
    """Media type and value; the fields of a multipart body as an object, files as text."""
    kind = request.headers.get("content-type", "").split(";")[0]
    if kind == "application/json":
        return kind, msgspec.json.decode(request.content)
    if kind == "multipart/form-data":
        asked = Asked(
            "POST", request.url.path, {}, {"content-type": request.headers["content-type"]}, request.content
        )
        given = asked.upload()
        fields: dict[str, Any] = {**given.fields, **dict.fromkeys(given.files, "bytes")}
        if fields.get("segment_index", "").isdigit():
            fields["segment_index"] = int(fields["segment_index"])
        return kind, fields
    return kind, None
