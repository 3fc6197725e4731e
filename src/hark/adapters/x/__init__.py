"""X: direct messages, mentions, quotes and replies."""

from hark.adapters.x.act import perform
from hark.adapters.x.check import check
from hark.adapters.x.connect import connect
from hark.adapters.x.fetch import fetch_page
from hark.adapters.x.listen import listen, listens
from hark.adapters.x.lookup import look_up
from hark.adapters.x.manifest import MANIFEST
from hark.adapters.x.normalize import normalize
from hark.adapters.x.reading import fetch_post, fetch_profile, locate_media
from hark.adapters.x.send import send
from hark.adapters.x.split import split
from hark.adapters.x.subscribe import subscribe
from hark.adapters.x.tokens import AUTHORIZATION, refresh
from hark.adapters.x.webhook import challenge, verify
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
    fetch_profile=fetch_profile,
    fetch_post=fetch_post,
    locate_media=locate_media,
    connect=connect,
    subscribe=subscribe,
    check=check,
    listen=listen,
    listens=listens,
    refresh=refresh,
    authorization=AUTHORIZATION,
)

__all__ = ["ADAPTER"]
