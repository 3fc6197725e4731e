"""Facebook Pages: Messenger, comments, visitors' posts, mentions and reviews."""

from hark.adapters.facebook.act import perform
from hark.adapters.facebook.authorize import AUTHORIZATION
from hark.adapters.facebook.connect import check, connect, subscribe
from hark.adapters.facebook.history import fetch_page
from hark.adapters.facebook.lookup import look_up
from hark.adapters.facebook.manifest import MANIFEST
from hark.adapters.facebook.normalize import normalize
from hark.adapters.facebook.posts import fetch_post
from hark.adapters.facebook.profile import fetch_profile
from hark.adapters.facebook.send import send
from hark.adapters.facebook.webhook import challenge, split, verify
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
    authorization=AUTHORIZATION,
    connect=connect,
    subscribe=subscribe,
    check=check,
)

__all__ = ["ADAPTER"]
