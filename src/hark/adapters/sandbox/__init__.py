"""The sandbox network: a made-up platform with every ability, so that Hark can be tried without any
account."""

from hark.adapters.sandbox.connect import check, connect, subscribe
from hark.adapters.sandbox.fetch import fetch_page, fetch_post, fetch_profile, list_templates, locate_media
from hark.adapters.sandbox.manifest import MANIFEST
from hark.adapters.sandbox.normalize import normalize
from hark.adapters.sandbox.send import look_up, perform, send
from hark.adapters.sandbox.webhook import challenge, split, verify
from hark.channels.contract import Adapter

ADAPTER = Adapter(
    manifest=MANIFEST,
    verify=verify,
    split=split,
    normalize=normalize,
    send=send,
    connect=connect,
    check=check,
    challenge=challenge,
    subscribe=subscribe,
    perform=perform,
    look_up=look_up,
    fetch_page=fetch_page,
    locate_media=locate_media,
    fetch_profile=fetch_profile,
    fetch_post=fetch_post,
    list_templates=list_templates,
)

__all__ = ["ADAPTER"]
