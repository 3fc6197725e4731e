"""Recorded answers of the Cloud API: what the client makes of each is what the index of the collection advises; skipped
where the collection is absent."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hark.adapters.whatsapp import ADAPTER
from hark.channels.contract import (
    Ability,
    Action,
    OutboundTemplate,
    Reconnect,
    Rejected,
    TryAgain,
)
from hark.channels.testing import Reply, ScriptedHttp
from tests.adapters.whatsapp import cases
from tests.adapters.whatsapp.cases import PNG, outbound

SHARED = Path(os.environ.get("HARK_SHARED", Path(__file__).parents[4] / "shared"))
FOLDER = SHARED / "fixtures" / "whatsapp" / "api"
NUMBER, WABA, APP = "106540352242922", "102290129340398", "482915736620114"
ACCOUNT = msgspec.structs.replace(
    cases.ACCOUNT,
    platform_account_id=NUMBER,
    fields={"waba_id": WABA, "app_id": APP, "phone_number_id": NUMBER},
)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not on this machine")


def recorded(name: str) -> Reply:
    row = re.search(rf"`api/{name}\.json` - HTTP (\d+)", (FOLDER.parent / "INDEX.md").read_text())
    assert row is not None
    return Reply(int(row.group(1)), (FOLDER / f"{name}.json").read_bytes())


def value(name: str) -> Any:
    return msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())


PROBLEMS: dict[str, tuple[type[Exception], dict[str, Any]]] = {
    "send_error__130429_throughput": (TryAgain, {"scope": "account"}),
    "send_error__131056_pair_rate": (TryAgain, {"scope": "conversation", "retry_after": 6.0}),
    "send_error__131048_spam": (TryAgain, {"scope": "account", "retry_after": 3600.0}),
    "send_error__131047_reengagement": (Rejected, {"unreachable": False}),
    "send_error__131030_not_in_allow_list": (Rejected, {}),
    "send_error__131009_param": (
        Rejected,
        {"message": "WhatsApp refused: Invalid body length. Min length: 1, Max length: 4096"},
    ),
    "send_error__100_invalid_param": (
        Rejected,
        {"message": "WhatsApp refused: The parameter messaging_product is required."},
    ),
    "send_error__132001_template_missing": (Rejected, {}),
    "send_error__132000_param_count": (Rejected, {}),
    "send_error__131031_locked": (Reconnect, {}),
    "send_error__131053_media_upload": (Rejected, {}),
    "send_error__190_expired": (Reconnect, {"code": "190/463"}),
    "send_error__10_permission": (Reconnect, {}),
    "send_error__368_policy": (Reconnect, {}),
    "send_error__131000_generic": (TryAgain, {"scope": "message"}),
}


@pytest.mark.parametrize("name", PROBLEMS)
async def test_a_recorded_error_ends_in_the_problem_that_the_index_advises(name: str) -> None:
    kind, details = PROBLEMS[name]
    reply = recorded(name)
    with pytest.raises(kind) as caught:
        await ADAPTER.send(outbound(), ACCOUNT, ScriptedHttp(reply))
    assert {key: getattr(caught.value, key) for key in details} == details
    assert getattr(caught.value, "http_status", None) == reply.status


SENT = ("send__ok", "send__ok_bsuid", "send__ok_template", "send__held")


@pytest.mark.parametrize("name", SENT)
async def test_a_recorded_success_gives_the_message_id(name: str) -> None:
    template = OutboundTemplate("order_update", "en", ("Mira", "20931")) if "template" in name else None
    sent = await ADAPTER.send(outbound(template=template), ACCOUNT, ScriptedHttp(recorded(name)))
    assert sent.platform_message_id == value(name)["messages"][0]["id"]


async def test_a_recorded_upload_is_sent_by_its_id() -> None:
    http = ScriptedHttp(recorded("media__upload_ok"), recorded("send__ok"))
    await ADAPTER.send(outbound(attachments=(PNG,)), ACCOUNT, http)
    assert http.calls[0].url.path == f"/v26.0/{NUMBER}/media"
    assert b'name="messaging_product"' in http.calls[0].content
    assert msgspec.json.decode(http.calls[1].content)["image"]["id"] == value("media__upload_ok")["id"]


async def test_a_recorded_mark_is_done() -> None:
    http = ScriptedHttp(recorded("mark_read__ok"))
    action = Action(Ability.TYPING, cases.PHONE, {"message_id": "wamid.X"})
    await ADAPTER.perform(action, ACCOUNT, http)  # type: ignore[misc]
    assert msgspec.json.decode(http.calls[0].content) == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.X",
        "typing_indicator": {"type": "text"},
    }


async def test_a_recorded_address_is_fetched_with_the_token() -> None:
    http = ScriptedHttp(recorded("media__url"))
    request = await ADAPTER.locate_media("1072008617773693", ACCOUNT, http)  # type: ignore[misc]
    assert request.url == value("media__url")["url"]
    assert request.headers == {"authorization": "Bearer EAA-token-of-the-lamp-shop"}
    assert http.calls[0].url.params["phone_number_id"] == NUMBER


async def test_a_recorded_file_that_is_gone_is_given_up() -> None:
    http = ScriptedHttp(recorded("media_error__100_33_gone"))
    with pytest.raises(Rejected) as caught:
        await ADAPTER.locate_media("1234567890", ACCOUNT, http)  # type: ignore[misc]
    assert caught.value.code == "100/33"


async def test_recorded_templates_are_read_page_by_page() -> None:
    http = ScriptedHttp(recorded("message_templates__page1"), Reply(200, {"data": []}))
    (template,) = await ADAPTER.list_templates(ACCOUNT, http)  # type: ignore[misc]
    assert (template.name, template.language, template.category) == ("order_update", "en", "UTILITY")
    assert template.body == "Hi {{1}}, your order {{2}} is ready."
    assert template.parameters == ("1", "2")
    assert http.calls[1].url.params["after"] == "MAZDZD"


async def test_the_recorded_number_is_connected() -> None:
    token = {"data": {"is_valid": True, "app_id": APP, "expires_at": 0, "scopes": []}}
    http = ScriptedHttp(Reply(200, token), recorded("phone_numbers__list"))
    values = {"access_token": "t", "app_id": APP, "app_secret": "s", "waba_id": WABA}
    connected = await ADAPTER.connect(values, "https://hark.example/w", http)
    assert connected.platform_account_id == NUMBER
    assert connected.name == "Aurora Bikes (+1 555-078-3881)"
    assert connected.expires_at is None
    assert connected.steps == (
        "Grant the token these permissions and connect again: whatsapp_business_messaging, "
        "whatsapp_business_management.",
    )


async def test_the_recorded_subscription_is_recognized() -> None:
    scopes = ["whatsapp_business_messaging", "whatsapp_business_management"]
    token = {"data": {"is_valid": True, "app_id": APP, "expires_at": 0, "scopes": scopes}}
    number = value("phone_numbers__list")["data"][0]
    http = ScriptedHttp(Reply(200, token), recorded("subscribed_apps__list"), Reply(200, number))
    health = await ADAPTER.check(ACCOUNT, http)
    assert health.ok, health.checks


def test_every_recorded_answer_is_asserted() -> None:
    tested = {*PROBLEMS, *SENT, "media__upload_ok", "mark_read__ok", "media__url", "media_error__100_33_gone"}
    tested |= {"message_templates__page1", "phone_numbers__list", "subscribed_apps__list"}
    assert tested == {path.stem for path in FOLDER.glob("*.json")}
    assert len(tested) == 26
