"""Who may speak to our webhook: the handshake when it is registered, the signature of every notification."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator

from hark.channels.contract import Account, BadSignature, WebhookRequest

SIGNATURE_HEADER = "x-hub-signature-256"
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)
_CHALLENGE = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
"""Meta sends a number; anything that could be markup is not given back."""


def signature_of(body: bytes, secret: str) -> str:
    """The value of the signature header that `secret` gives for these bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(request: WebhookRequest, account: Account, keys: tuple[str, ...] = ("app_secret",)) -> None:
    """Raises BadSignature unless one of the account's app secrets (`keys`), or the one before it while both are
    valid, signed these very bytes.

    Every known secret is tried each time, so that the duration does not tell which one fits.
    """
    given = _SIGNATURE.fullmatch(request.headers.get(SIGNATURE_HEADER, ""))
    if given is None:
        raise BadSignature("the signature header is missing or has another form")
    fits = False
    for key in keys:
        for secret in _valid(account, key):
            fits |= hmac.compare_digest(signature_of(request.body, secret), given.group(0))
    if not fits:
        raise BadSignature("the signature does not fit the body")


def challenge(request: WebhookRequest, account: Account) -> str | None:
    """The text to give back (as text/plain) when Meta asks whether this address is ours; None refuses."""
    query = request.query
    text = query.get("hub.challenge", "")
    if query.get("hub.mode") != "subscribe" or _CHALLENGE.fullmatch(text) is None:
        return None
    token = query.get("hub.verify_token", "").encode()
    fits = False
    for secret in _valid(account, "verify_token"):
        fits |= hmac.compare_digest(secret.encode(), token)
    return text if fits else None


def _valid(account: Account, key: str) -> Iterator[str]:
    for name in (key, f"{key}.previous"):
        secret = account.secrets.get(name)
        if secret:
            yield secret.reveal()
