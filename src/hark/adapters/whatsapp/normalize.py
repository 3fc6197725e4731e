"""Raw item to inbound events: pure, and total over what WhatsApp sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from hark.adapters.whatsapp.messages import from_message
from hark.adapters.whatsapp.payloads import Envelope, Kind
from hark.adapters.whatsapp.reports import (
    from_call,
    from_change,
    from_id_update,
    from_preference,
    from_status,
)
from hark.channels.contract import InboundEvent, Unrecognized

Reader = Callable[[Envelope, datetime], list[InboundEvent]]

_READERS: Mapping[Kind, Reader] = {
    "message": from_message,
    "echo": from_message,
    "standby": from_message,
    "history": from_message,
    "history_file": from_message,
    "status": from_status,
    "call": from_call,
    "call_status": from_status,
    "preference": from_preference,
    "id_update": from_id_update,
    "change": from_change,
}
_DECODER = msgspec.json.Decoder(Envelope)


def normalize(payload: bytes, received_at: datetime) -> list[InboundEvent]:
    """The events of one raw item. Raises Unrecognized for what has no form that this adapter knows."""
    try:
        envelope = _DECODER.decode(payload)
        return _READERS[envelope.kind](envelope, received_at)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise Unrecognized(f"the item has an unknown form: {error}") from error
