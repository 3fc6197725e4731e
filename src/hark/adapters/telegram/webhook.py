"""What Telegram posts: the secret header checked, the body taken apart. The body names neither the bot nor
the account."""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from hark.channels.contract import Account, BadSignature, MalformedPayload, RawItem, WebhookRequest

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name


class _Numbered(msgspec.Struct):
    update_id: int


_NUMBERED = msgspec.json.Decoder(_Numbered)


def verify(request: WebhookRequest, account: Account) -> None:
    """The header must be the secret given to `setWebhook`, now or before the last rotation. There is no
    signature of the body."""
    given = request.headers.get(SECRET_HEADER, "").encode()
    genuine = False
    for key in ("webhook_secret", "webhook_secret.previous"):
        secret = account.secrets.get(key)
        if secret:
            genuine |= hmac.compare_digest(given, secret.reveal().encode())
    if not genuine:
        raise BadSignature("the secret token header is missing or wrong")


def split(body: bytes) -> list[RawItem]:
    """One update per body; a list of updates, as `getUpdates` gives it, is taken as well."""
    try:
        if not body.lstrip(b" \t\r\n").startswith(b"["):
            return [_item(body)]
        return [_item(bytes(update)) for update in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedPayload(f"not JSON: {error}") from error


def _item(update: bytes) -> RawItem:
    """`update_id` is unique per bot for far longer than Telegram repeats (24 h). What has none is known by
    its content."""
    try:
        key = str(_NUMBERED.decode(update).update_id)
    except msgspec.ValidationError:
        key = "sha256:" + hashlib.sha256(update).hexdigest()
    return RawItem(dedup_key=key, payload=update)
