"""WhatsApp's data for the contract suite: bodies, what they give, what is sent, and how it ends. All people invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from hark.channels.contract import (
    Ability,
    Account,
    AccountNotice,
    Action,
    Attachment,
    Author,
    Deletion,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Outbound,
    OutboundAttachment,
    OutboundTemplate,
    Post,
    Reachability,
    Reaction,
    Receipt,
    Reconnect,
    Rejected,
    Sent,
    Source,
    Thread,
    TryAgain,
    Unconfirmed,
)
from hark.channels.testing import ActionCase, Fixture, Reply, SendCase
from hark.kernel.secrets import Secret

FOLDER = Path(__file__).parent / "fixtures"
BASE = datetime(2026, 11, 24, 12, tzinfo=UTC)
RECEIVED = BASE
NUMBER_ID, WABA, PHONE, USER = "201122334455", "900100200", "4915551234567", "DE.77001122334455667"
HIDDEN_USER = "DE.66001122334455667"
REFERENCE = UUID(int=7)
ACCOUNT = Account(
    UUID(int=1),
    UUID(int=2),
    NUMBER_ID,
    "Lamp shop (+49 30 111222)",
    secrets={
        "access_token": Secret("EAA-token-of-the-lamp-shop"),
        "app_secret": Secret("app-secret-of-the-lamp-shop"),
        "verify_token": Secret("verify-token-of-the-lamp-shop"),
    },
    fields={"waba_id": WABA, "app_id": "48291", "phone_number_id": NUMBER_ID},
)

NOOR = Author(id=PHONE, name="Noor Haddad", handle=f"+{PHONE}", aliases=(USER,))
NAMELESS = msgspec.structs.replace(NOOR, name=None)
OLD_NOOR = Author(id=PHONE, handle=f"+{PHONE}")
HIDDEN = Author(id=HIDDEN_USER, name="Noor Haddad", handle="noor.h")
SHOP = Author(id=NUMBER_ID, us=True)


def body(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def item(name: str) -> dict[str, Any]:
    """The element that a body with one of them is about."""
    value = json.loads(body(name))["entry"][0]["changes"][0]["value"]
    lists = ("messages", "message_echoes", "calls", "user_preferences", "user_id_update")
    return next(value[key][0] for key in lists if key in value)  # type: ignore[no-any-return]


def at(seconds: int) -> datetime:
    return BASE + timedelta(seconds=seconds)


def chat(message_id: str | None = None, customer: Author = NOOR, **more: Any) -> Thread:
    reply_to = {"to": PHONE, "user_id": USER, **({"message_id": message_id} if message_id else {})}
    return Thread(Source.DM, customer.id, customer=customer, **{"reply_to": reply_to, **more})


def said(number: int, text: str | None = None, *files: Attachment, **more: Any) -> list[InboundEvent]:
    """A message of Noor's."""
    name = f"wamid.IN{number:03}"
    given = {"thread": chat(name), "author": NOOR, **more}
    return [Message(id=name, at=at(number), text=text, attachments=files, **given)]


def odd(name: str, number: int, what: str, **metadata: Any) -> list[InboundEvent]:
    return said(number, unsupported=what, metadata={"payload": item(name), **metadata})


def noted(
    name: str, note_id: str, seconds: int, what: str, customer: Author = NOOR, **more: Any
) -> list[InboundEvent]:
    given = {"thread": chat(None, customer), **more}
    return [
        Message(
            id=note_id,
            author=customer,
            at=at(seconds),
            unsupported=what,
            opens_window=False,
            historic=True,
            metadata={"payload": item(name)},
            **given,
        )
    ]


def old(name: str, seconds: int, author: Author, text: str | None, **more: Any) -> Message:
    reply_to = {"to": PHONE} if author.us else {"to": PHONE, "message_id": name}
    thread = Thread(Source.DM, PHONE, customer=OLD_NOOR, reply_to=reply_to)
    return Message(name, thread, author, at(seconds), text=text, historic=True, **more)


def file(kind: str, file_id: str | None, mime_type: str | None, **more: Any) -> Attachment:
    return Attachment(kind=kind, file_id=file_id, mime_type=mime_type, **more)


def receipt(number: int, status: str, **more: Any) -> Receipt:
    return Receipt(status, at(number), target=f"wamid.OUT{number:03}", **more)


