"""Files of customers: their address is asked for by id, works for five minutes, and wants the token."""

from __future__ import annotations

from hark.adapters.whatsapp.client import cloud_of
from hark.adapters.whatsapp.manifest import LARGEST_FILE
from hark.channels.contract import Account, MediaRequest, Rejected
from hark.infra.http import GuardedHttp


async def locate_media(file_id: str, account: Account, http: GuardedHttp) -> MediaRequest:
    """Where the file is now. Raises Rejected for one that WhatsApp no longer has (after 7 days)."""
    cloud = cloud_of(account, http)
    answer = await cloud.get(file_id, phone_number_id=account.platform_account_id)
    url = answer.get("url")
    if not isinstance(url, str) or not url:
        raise Rejected("no_address", "WhatsApp gives no address for this file.")
    return MediaRequest(
        url=url,
        headers={"authorization": f"Bearer {cloud.token.reveal()}"},
        max_bytes=LARGEST_FILE,
    )
