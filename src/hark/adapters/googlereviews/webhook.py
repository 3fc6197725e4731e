"""What Pub/Sub posts: a push message that says that something happened, and nothing of what.

Whoever knows the token in the address is believed. Pub/Sub can sign its requests (OIDC) besides, but telling a signature
needs Google's certificates from the network, and verifying may not wait for one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Any

import msgspec

from hark.adapters.googlereviews.items import items_of
from hark.adapters.googlereviews.names import location_of
from hark.adapters.googlereviews.payloads import Envelope
from hark.channels.contract import Account, BadSignature, MalformedPayload, RawItem, WebhookRequest
from hark.kernel.loose_json import read_loosely

MOST = 400


def verify(request: WebhookRequest, account: Account) -> None:
    """The `token` of the address must be the push token, now or before its last change. An account without one takes
    nothing."""
    given = request.query.get("token", "").encode("utf-8", "replace")
    fits = False
    for key in ("push_token", "push_token.previous"):
        secret = account.secrets.get(key)
        if secret:
            fits |= hmac.compare_digest(secret.reveal().encode(), given)
    if not fits:
        raise BadSignature("the token in the address is missing or wrong")


def split(body: bytes) -> list[RawItem]:
    """The one message of a push; or the reviews of a list as the API gives it, which a gateway may hand on."""
    try:
        value = read_loosely(body)
    except ValueError as error:
        raise MalformedPayload(f"the body is not JSON: {error}") from error
    message, reviews = (
        (value.get("message"), value.get("reviews")) if isinstance(value, dict) else (None, None)
    )
    if isinstance(message, dict):
        return [_push_item(message)]
    if not isinstance(reviews, list):
        raise MalformedPayload("the body has neither a message nor reviews")
    items = {item.dedup_key: item for row in reviews if isinstance(row, dict) for item in items_of(None, row)}
    return list(items.values())


def _push_item(message: dict[str, Any]) -> RawItem:
    number = message.get("messageId") or message.get("message_id")
    told = {**_attributes(message), **_data(message)}
    payload = msgspec.json.encode(Envelope("push", told, at=_text(message.get("publishTime"))))
    if isinstance(number, str) and 0 < len(number) <= MOST:
        key = f"push:{number}"
    else:
        key = f"push:sha:{hashlib.blake2b(msgspec.json.encode(message), digest_size=20).hexdigest()}"
    return RawItem(key, payload, platform_account_id=_location(told))


def _attributes(message: dict[str, Any]) -> dict[str, Any]:
    found = message.get("attributes")
    return found if isinstance(found, dict) else {}


def _data(message: dict[str, Any]) -> dict[str, Any]:
    """The message's own content: base64 of JSON."""
    try:
        value = read_loosely(base64.b64decode(message.get("data") or "", validate=True))
    except (ValueError, binascii.Error, TypeError):
        return {}
    return value if isinstance(value, dict) else {}


def _location(told: dict[str, Any]) -> str | None:
    """The location that any of its names contains: Google does not document under which key."""
    return next((found for value in told.values() if (found := location_of(value))), None)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
