"""Google Business Profile: the reviews of a location, and the business's answers."""

from hark.adapters.googlereviews.connect import check, connect, subscribe
from hark.adapters.googlereviews.fetch import fetch_page
from hark.adapters.googlereviews.manifest import MANIFEST
from hark.adapters.googlereviews.normalize import normalize
from hark.adapters.googlereviews.send import look_up, perform, send
from hark.adapters.googlereviews.tokens import AUTHORIZATION, refresh
from hark.adapters.googlereviews.webhook import split, verify
from hark.channels.contract import Adapter

ADAPTER = Adapter(
    manifest=MANIFEST,
    verify=verify,
    split=split,
    normalize=normalize,
    send=send,
    perform=perform,
    look_up=look_up,
    fetch_page=fetch_page,
    connect=connect,
    subscribe=subscribe,
    check=check,
    refresh=refresh,
    authorization=AUTHORIZATION,
)

__all__ = ["ADAPTER"]
