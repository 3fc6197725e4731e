"""Mastodon: direct messages, replies under the account's posts, and mentions, on any server."""

from hark.adapters.mastodon.actions import perform
from hark.adapters.mastodon.authorization import AUTHORIZATION
from hark.adapters.mastodon.connect import check, connect
from hark.adapters.mastodon.context import fetch_post, fetch_profile
from hark.adapters.mastodon.items import split
from hark.adapters.mastodon.listening import listen
from hark.adapters.mastodon.lookup import look_up
from hark.adapters.mastodon.manifest import MANIFEST
from hark.adapters.mastodon.normalize import normalize
from hark.adapters.mastodon.reading import fetch_page
from hark.adapters.mastodon.send import send
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
    connect=connect,
    check=check,
    listen=listen,
    authorization=AUTHORIZATION,
)

__all__ = ["ADAPTER"]
