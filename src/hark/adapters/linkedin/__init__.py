"""LinkedIn pages: comments on their posts, and posts that mention them."""

from hark.adapters.linkedin.connect import check, connect, subscribe
from hark.adapters.linkedin.fetch import fetch_page
from hark.adapters.linkedin.lookup import look_up
from hark.adapters.linkedin.manifest import MANIFEST
from hark.adapters.linkedin.normalize import normalize
from hark.adapters.linkedin.post import fetch_post, fetch_profile
from hark.adapters.linkedin.send import perform, send
from hark.adapters.linkedin.tokens import AUTHORIZATION, refresh
from hark.adapters.linkedin.webhook import challenge, split, verify
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
    fetch_profile=fetch_profile,
    connect=connect,
    subscribe=subscribe,
    check=check,
    refresh=refresh,
    authorization=AUTHORIZATION,
)

__all__ = ["ADAPTER"]
