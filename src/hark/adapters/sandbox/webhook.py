"""What arrives: the address check, the signature over the raw bytes, the batch taken apart."""

from __future__ import annotations

import hashlib
import hmac
import re

import msgspec

from hark.adapters.sandbox.payloads import Batch
from hark.channels.contract import Account, BadSignature, MalformedPayload, RawItem, WebhookRequest

SIGNATURE = "x-sandbox-signature"
SECRETS = ("webhook_secret", "webhook_secret.previous")
_PREFIX = "sha256="
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)

_BATCH = msgspec.json.Decoder(Batch)


class _Id(msgspec.Struct):
    id: str


_ID = msgspec.json.Decoder(_Id)


def challenge(request: WebhookRequest, account: Account) -> str | None:
    """The network asks `?challenge=<text>&signature=sha256=<HMAC of the text>`; only a text that it signed
    is echoed."""
    text = request.query.get("challenge", "")
    if _CHALLENGE.fullmatch(text) is None:
        return None
    return text if _signed(text.encode(), request.query.get("signature", ""), account) else None


def verify(request: WebhookRequest, account: Account) -> None:
    if not _signed(request.body, request.headers.get(SIGNATURE, ""), account):
        raise BadSignature(f"{SIGNATURE} does not fit the body")


def _signed(content: bytes, given: str, account: Account) -> bool:
    """Every valid secret is compared, whichever fits, so that the time tells nothing. Hex is lower case, as
    documented."""
    fits = False
    for key in SECRETS:
        secret = account.secrets.get(key)
        if secret:
            fits |= hmac.compare_digest(
                signature(content, secret.reveal()).encode(), given.encode("utf-8", "replace")
            )
    return fits


def signature(content: bytes, secret: str) -> str:
    return _PREFIX + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def split(body: bytes) -> list[RawItem]:
    """Events in body order. One that has no id is kept under a digest of its bytes: `normalize` says what
    is wrong with it."""
    try:
        batch = _BATCH.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedPayload(f"not a batch of events: {error}") from error
    account = msgspec.json.encode(batch.account)
    return [_item(bytes(event), account, batch.account) for event in batch.events]


def _item(event: bytes, account: bytes, platform_account_id: str) -> RawItem:
    payload = b'{"account":' + account + b',"event":' + event + b"}"
    return RawItem(dedup_key=_dedup_key(event), payload=payload, platform_account_id=platform_account_id)


def _dedup_key(event: bytes) -> str:
    try:
        return f"event:{_ID.decode(event).id}"
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return f"digest:{hashlib.blake2b(event, digest_size=16).hexdigest()}"
