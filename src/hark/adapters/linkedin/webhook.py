"""What LinkedIn posts: the validation of our address, the signature of a body, the notifications in it."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from hark.adapters.linkedin import urns
from hark.adapters.linkedin.manifest import EVENT_TYPE
from hark.adapters.linkedin.payloads import Envelope
from hark.channels.contract import Account, BadSignature, MalformedPayload, RawItem, WebhookRequest
from hark.kernel.loose_json import read_loosely

SIGNATURE_HEADER = "x-li-signature"
PREFIX = "hmacsha256="
"""Part of the signed text; whether the header shows it too differs between LinkedIn's pages."""
_CODE = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


def challenge(request: WebhookRequest, account: Account) -> str | None:
    """The JSON that proves that we hold the client secret; None refuses.

    Only a UUID is signed: anybody may ask, and the answer to `hmacsha256=` and a body would be that body's signature.
    """
    code = request.query.get("challengeCode", "")
    secret = account.secrets.get("client_secret")
    if _CODE.fullmatch(code) is None or not secret:
        return None
    answer = {"challengeCode": code, "challengeResponse": _hmac(code.encode(), secret.reveal())}
    return msgspec.json.encode(answer).decode()


def signature_of(body: bytes, secret: str) -> str:
    """The value of the signature header that `secret` gives for these bytes."""
    return _hmac(PREFIX.encode() + body, secret)


def _hmac(content: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def verify(request: WebhookRequest, account: Account) -> None:
    """Raises BadSignature unless the client secret, now or before its last change, signed these very bytes. Every known
    secret is tried, so that the duration does not tell which one fits."""
    given = request.headers.get(SIGNATURE_HEADER, "").removeprefix(PREFIX)
    if _HEX.fullmatch(given) is None:
        raise BadSignature("the signature header is missing or has another form")
    fits = False
    for key in ("client_secret", "client_secret.previous"):
        secret = account.secrets.get(key)
        if secret:
            fits |= hmac.compare_digest(signature_of(request.body, secret.reveal()), given)
    if not fits:
        raise BadSignature("the signature does not fit the body")


def split(body: bytes) -> list[RawItem]:
    """The notifications of a body, in its order. Bodies of LinkedIn's other products are kept as one item."""
    try:
        value = read_loosely(body)
    except ValueError as error:
        raise MalformedPayload(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise MalformedPayload("the body is not an object")
    found = value.get("type")
    kind = found if isinstance(found, str) else None
    notifications = value.get("notifications")
    if kind is not None and kind != EVENT_TYPE:
        return [_other_product(kind, value)]
    if not isinstance(notifications, list):
        raise MalformedPayload("the body has no list of notifications")
    return list(_unique(notification_item(item) for item in notifications))


def _unique(items: Iterator[RawItem]) -> Iterator[RawItem]:
    seen: set[str] = set()
    for item in items:
        if item.dedup_key not in seen:
            seen.add(item.dedup_key)
            yield item


def notification_item(notification: Any) -> RawItem:
    """A notification as it is stored, from a webhook or from the list: both give one key for one thing."""
    fields = notification if isinstance(notification, dict) else {}
    payload = msgspec.json.encode(Envelope("notification", notification, type=EVENT_TYPE))
    number = fields.get("notificationId")
    named = isinstance(number, int | str) and not isinstance(number, bool) and 0 < len(str(number)) <= 100
    key = f"notification:{number}" if named else _digest("unnamed", payload)
    return RawItem(key, payload, platform_account_id=urns.urn(fields.get("organizationalEntity")))


def comment_item(account: str, comment: Any) -> RawItem:
    """A comment as the Comments API gives it: what its notification left out (parent, pictures)."""
    payload = msgspec.json.encode(Envelope("comment", comment, account=account))
    return RawItem(_digest("comment", payload), payload, platform_account_id=account)


def _other_product(kind: str, value: dict[str, Any]) -> RawItem:
    payload = msgspec.json.encode(Envelope("notification", value, type=kind))
    return RawItem(_digest("other", payload), payload)


def _digest(kind: str, payload: bytes) -> str:
    return f"{kind}:{hashlib.blake2b(payload, digest_size=20).hexdigest()}"