def notice(code: str, seconds: int, alert: str | None = None, **state: Any) -> list[InboundEvent]:
    return [AccountNotice(code=code, at=at(seconds), alert=alert, state=state)]


CLOSED = "More than 24 hours have passed since the customer's last message. Send a template instead."
UNREACHABLE = (
    "It could not be delivered: the person has no WhatsApp, blocked the number, has not accepted the terms, "
    "or uses an outdated version."
)
PLACE = {
    "latitude": 52.52,
    "longitude": 13.405,
    "name": "Lamp shop",
    "address": "Lichtweg 1",
    "url": "https://maps.example/1",
    "title": "Lamp shop",
}
CARD = {"name": {"formatted_name": "Ida Lund"}, "phones": [{"phone": "+45 20 00 00 00"}]}
CARD_DATA = {"type": "contacts", "name": "Ida Lund", "phone_number": "+45 20 00 00 00", "card": CARD}
ITEMS = [{"product_retailer_id": "LAMP-1", "quantity": 2, "item_price": 30, "currency": "EUR"}]
AD = Post(
    "5550001",
    "https://fb.example/ad1",
    "Write to us\nLamps, 20 % off",
    None,
    "https://cdn.example/ad.jpg",
    "ad",
)
HISTORY = json.loads(body("history"))["entry"][0]["changes"][0]["value"]["history"][0]["threads"][0]
MOVED = msgspec.structs.replace(NOOR, aliases=(USER, "4915559999999"))
RENAMED = msgspec.structs.replace(NOOR, aliases=(USER, "DE.88001122334455667"))

