"""Bluesky: direct messages, replies under the account's posts, mentions and quotes."""

from hark.adapters.bluesky.actions import perform
from hark.adapters.bluesky.connect import check, connect
from hark.adapters.bluesky.context import fetch_post, fetch_profile, locate_media
from hark.adapters.bluesky.items import split
from hark.adapters.bluesky.listening import listen, listens
from hark.adapters.bluesky.lookup import look_up
from hark.adapters.bluesky.manifest import MANIFEST
from hark.adapters.bluesky.normalize import normalize
from hark.adapters.bluesky.reading import fetch_page
from hark.adapters.bluesky.send import send
from hark.adapters.bluesky.session import refresh
from hark.channels.contract import Adapter, no_webhook

ADAPTER = Adapter(
    manifest=MANIFEST,
    verify=no_webhook,
    split=split,
    normalize=normalize,
    send=send,
    perform=perform,
    look_up=look_up,
    fetch_page=fetch_page,
    fetch_profile=fetch_profile,
    fetch_post=fetch_post,
    locate_media=locate_media,
    connect=connect,
    check=check,
    listen=listen,
    listens=listens,
    refresh=refresh,
)

__all__ = ["ADAPTER"]
