"""Pigeon Post: letters by pigeon, as a platform for Hark."""

from hark.channels.contract import Adapter
from hark_example.connect import check, connect
from hark_example.manifest import MANIFEST
from hark_example.normalize import normalize
from hark_example.send import send
from hark_example.webhook import split, verify

ADAPTER = Adapter(
    manifest=MANIFEST,
    verify=verify,
    split=split,
    normalize=normalize,
    send=send,
    connect=connect,
    check=check,
)

__all__ = ["ADAPTER"]