EXPECTED: dict[str, list[InboundEvent]] = {
    "text": said(1, "Is the blue one in stock?"),
    "text_quoting": said(2, "Yes, that one", quoted="wamid.OUT001"),
    "text_forwarded": said(3, "Look at this", metadata={"forwarded": True}),
    "text_about_a_product": said(
        4,
        "How large is it?",
        quoted="wamid.OUT002",
        metadata={"product": {"catalog_id": "77", "product_retailer_id": "LAMP-1"}},
    ),
    "text_from_ad": said(
        5, "I saw your advertisement", thread=chat("wamid.IN005", post=AD), metadata={"ad_click": "click-1"}
    ),
    "text_username_only": said(
        6,
        "My number is hidden",
        author=HIDDEN,
        thread=Thread(
            Source.DM,
            HIDDEN_USER,
            customer=HIDDEN,
            reply_to={"to": "", "user_id": HIDDEN_USER, "message_id": "wamid.IN006"},
        ),
    ),
    "text_number_only": said(
        7,
        "From before user ids",
        author=(alone := msgspec.structs.replace(NOOR, aliases=())),
        thread=Thread(Source.DM, PHONE, customer=alone, reply_to={"to": PHONE, "message_id": "wamid.IN007"}),
    ),
    "text_in_group": said(
        8,
        "Hello all",
        thread=Thread(
            Source.DM,
            "group:GROUP1",
            reply_to={"to": "GROUP1", "group": "GROUP1", "message_id": "wamid.IN008"},
        ),
    ),
    "image": said(9, "It came like this", file("image", "3001", "image/jpeg")),
    "image_that_cannot_be_had": said(
        10, None, file("image", "3002", "image/jpeg", skip="Unable to download the media.")
    ),
    "video": said(11, None, file("video", "3003", "video/mp4")),
    "voice": said(12, None, file("audio", "3004", "audio/ogg", data={"voice": True})),
    "document": said(
        13, "My bill", file("file", "3005", "application/pdf", name="bill.pdf", data={"type": "document"})
    ),
    "sticker": said(14, None, file("sticker", "3006", "image/webp", data={"animated": True})),
    "location": said(15, None, file("location", None, None, name="Lamp shop", data=PLACE)),
    "contacts": said(16, None, file("contact", None, None, name="Ida Lund", data=CARD_DATA)),
    "template_button": said(17, "Yes", quoted="wamid.OUT003", postback="YES_1"),
    "choice_of_buttons": said(18, "Berlin", postback="berlin"),
    "choice_of_list": said(19, "Evening", postback="row-2"),
    "form": said(
        20, "Sent", file("form", None, None, name="flow", data={"answers": {"size": "L", "rating": "4"}})
    ),
    "interactive_of_unknown_kind": odd("interactive_of_unknown_kind", 21, "interactive hologram_reply"),
    "interactive_without_content": odd("interactive_without_content", 22, "interactive"),
    "order": said(23, None, file("order", None, None, data={"catalog_id": "77", "items": ITEMS})),
    "unsupported_poll": odd("unsupported_poll", 24, "poll_creation"),
    "reaction": [Reaction("wamid.OUT001", at(25), NOOR, ("🎉",))],
    "reaction_taken_back": [Reaction("wamid.OUT001", at(26), NOOR, ())],
    "edited": [Edit("wamid.IN001", at(27), text="Is the red one in stock?")],
    "revoked": [Deletion("wamid.IN001", at(28))],
    "number_changed": noted(
        "number_changed",
        "wamid.IN029",
        29,
        "customer_changed_number",
        MOVED,
        text="Noor changed from 4915551234567 to 4915559999999",
        thread=chat(
            None, MOVED, reply_to={"to": "4915559999999", "user_id": USER, "message_id": "wamid.IN029"}
        ),
    ),
    "identity_changed": noted(
        "identity_changed",
        "wamid.IN030",
        30,
        "customer_identity_changed",
        text="The security code changed",
        thread=chat("wamid.IN030"),
    ),
    "sent": [receipt(31, "sent", echo_of=str(REFERENCE))],
    "delivered": [receipt(32, "delivered")],
    "read": [receipt(33, "read")],
    "played": [receipt(34, "read")],
    "failed_outside_window": [receipt(35, "failed", code="131047", reason=CLOSED, echo_of=str(REFERENCE))],
    "failed_unreachable": [
        receipt(36, "failed", code="131026", reason=UNREACHABLE),
        Reachability(NAMELESS, at(36), reachable=False),
    ],
    "failed_unknown_code": [receipt(37, "failed", code="139999", reason="Something novel happened.")],
    "deleted_status": [Ignored("status:deleted", at(38))],
    "echo_of_the_app": [
        Message("wamid.ECHO039", chat(), SHOP, at(39), text="Typed on the phone"),
    ],
    "echo_revoked": [Deletion("wamid.ECHO039", at(40))],
    "history": [
        old("wamid.OLD1", -90_000, OLD_NOOR, "Long ago"),
        old("wamid.OLD2", -89_000, SHOP, "Our old answer"),
        old(
            "wamid.OLD3",
            -88_000,
            OLD_NOOR,
            None,
            unsupported="media",
            metadata={"payload": {**HISTORY["messages"][2], "thread_id": PHONE}},
        ),
    ],
    "history_file": [Edit("wamid.OLD9", at(-88_000), attachments=(file("image", "3009", "image/png"),))],
    "history_declined": notice(
        "history_declined",
        0,
        "WhatsApp hands over no earlier chats: History sharing is turned off by the business.",
    ),
    "standby": said(41, "The agent of Meta answers me", standby=True),
    "call_of_a_customer": [
        Message(
            "call:wacid.1:connect",
            chat(),
            NOOR,
            at(60),
            unsupported="call",
            metadata={"payload": item("call_of_a_customer")},
        )
    ],
    "call_ended": noted("call_ended", "call:wacid.1:terminate", 70, "call terminate"),
    "marketing_stopped": noted(
        "marketing_stopped",
        f"preference:{PHONE}:marketing_stopped:{int(at(80).timestamp())}",
        80,
        "marketing_stopped",
        text="User requested to stop marketing messages",
    ),
    "user_id_changed": noted(
        "user_id_changed",
        "user_id:DE.88001122334455667",
        90,
        "customer_changed_user_id",
        RENAMED,
        thread=chat(None, RENAMED, reply_to={"user_id": "DE.88001122334455667"}),
    ),
    "account_error": notice(
        "error:130429", 0, "Too many messages were sent from this number in a short time."
    ),
    "account_restricted": notice(
        "account_update:ACCOUNT_RESTRICTION", 100, "WhatsApp reports about the account: account restriction."
    ),
    "template_approved": notice("message_template_status_update:APPROVED", 101),
    "template_rejected": notice(
        "message_template_status_update:REJECTED",
        102,
        "The template “buy_now” is rejected. Reason: PROMOTIONAL.",
    ),
    "quality_fell": notice(
        "phone_number_quality_update:FLAGGED",
        103,
        "The quality of the number was rated anew: flagged.",
        limits={"current_limit": "TIER_1K"},
    ),
    "capability_changed": notice(
        "business_capability_update:", 104, limits={"max_daily_conversation_per_phone": 2000}
    ),
    "security_changed": notice(
        "security:PIN_CHANGED", 105, "Something changed in the security of the number: pin changed."
    ),
    "alert": notice(
        "account_alerts:INCREASED_CAPABILITIES_ELIGIBILITY_DEFERRED",
        106,
        "WhatsApp warns about the account: increased capabilities eligibility deferred. "
        "Reason: Not yet eligible.",
    ),
    "contacts_of_the_app": [Ignored("field:smb_app_state_sync", at(0))],
    "another_object": [],
    "changed_fields_only": [],
    "two_messages_and_a_status": [
        *said(101, "one"),
        *said(102, "two"),
        Receipt("read", at(200), target="wamid.OUT200"),
    ],
}
FIXTURES = tuple(Fixture(name, body(name), expected) for name, expected in EXPECTED.items())

