"""WhatsApp numbers on the Cloud API."""

from hark.adapters.whatsapp.authorize import AUTHORIZATION
from hark.adapters.whatsapp.connect import check, connect, refresh, subscribe
from hark.adapters.whatsapp.manifest import MANIFEST
from hark.adapters.whatsapp.media import locate_media
from hark.adapters.whatsapp.normalize import normalize
from hark.adapters.whatsapp.send import perform, send
from hark.adapters.whatsapp.templates import list_templates
from hark.adapters.whatsapp.webhook import challenge, split, verify
from hark.channels.contract import Adapter

ADAPTER = Adapter(
    manifest=MANIFEST,
    verify=verify,
    challenge=challenge,
    split=split,
    normalize=normalize,
    send=send,
    perform=perform,
    locate_media=locate_media,
    list_templates=list_templates,
    connect=connect,
    subscribe=subscribe,
    check=check,
    refresh=refresh,
    authorization=AUTHORIZATION,
)

__all__ = ["ADAPTER"]
