"""What is particular to WhatsApp: who is addressed, what templates become, connecting by dialog, what expires."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from hark.adapters.whatsapp import ADAPTER
from hark.adapters.whatsapp.problems import failure_of
from hark.adapters.whatsapp.send import plan
from hark.adapters.whatsapp.templates import read_template, template_of
from hark.channels.contract import OutboundTemplate, Rejected, Template
from hark.channels.testing import Reply, ScriptedHttp
from hark.infra.metering import Unmetered
from tests.adapters.whatsapp.cases import ACCOUNT, MP4, OK, PDF, PHONE, REFERENCE, USER, outbound


@pytest.mark.parametrize(
    ("reply_to", "recipient", "expected"),
    [
        ({"to": PHONE, "user_id": USER}, PHONE, {"recipient_type": "individual", "to": PHONE}),
        ({"to": "", "user_id": USER}, PHONE, {"recipient_type": "individual", "recipient": USER}),
        ({}, PHONE, {"recipient_type": "individual", "to": PHONE}),
        ({}, USER, {"recipient_type": "individual", "recipient": USER}),
        ({"to": "G1", "group": "G1"}, PHONE, {"recipient_type": "group", "to": "G1"}),
    ],
)
def test_an_answer_goes_to_the_number_the_user_id_or_the_group(
    reply_to: dict[str, str], recipient: str, expected: dict[str, str]
) -> None:
    body = plan(outbound(reply_to=reply_to, recipient=recipient))
    assert {key: body[key] for key in ("recipient_type", "to", "recipient") if key in body} == expected
    assert body["biz_opaque_callback_data"] == str(REFERENCE)


def test_a_link_is_shown_with_a_preview_and_a_file_keeps_its_name() -> None:
    assert plan(outbound("See https://shop.example"))["text"]["preview_url"] is True
    assert plan(outbound("No link"))["text"]["preview_url"] is False
    assert plan(outbound("Bill", attachments=(PDF,)))["document"] == {
        "caption": "Bill",
        "filename": "bill.pdf",
    }
    assert plan(outbound("", attachments=(MP4,)))["video"] == {}


def component(kind: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "text": text, **more}


def row(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "offer", "language": "de", "status": "APPROVED", "components": list(components), **more}


def test_a_template_shows_all_its_words_and_names_all_its_blanks() -> None:
    button = {"type": "URL", "text": "Track", "url": "https://shop.example/{{1}}"}
    template = read_template(
        row(
            component("HEADER", "Order {{1}}", format="TEXT"),
            component("BODY", "Hi {{first_name}}, {{1}}"),
            component("FOOTER", "The lamp shop"),
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}, button]},
            category="UTILITY",
        )
    )
    assert template == Template(
        "offer",
        "de",
        "Order {{header_1}}\nHi {{first_name}}, {{1}}\nThe lamp shop\n[Thanks]\n[Track] https://shop.example/{{url_1}}",
        ("header_1", "first_name", "1", "url_1"),
        "UTILITY",
    )


@pytest.mark.parametrize(
    "given",
    [
        row(component("BODY", "x"), status="PAUSED"),
        row(component("HEADER", "", format="IMAGE"), component("BODY", "x")),
        row({"type": "CAROUSEL", "cards": []}),
        row({"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Open"}]}),
        row(component("BODY", "x"), language=None),
    ],
)
def test_a_template_that_words_alone_cannot_fill_is_not_offered(given: dict[str, Any]) -> None:
    assert read_template(given) is None


def test_the_values_of_a_template_go_where_its_blanks_are() -> None:
    names = ("header_1", "first_name", "1", "url_1")
    sent = template_of(OutboundTemplate("offer", "de", ("20931", "Noor", "now", "t/1"), names))
    assert sent["components"] == [
        {"type": "header", "parameters": [{"type": "text", "text": "20931"}]},
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "first_name", "text": "Noor"},
                {"type": "text", "text": "now"},
            ],
        },
        {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "t/1"}]},
    ]


@pytest.mark.parametrize("values", [("one",), ("one", " "), ("one", "two", "three")])
def test_a_template_wants_a_value_for_each_blank(values: tuple[str, ...]) -> None:
    with pytest.raises(Rejected):
        template_of(OutboundTemplate("offer", "de", values, ("1", "2")))


def test_a_failure_of_an_unknown_code_says_what_the_network_said() -> None:
    assert failure_of(999_999, "Something novel") == ("Something novel", False)
    assert failure_of(None, "") == ("WhatsApp could not deliver it.", False)


async def test_the_token_travels_in_a_header_with_a_proof_of_the_app_secret() -> None:
    http = ScriptedHttp(OK)
    await ADAPTER.send(outbound(), ACCOUNT, http)
    request = http.calls[0]
    assert request.headers["authorization"] == "Bearer EAA-token-of-the-lamp-shop"
    assert len(request.url.params["appsecret_proof"]) == 64
    assert "EAA" not in str(request.url)


class Meter(Unmetered):
    def __init__(self) -> None:
        self.told: list[tuple[str, int, int | None]] = []

    def quota(self, kind: str, *, remaining: int, resets_at: Any, limit: int | None = None) -> None:
        self.told.append((kind, remaining, limit))


async def test_the_usage_that_an_answer_tells_is_counted() -> None:
    used = {"type": "whatsapp", "call_count": 25, "total_time": 1, "estimated_time_to_regain_access": 0}
    usage = msgspec.json.encode({"900100200": [used]}).decode()
    http, meter = ScriptedHttp(Reply(200, OK.body, {"x-business-use-case-usage": usage})), Meter()
    await ADAPTER.send(outbound(), ACCOUNT, http.metered(meter))
    assert {kind for kind, _, _ in meter.told} == {"read", "send"}
    assert all(remaining > 0 for _, remaining, _ in meter.told)


VALUES = {"access_token": "t", "app_id": "48291", "app_secret": "s", "waba_id": "900100200"}
TOKEN = Reply(200, {"data": {"is_valid": True, "app_id": "48291", "expires_at": 1_800_000_000}})
NUMBERS = [{"id": "1", "display_phone_number": "+1"}, {"id": "2", "display_phone_number": "+2"}]


@pytest.mark.parametrize(
    ("values", "answers", "code"),
    [
        ({**VALUES, "access_token": ""}, (), "missing_field"),
        ({**VALUES, "waba_id": " "}, (), "missing_field"),
        (VALUES, (Reply(200, {"data": {"is_valid": False}}),), "invalid_token"),
        (VALUES, (Reply(200, {"data": {"is_valid": True, "app_id": "9"}}),), "other_app"),
        (VALUES, (TOKEN, Reply(200, {"data": []})), "no_number"),
        (VALUES, (TOKEN, Reply(200, {"data": NUMBERS})), "which_number"),
        ({**VALUES, "phone_number_id": "3"}, (TOKEN, Reply(200, {"data": NUMBERS})), "no_number"),
        (VALUES, (Reply(401, {"error": {"code": 190, "message": "expired"}}),), "190"),
    ],
)
async def test_credentials_that_do_not_fit_are_rejected_with_a_sentence(
    values: dict[str, str], answers: tuple[Reply, ...], code: str
) -> None:
    with pytest.raises(Rejected) as caught:
        await ADAPTER.connect(values, "https://hark.example/w", ScriptedHttp(*answers))
    assert caught.value.code == code
    assert caught.value.message.endswith(".")


async def test_a_number_that_is_not_registered_is_a_step_to_do() -> None:
    number = {"id": "1", "display_phone_number": "+1", "verified_name": "Lamps", "status": "PENDING"}
    http = ScriptedHttp(TOKEN, Reply(200, {"data": [number]}))
    connected = await ADAPTER.connect(VALUES, None, http)
    assert [step.split()[0] for step in connected.steps] == ["Register", "Give"]
    assert connected.expires_at is not None
    assert set(connected.generated) == {"verify_token"}


def test_the_dialog_is_asked_for_exactly_what_is_needed() -> None:
    oauth = ADAPTER.authorization
    assert oauth is not None
    url = oauth.begin({"app_id": "48291"}, "https://hark.example/back", "state-1", "challenge")
    query = parse_qs(urlsplit(url).query)
    assert query["scope"] == ["whatsapp_business_messaging,whatsapp_business_management"]
    assert query["state"] == ["state-1"]
    configured = oauth.begin({"app_id": "48291", "config_id": "77"}, "https://hark.example/back", "s", "c")
    assert parse_qs(urlsplit(configured).query)["config_id"] == ["77"]
    assert "scope" not in parse_qs(urlsplit(configured).query)


async def test_the_dialog_gives_the_numbers_that_were_shared() -> None:
    oauth = ADAPTER.authorization
    assert oauth is not None
    grants = [{"scope": "whatsapp_business_management", "target_ids": ["900100200"]}]
    http = ScriptedHttp(
        Reply(200, {"access_token": "EAA-new"}),
        Reply(200, {"data": {"is_valid": True, "granular_scopes": grants}}),
        Reply(200, {"data": [{"id": "1", "display_phone_number": "+1", "verified_name": "Lamps"}]}),
    )
    (choice,) = await oauth.finish({"app_id": "48291", "app_secret": "s"}, "code", "https://b", "v", http)
    assert choice.name == "Lamps (+1)"
    assert choice.values == {"access_token": "EAA-new", "phone_number_id": "1", "waba_id": "900100200"}
    nothing = ScriptedHttp(Reply(200, {"access_token": "EAA-new"}), Reply(200, {"data": {"is_valid": True}}))
    with pytest.raises(Rejected):
        await oauth.finish({"app_id": "48291", "app_secret": "s"}, "code", "https://b", "v", nothing)


def test_a_message_of_two_people_names_each_of_them() -> None:
    people = [
        {"profile": {"name": "Noor"}, "wa_id": "491", "user_id": "DE.1"},
        {"profile": {"name": "Ida"}, "wa_id": "452", "user_id": "DK.2"},
    ]
    messages = [
        {
            "from": number,
            "id": f"wamid.{number}",
            "timestamp": "1795521600",
            "type": "text",
            "text": {"body": "x"},
        }
        for number in ("452", "491")
    ]
    value = {"metadata": {"phone_number_id": "1"}, "contacts": people, "messages": messages}
    entry = {"id": "9", "changes": [{"field": "messages", "value": value}]}
    body = msgspec.json.encode({"object": "whatsapp_business_account", "entry": [entry]})
    events = [
        event for item in ADAPTER.split(body) for event in ADAPTER.normalize(item.payload, ACCOUNT_TIME)
    ]
    assert [(event.author.name, event.author.aliases) for event in events] == [  # type: ignore[union-attr]
        ("Ida", ("DK.2",)),
        ("Noor", ("DE.1",)),
    ]


ACCOUNT_TIME = outbound().at


async def test_an_address_that_meta_does_not_take_is_a_step_to_do_by_hand() -> None:
    account = msgspec.structs.replace(ACCOUNT, webhook_url="http://localhost:8000/webhooks/whatsapp/k")
    refusal = Reply(400, {"error": {"code": 2200, "message": "(#2200) Callback verification failed"}})
    http = ScriptedHttp(Reply(200, {"data": []}), Reply(200, {"data": []}), refusal, refusal)
    assert ADAPTER.subscribe is not None
    (step,) = await ADAPTER.subscribe(account, http)
    assert step.startswith("WhatsApp did not take our address")
    assert "messages, smb_message_echoes" in step


async def test_templates_are_counted_because_they_cost_money() -> None:
    class Costs(Unmetered):
        def __init__(self) -> None:
            self.spent: list[str] = []

        def spend(self, kind: str, units: float = 1, usd: float = 0) -> None:
            self.spent.append(kind)

    meter = Costs()
    for chosen in (None, OutboundTemplate("hi", "en")):
        await ADAPTER.send(outbound(template=chosen), ACCOUNT, ScriptedHttp(OK).metered(meter))
    assert meter.spent == ["template"]