PNG = OutboundAttachment("image", "lamp.png", "image/png", b"png")
MP4 = OutboundAttachment("video", "lamp.mp4", "video/mp4", b"mp4")
OGG = OutboundAttachment("audio", "lamp.ogg", "audio/ogg", b"ogg")
PDF = OutboundAttachment("file", "bill.pdf", "application/pdf", b"pdf")
OK = Reply(200, {"messaging_product": "whatsapp", "messages": [{"id": "wamid.OUT9"}]})
UPLOADED = Reply(200, {"id": "4490"})
SENT = Sent("wamid.OUT9")


def outbound(text: str = "Yes, it is.", **more: Any) -> Outbound:
    given: dict[str, Any] = {
        "reference": REFERENCE,
        "source": Source.DM,
        "thread_key": PHONE,
        "recipient": PHONE,
        "at": BASE,
        "reply_to": {"to": PHONE, "user_id": USER, "message_id": "wamid.IN001"},
        "last_opened_at": BASE - timedelta(hours=1),
    }
    return Outbound(**{**given, "text": text, **more})


def refused(code: int, status: int = 400, **more: Any) -> Reply:
    error = {"message": f"(#{code}) invented", "type": "OAuthException", "code": code, **more}
    return Reply(status, {"error": error})


ORDER_UPDATE = OutboundTemplate("order_update", "de", ("Noor", "20931"))
LATE = BASE - timedelta(hours=24, seconds=1)

SENDS = (
    SendCase("a text", outbound(), (OK,), SENT),
    SendCase("an answer to one message", outbound(quoted="wamid.IN001"), (OK,), SENT),
    SendCase("a picture with words", outbound(attachments=(PNG,)), (UPLOADED, OK), SENT),
    SendCase("a film", outbound("", attachments=(MP4,)), (UPLOADED, OK), SENT),
    SendCase("a sound", outbound("", attachments=(OGG,)), (UPLOADED, OK), SENT),
    SendCase("a file", outbound(attachments=(PDF,)), (UPLOADED, OK), SENT),
    SendCase("a template", outbound("", template=ORDER_UPDATE, last_opened_at=LATE), (OK,), SENT),
    SendCase("a template without blanks", outbound("", template=OutboundTemplate("hi", "en")), (OK,), SENT),
    SendCase("held for a look at its quality", outbound(), (OK,), SENT),
    SendCase("at the last moment", outbound(last_opened_at=BASE - timedelta(hours=24)), (OK,), SENT),
    SendCase("too late", outbound(last_opened_at=LATE), (), Rejected),
    SendCase("nothing", outbound("  "), (), Rejected),
    SendCase(
        "a template with an empty value",
        outbound("", template=OutboundTemplate("x", "de", ("",))),
        (),
        Rejected,
    ),
    SendCase("a public answer", outbound(source=Source.DM, private_to="1"), (), Rejected),
    SendCase("two files at once", outbound(attachments=(PNG, PDF)), (), Rejected),
    SendCase("a sound with words", outbound(attachments=(OGG,)), (), Rejected),
    SendCase(
        "a picture of a kind that is not taken",
        outbound(attachments=(OutboundAttachment("image", "a.webp", "image/webp", b"1"),)),
        (),
        Rejected,
    ),
    SendCase(
        "a picture that is too large",
        outbound(
            attachments=(OutboundAttachment("image", "a.png", "image/png", b"1" * (5 * 1024 * 1024 + 1)),)
        ),
        (),
        Rejected,
    ),
    SendCase("words too long for a picture", outbound("x" * 1025, attachments=(PNG,)), (), Rejected),
    SendCase("an upload that fails", outbound(attachments=(PNG,)), (refused(131000, 500),), TryAgain),
    SendCase("an upload that is refused", outbound(attachments=(PNG,)), (refused(131053),), Rejected),
    SendCase("an upload without an id", outbound(attachments=(PNG,)), (Reply(200, {}),), Rejected),
    SendCase("an answer without an id", outbound(), (Reply(200, {"messages": []}),), Unconfirmed),
    SendCase("outside the window", outbound(), (refused(131047),), Rejected),
    SendCase("too many in a second", outbound(), (refused(130429, 429),), TryAgain),
    SendCase("too many to one person", outbound(), (refused(131056),), TryAgain),
    SendCase("reported as spam", outbound(), (refused(131048),), TryAgain),
    SendCase("an unknown failure of Graph", outbound(), (refused(2, 500),), Unconfirmed),
    SendCase("expired token", outbound(), (refused(190, 401, error_subcode=463),), Reconnect),
    SendCase("locked account", outbound(), (refused(131031, 403),), Reconnect),
    SendCase("nobody there", outbound(), (refused(131026),), Rejected),
)

