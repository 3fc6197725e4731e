"""The webhook channel: anything that posts signed JSON, and takes answers the same way."""

from hark.adapters.webhook.connect import check, connect
from hark.adapters.webhook.manifest import MANIFEST
from hark.adapters.webhook.normalize import normalize
from hark.adapters.webhook.send import look_up, perform, send
from hark.adapters.webhook.signature import verify
from hark.adapters.webhook.webhook import split
from hark.channels.contract import Adapter

ADAPTER = Adapter(
    manifest=MANIFEST,
    verify=verify,
    split=split,
    normalize=normalize,
    send=send,
    perform=perform,
    look_up=look_up,
    connect=connect,
    check=check,
)

__all__ = ["ADAPTER"]
