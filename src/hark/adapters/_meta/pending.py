"""Things that a notification only told of: kept in the account's state until their content was asked for.

The message is shown at once, marked as without its text; what the platform gives later fills it. The places are few and
fixed, because the state of an account must not grow: where two things meet in one place, the earlier keeps its mark.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from hark.channels.contract import Account, AccountNotice

PREFIX = "pending_"
PLACES = 64


def ask_for(thing: str, at: datetime, **what: str | None) -> AccountNotice:
    """Asks for a look (`fetch`) and notes what to look for."""
    known = {key: value for key, value in what.items() if value}
    return AccountNotice("content_to_fetch", at, state={_place(thing): {"id": thing, **known}}, fetch=True)


def waiting(account: Account) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The places that are taken, with what was noted."""
    for place, noted in account.state.items():
        if place.startswith(PREFIX) and isinstance(noted, Mapping) and noted.get("id"):
            yield place, noted


def _place(thing: str) -> str:
    digest = hashlib.blake2b(thing.encode("utf-8", "replace"), digest_size=2).digest()
    return f"{PREFIX}{int.from_bytes(digest) % PLACES:02d}"