DONE = Reply(200, {"success": True})
BLOCKED = Reply(200, {"block_users": {"added_users": [{"input": PHONE, "wa_id": PHONE}]}})
UNBLOCKED = Reply(200, {"block_users": {"removed_users": [{"input": PHONE}]}})
NOT_BLOCKED = Reply(200, {"block_users": {"added_users": [], "failed_users": [{"input": PHONE}]}})


def act(ability: Ability, **more: Any) -> Action:
    reply_to = {"to": PHONE, "user_id": USER, "message_id": "wamid.IN001"}
    return Action(ability, PHONE, **{"reply_to": reply_to, "recipient": PHONE, **more})


ACTIONS = (
    ActionCase("typing", act(Ability.TYPING), (DONE,)),
    ActionCase("read", act(Ability.MARK_READ), (DONE,)),
    ActionCase("react", act(Ability.REACT, target="wamid.IN001", text="👍"), (OK,)),
    ActionCase("take a reaction back", act(Ability.REACT, target="wamid.IN001"), (OK,)),
    ActionCase("block", act(Ability.BAN), (BLOCKED,)),
    ActionCase("unblock", act(Ability.UNBAN), (UNBLOCKED,)),
    ActionCase("block somebody who is silent", act(Ability.BAN), (NOT_BLOCKED,), Rejected),
    ActionCase("block a group", act(Ability.BAN, reply_to={"group": "G"}, recipient=None), (), Rejected),
    ActionCase("typing where nobody has written", act(Ability.TYPING, reply_to={}), (), Rejected),
)


def single(**message: Any) -> bytes:
    value = {
        "metadata": {"display_phone_number": "4930111222", "phone_number_id": NUMBER_ID},
        "messages": [{"from": PHONE, "id": "wamid.NEW", "timestamp": str(int(BASE.timestamp())), **message}],
    }
    return changed("messages", value)


def changed(field: str, value: Any) -> bytes:
    entry = {"id": WABA, "changes": [{"field": field, "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


UNKNOWN = {
    "a kind of message invented tomorrow": single(type="hologram", hologram={"id": "1"}),
    "a message without a kind": single(),
    "a field invented tomorrow": changed("brand_new_field", {"x": 1}),
    "a status invented tomorrow": changed(
        "messages", {"statuses": [{"id": "wamid.OUT1", "status": "admired", "timestamp": "1795521600"}]}
    ),
    "a message of nobody": changed("messages", {"messages": [{"id": "wamid.X", "type": "text"}]}),
    "a change that is no object": changed("messages", 7),
}
MALFORMED = {
    "no JSON": b"{",
    "a list": b"[]",
    "entries that are none": b'{"object": "whatsapp_business_account", "entry": 7}',
    "an entry that is none": b'{"object": "whatsapp_business_account", "entry": [7]}',
    "changes that are none": b'{"object": "whatsapp_business_account", "entry": [{"changes": 7}]}',
    "messages that are none": changed("messages", {"messages": 7}),
}
