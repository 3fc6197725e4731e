"""Instagram professional accounts: direct messages, comments, live comments and mentions, by both logins."""

from hark.adapters.instagram.act import perform
from hark.adapters.instagram.authorize import AUTHORIZATION, refresh
from hark.adapters.instagram.connect import check, connect, subscribe
from hark.adapters.instagram.history import fetch_page
from hark.adapters.instagram.lookup import look_up
from hark.adapters.instagram.manifest import MANIFEST
from hark.adapters.instagram.normalize import normalize
from hark.adapters.instagram.posts import fetch_post
from hark.adapters.instagram.profile import fetch_profile
from hark.adapters.instagram.send import send
from hark.adapters.instagram.webhook import challenge, split, verify
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
    connect=connect,
    subscribe=subscribe,
    check=check,
    refresh=refresh,
    authorization=AUTHORIZATION,
)

__all__ = ["ADAPTER"]
