"""Raw item to inbound events: pure, and total over what Instagram sends."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hark.adapters._meta.messaging import from_messaging
from hark.adapters._meta.payloads import Envelope
from hark.adapters.instagram.comments import from_change
from hark.adapters.instagram.manifest import NAME
from hark.channels.contract import InboundEvent, Unrecognized


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    """The events of one raw item. Raises Unrecognized for what no version of this adapter has been told about."""
    try:
        envelope = msgspec.json.decode(payload, type=Envelope)
        if envelope.channel == "changes":
            return from_change(envelope, received_at)
        return from_messaging(envelope, received_at, NAME)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unrecognized(f"the item has an unknown form: {error}") from error
