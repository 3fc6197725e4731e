"""Files to X before the message that carries them: small pictures in one request, films and GIFs in pieces.

Nothing of this is seen by anybody until a message names the file, so every failure here may simply be tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

from hark.adapters.x.client import Api, data_of
from hark.adapters.x.errors import unreadable
from hark.adapters.x.manifest import ALT_CHARACTERS
from hark.adapters.x.prices import MEDIA_METADATA
from hark.adapters.x.wire import text_id
from hark.channels.contract import OutboundAttachment, Rejected, TryAgain
from hark.infra.http import Answer

Place = Literal["tweet", "dm"]

PIECE = 4 * 1024 * 1024
"""Bytes of one piece; X takes up to 5 MB, the form around it included."""
UPLOAD_TIMEOUT = 25.0
PATIENCE = 20.0
"""Seconds that a message waits for X to process a file; a call that sends may take 30."""
AGAIN = 15.0
_GIF = "image/gif"
_UNDER_WAY = frozenset({"pending", "in_progress"})


async def upload(api: Api, file: OutboundAttachment, place: Place) -> str:
    """The id under which a message may carry the file, for 24 hours."""
    if file.kind == "image" and file.mime_type != _GIF:
        media_id = await _at_once(api, file, f"{place}_image")
    else:
        media_id = await _in_pieces(api, file, f"{place}_gif" if file.mime_type == _GIF else f"{place}_video")
    if file.alt.strip():
        await _describe(api, media_id, file.alt.strip())
    return media_id


async def _at_once(api: Api, file: OutboundAttachment, category: str) -> str:
    answer = await api.call(
        "POST",
        "media/upload",
        purpose="upload",
        form={"media_category": category},
        files={"media": (file.name, file.content, file.mime_type)},
        timeout=UPLOAD_TIMEOUT,
    )
    return _id_of(answer)


async def _in_pieces(api: Api, file: OutboundAttachment, category: str) -> str:
    announced = {"media_type": file.mime_type, "total_bytes": len(file.content), "media_category": category}
    media_id = _id_of(await api.call("POST", "media/upload/initialize", purpose="upload", json=announced))
    for index, start in enumerate(range(0, len(file.content), PIECE)):
        piece = file.content[start : start + PIECE]
        await api.call(
            "POST",
            f"media/upload/{media_id}/append",
            purpose="upload",
            form={"segment_index": str(index)},
            files={"media": (file.name, piece, file.mime_type)},
            timeout=UPLOAD_TIMEOUT,
        )
    finished = await api.call("POST", f"media/upload/{media_id}/finalize", purpose="upload")
    await _until_processed(api, media_id, finished)
    return media_id


async def _until_processed(api: Api, media_id: str, answer: Mapping[str, Any]) -> None:
    waited = 0.0
    while (state := _processing(answer)).get("state") in _UNDER_WAY:
        pause = _pause(state)
        if waited + pause > PATIENCE:
            raise TryAgain(
                "media_processing", "X is still processing the file.", retry_after=max(pause, AGAIN)
            )
        await asyncio.sleep(pause)
        waited += pause
        query = {"command": "STATUS", "media_id": media_id}
        answer = await api.call("GET", "media/upload", purpose="upload", query=query)
    if state.get("state") == "failed":
        raise Rejected("media_refused", f"X could not use the file: {_why(state)}.")


def _processing(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """What X still does with a file; empty where it is ready."""
    info = data_of(answer).get("processing_info")
    return info if isinstance(info, dict) else {}


def _pause(state: Mapping[str, Any]) -> float:
    seconds = state.get("check_after_secs")
    return min(max(float(seconds), 0.1), 60.0) if isinstance(seconds, int | float) else 1.0


def _why(state: Mapping[str, Any]) -> str:
    error = state.get("error")
    said = error.get("message") or error.get("name") if isinstance(error, dict) else None
    return str(said or "it gave no reason")[:200].rstrip(".")


async def _describe(api: Api, media_id: str, alt: str) -> None:
    """The description for people who do not see the picture."""
    metadata = {"alt_text": {"text": alt[:ALT_CHARACTERS]}}
    body = {"id": media_id, "metadata": metadata}
    await api.call("POST", "media/metadata", purpose="upload", json=body, price=MEDIA_METADATA)


def _id_of(answer: Mapping[str, Any]) -> str:
    found = text_id(data_of(answer).get("id"))
    if found is None:
        raise unreadable(Answer(200, {}, b""), "upload")
    return found
