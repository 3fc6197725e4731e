"""Files of received messages: a file id becomes an address that is good for an hour."""

from __future__ import annotations

from hark.adapters.telegram.client import call, file_address
from hark.adapters.telegram.manifest import MAX_DOWNLOAD_BYTES
from hark.adapters.telegram.payloads import FileInfo
from hark.channels.contract import Account, MediaRequest, Rejected
from hark.infra.http import GuardedHttp


async def locate_media(file_id: str, account: Account, http: GuardedHttp) -> MediaRequest:
    """The address contains the bot's token: fetch it at once and keep it nowhere."""
    info = await call(http, account, "getFile", {"file_id": file_id}, FileInfo)
    if (info.file_size or 0) > MAX_DOWNLOAD_BYTES:
        raise Rejected("file_too_big", "Telegram lets bots fetch files of up to 20 MB.")
    path = info.file_path
    if not path or path.startswith("/") or ".." in path.split("/"):
        # A Bot API server of one's own in local mode names files on its disk.
        raise Rejected("file_gone", "Telegram gave no address for this file.")
    return MediaRequest(url=file_address(account, path), max_bytes=MAX_DOWNLOAD_BYTES)
