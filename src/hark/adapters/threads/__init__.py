"""Threads profiles: replies and mentions."""

from hark.adapters.threads.act import perform
from hark.adapters.threads.connect import AUTHORIZATION, check, connect, refresh
from hark.adapters.threads.history import fetch_page
from hark.adapters.threads.lookup import look_up
from hark.adapters.threads.manifest import MANIFEST
from hark.adapters.threads.normalize import normalize
from hark.adapters.threads.posts import fetch_post
from hark.adapters.threads.send import send
from hark.adapters.threads.webhook import challenge, split, verify
from hark.channels.contract import Adapter

ADAPTER = Adapter(
    manifest=MANIFEST,
    verify=verify,
    challenge=challenge,
    split=split,
    normalize=normalize,
    send=send,
    perform=perform,
    look_up=look_up,
    fetch_page=fetch_page,
    fetch_post=fetch_post,
    connect=connect,
    check=check,
    refresh=refresh,
    authorization=AUTHORIZATION,
)

__all__ = ["ADAPTER"]
