"""Telegram by the Bot API: private chats with a bot, groups that address it, connected business accounts."""

from hark.adapters.telegram.actions import perform
from hark.adapters.telegram.connect import check, connect, subscribe
from hark.adapters.telegram.manifest import MANIFEST
from hark.adapters.telegram.media import locate_media
from hark.adapters.telegram.normalize import normalize, normalize_for
from hark.adapters.telegram.polling import listen, listens
from hark.adapters.telegram.send import send
from hark.adapters.telegram.webhook import split, verify
from hark.channels.contract import Adapter

ADAPTER = Adapter(
    manifest=MANIFEST,
    verify=verify,
    split=split,
    normalize=normalize,
    send=send,
    connect=connect,
    check=check,
    subscribe=subscribe,
    perform=perform,
    locate_media=locate_media,
    listen=listen,
    listens=listens,
    normalize_for=normalize_for,
)

__all__ = ["ADAPTER"]
