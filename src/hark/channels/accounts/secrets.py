"""An account's secrets at rest, and their rotation: the value before stays valid for a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from hark.infra.secrets import SecretBox
from hark.kernel.secrets import Secret

PREVIOUS = ".previous"
UNTIL = ".previous_until"
OVERLAP = timedelta(hours=24)
"""How long a platform may go on signing with the secret from before."""


def open_secrets(box: SecretBox, sealed: bytes, now: datetime) -> dict[str, Secret]:
    """The secrets that are valid now, previous ones under `<key>.previous`."""
    opened = box.open(sealed)
    valid = {key: value for key, value in opened.items() if not key.endswith((PREVIOUS, UNTIL))}
    for key in tuple(valid):
        until = opened.get(key + UNTIL)
        if until is not None and datetime.fromisoformat(until.reveal()) > now:
            valid[key + PREVIOUS] = opened[key + PREVIOUS]
    return valid


def rotate_secrets(box: SecretBox, sealed: bytes, changed: Mapping[str, str], now: datetime) -> bytes:
    """The secrets with some of them changed. Keys that are not in `changed` stay as they are."""
    stored = {key: value.reveal() for key, value in box.open(sealed).items()}
    for key, value in changed.items():
        before = stored.get(key)
        if before is not None and before != value:
            stored[key + PREVIOUS] = before
            stored[key + UNTIL] = (now + OVERLAP).isoformat()
        stored[key] = value
    return box.seal(stored)


def replace_secrets(box: SecretBox, sealed: bytes, changed: Mapping[str, str]) -> bytes:
    """The secrets with some of them changed and nothing of them kept: tokens are used only by us, so the ones from
    before are of no use to anybody who is honest."""
    stored = {key: value.reveal() for key, value in box.open(sealed).items()}
    gone = {key + suffix for key in changed for suffix in (PREVIOUS, UNTIL)}
    kept = {key: value for key, value in stored.items() if key not in gone}
    return box.seal(kept | dict(changed))
