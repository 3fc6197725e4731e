"""Signatures of both directions: HMAC-SHA256 over time and body, as `t=<seconds>,v1=<hex>[,v1=<hex>]`. The time is signed
too, so that a request cannot be repeated later by somebody who overheard it."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime

from hark.channels.contract import Account, BadSignature, WebhookRequest
from hark.kernel.clock import utc_now

HEADER = "x-hark-signature"
TOLERANCE = 300
"""Seconds that the sender's clock may be off, either way."""
_FORM = re.compile(r"t=(\d{1,12})((?:,v1=[0-9a-f]{64}){1,4})", re.ASCII)


def signed(body: bytes, seconds: int, *secrets: str) -> str:
    """The header's value. While a secret changes, one signature for each that is valid."""
    return f"t={seconds}" + "".join(f",v1={digest(body, seconds, secret)}" for secret in secrets)


def digest(body: bytes, seconds: int, secret: str) -> str:
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


def secrets_of(account: Account) -> list[str]:
    """The valid ones, the newest first."""
    found = (account.secrets.get(key) for key in ("signing_secret", "signing_secret.previous"))
    return [secret.reveal() for secret in found if secret]


def verify(request: WebhookRequest, account: Account) -> None:
    verify_at(request, account, utc_now())


def verify_at(request: WebhookRequest, account: Account, now: datetime) -> None:
    """Raises BadSignature unless a valid secret signed these very bytes within five minutes of `now`. Every known secret
    is tried each time, so that the duration does not tell which one fits."""
    given = _FORM.fullmatch(request.headers.get(HEADER, ""))
    if given is None:
        raise BadSignature("the signature header is missing or has another form")
    seconds = int(given.group(1))
    if abs(now.timestamp() - seconds) > TOLERANCE:
        raise BadSignature("the signature is older or newer than five minutes")
    fits = False
    for secret in secrets_of(account):
        expected = digest(request.body, seconds, secret)
        for signature in given.group(2).split(",v1=")[1:]:
            fits |= hmac.compare_digest(expected, signature)
    if not fits:
        raise BadSignature("the signature does not fit the body")
