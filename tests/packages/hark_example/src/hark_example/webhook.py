"""Letters arrive as `{"letters": [...]}`, sealed by HMAC-SHA256 over the body with the key of the loft."""

import hashlib
import hmac

import msgspec

from hark.channels.contract import Account, BadSignature, MalformedPayload, RawItem, WebhookRequest

SEAL = "x-pigeon-seal"


def seal(body: bytes, key: str) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def verify(request: WebhookRequest, account: Account) -> None:
    given = request.headers.get(SEAL, "").encode()
    fits = False
    for name in ("key", "key.previous"):
        secret = account.secrets.get(name)
        if secret:
            fits |= hmac.compare_digest(seal(request.body, secret.reveal()).encode(), given)
    if not fits:
        raise BadSignature("the seal does not fit the letters")


def split(body: bytes) -> list[RawItem]:
    try:
        post = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedPayload(f"not JSON: {error}") from error
    letters = post.get("letters") if isinstance(post, dict) else None
    if not isinstance(letters, list):
        raise MalformedPayload("no letters")
    return [_item(letter) for letter in letters]


def _item(letter: object) -> RawItem:
    payload = msgspec.json.encode(letter)
    ring = letter.get("ring") if isinstance(letter, dict) else None
    if isinstance(ring, str) and 0 < len(ring) < 400:
        return RawItem(f"letter:{ring}", payload)
    return RawItem(f"letter:{hashlib.blake2b(payload, digest_size=20).hexdigest()}", payload)
