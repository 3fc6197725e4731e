"""Who may speak to our webhook: X's challenge, and the signature of every delivery.

Challenge and signature are the same function of the same key: base64 of HMAC-SHA256. Whoever asks us for a challenge
therefore gets the signature of what they ask with. So a challenge may only hold signs that no JSON object can be made of.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from hark.channels.contract import Account, BadSignature, WebhookRequest

SIGNATURE_HEADER = "x-twitter-webhooks-signature"
OAUTH2_SIGNATURE_HEADER = "x-twitter-webhooks-signature-oauth2"
"""Not on an official page; seen by several developers since autumn 2026 for apps that have OAuth 2 keys."""

_KEYS = {SIGNATURE_HEADER: "consumer_secret", OAUTH2_SIGNATURE_HEADER: "client_secret"}
_TOKEN = re.compile(r"[A-Za-z0-9+/_=.-]{1,256}", re.ASCII)
_SIGNATURE = re.compile(r"sha256=[A-Za-z0-9+/]{43}=", re.ASCII)


def signature_of(body: bytes, secret: str) -> str:
    """The value of the signature header that `secret` gives for these bytes."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(digest).decode()


def challenge(request: WebhookRequest, account: Account) -> str | None:
    """The JSON text that proves to X that the address is ours; None refuses."""
    token = request.query.get("crc_token", "")
    secret = account.secrets.get("consumer_secret") or account.secrets.get("client_secret")
    if not _TOKEN.fullmatch(token) or not secret or not secret.reveal():
        return None
    return f'{{"response_token":"{signature_of(token.encode(), secret.reveal())}"}}'


def verify(request: WebhookRequest, account: Account) -> None:
    """Raises BadSignature unless one of the two headers fits these very bytes.

    Every known secret of each header is tried, so that the time taken does not tell which one fits.
    """
    fits = False
    for header, key in _KEYS.items():
        given = request.headers.get(header, "")
        if not _SIGNATURE.fullmatch(given):
            continue
        for secret in _valid(account, key):
            fits |= hmac.compare_digest(signature_of(request.body, secret), given)
    if not fits:
        raise BadSignature("no signature fits the body")


def _valid(account: Account, key: str) -> list[str]:
    """The secret, and the one before it while both are valid."""
    found = (account.secrets.get(name) for name in (key, f"{key}.previous"))
    return [secret.reveal() for secret in found if secret is not None and secret.reveal()]
