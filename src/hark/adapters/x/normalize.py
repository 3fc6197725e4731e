"""Raw item to inbound events: pure, and total over what X sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from hark.adapters.x.direct import from_dm, from_dm_event
from hark.adapters.x.others import (
    from_chat,
    from_delete,
    from_like,
    from_read,
    from_replay,
    from_revoke,
    from_typing,
    from_unknown,
)
from hark.adapters.x.payloads import Known
from hark.adapters.x.tweets import from_tweet
from hark.adapters.x.v2posts import from_post
from hark.channels.contract import InboundEvent, Unrecognized

_READERS: Mapping[str, Callable[[Known, datetime], list[InboundEvent]]] = {
    "dm": from_dm,
    "dm_event": from_dm_event,
    "tweet": from_tweet,
    "post": from_post,
    "delete": from_delete,
    "like": from_like,
    "read": from_read,
    "typing": from_typing,
    "chat": from_chat,
    "revoke": from_revoke,
    "replay": from_replay,
    "unknown": from_unknown,
}
_KNOWN = msgspec.json.Decoder(Known)


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    """The events of one raw item. Raises Unrecognized for what no version of this adapter has been told about."""
    try:
        known = _KNOWN.decode(payload)
        reader = _READERS.get(known.form)
        if reader is None:
            raise Unrecognized(f"an item of the unknown form {known.form[:80]!r}")
        return reader(known, received_at)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unrecognized(f"the item has an unknown form: {error}") from error
