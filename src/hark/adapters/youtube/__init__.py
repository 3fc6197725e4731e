"""YouTube channels: the comments under their videos."""

from hark.adapters.youtube.connect import AUTHORIZATION, check, connect, refresh
from hark.adapters.youtube.history import fetch_page
from hark.adapters.youtube.manifest import MANIFEST
from hark.adapters.youtube.normalize import normalize
from hark.adapters.youtube.post import fetch_post
from hark.adapters.youtube.send import look_up, perform, send
from hark.adapters.youtube.split import split
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
    fetch_post=fetch_post,
    connect=connect,
    check=check,
    refresh=refresh,
    authorization=AUTHORIZATION,
)

__all__ = ["ADAPTER"]
