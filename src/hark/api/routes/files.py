"""Uploads, and the files of messages."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from hark.api.bounds import MULTIPART
from hark.flows.context import Hark
from hark.inbox.files import repository
from hark.inbox.files.rows import StoredFile
from hark.inbox.files.sniff import SHOWN_INLINE, UNKNOWN, make_thumbnail, sniff
from hark.inbox.models import Attachment
from hark.kernel.errors import Invalid, NotFound, TooLarge
from hark.kernel.ids import new_id
from hark.kernel.text import storable
from hark.workspaces.rights import Actor

LONGEST_NAME = 200
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@post(
    "/api/v1/uploads",
    right="conversations:write",
    accepts=MULTIPART,
    tags=["files"],
    operation_id="upload",
    request_max_body_size=2048 * 1024 * 1024,
)
async def upload(
    request: Request[Any, Any, Any], hark: NamedDependency[Hark], actor: NamedDependency[Actor]
) -> Attachment:
    """Takes one file (form field `file`) to be attached to a reply. What it is, its bytes decide."""
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile):
        raise Invalid("The form needs a file in the field `file`.", fields={"file": "is missing"})
    content = await file.read()
    _check_size(len(content), hark.settings.upload_max_mb)
    sniffed = await sniff(content)
    small = await make_thumbnail(content) if sniffed.kind == "image" else None
    now = hark.clock()
    upload_id = new_id(now)
    key = f"{actor.workspace_id}/{upload_id}"
    await hark.blobs.put(key, content, sniffed.mime_type)
    if small is not None:
        await hark.blobs.put(f"{key}-thumbnail", small, "image/webp")
    async with hark.db.transaction() as connection:
        await repository.INSERT_UPLOAD.run(
            connection,
            actor.workspace_id,
            upload_id,
            sniffed.kind,
            file_name(file.filename),
            sniffed.mime_type,
            len(content),
            sniffed.width,
            sniffed.height,
            key,
            None if small is None else f"{key}-thumbnail",
            actor.user_id,
            now,
        )
        row = await repository.FIND_ATTACHMENT.one(connection, actor.workspace_id, upload_id)
    shown = msgspec.structs.asdict(row)
    del shown["message_id"]
    return Attachment(**shown)


@get(
    "/api/v1/attachments/{attachment_id:uuid}/content",
    right="conversations:read",
    tags=["files"],
    operation_id="getAttachmentContent",
    media_type=UNKNOWN,
)
async def content(
    request: Request[Any, Any, Any],
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    attachment_id: FromPath[UUID],
) -> Response[bytes]:
    """The file. Pictures, sound and films that a browser can show safely are shown, all else is downloaded."""
    file = await _find(hark, actor, attachment_id)
    if file.blob_key is None:
        raise NotFound("There is no such file.")
    body = await hark.blobs.get(file.blob_key)
    return _partly(request.headers.get("range"), body, _headers(file))


@get(
    "/api/v1/attachments/{attachment_id:uuid}/thumbnail",
    right="conversations:read",
    tags=["files"],
    operation_id="getAttachmentThumbnail",
    media_type="image/webp",
)
async def thumbnail(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], attachment_id: FromPath[UUID]
) -> Response[bytes]:
    """A small WebP of a picture."""
    file = await _find(hark, actor, attachment_id)
    if file.thumbnail_key is None:
        raise NotFound("There is no such picture.")
    body = await hark.blobs.get(file.thumbnail_key)
    return Response(
        body, media_type="image/webp", headers={"cache-control": "private, max-age=86400, immutable"}
    )


def file_name(given: str | None) -> str:
    """The last part of a name, without what could be a path or steer a terminal."""
    last = PurePosixPath((given or "").replace("\\", "/")).name
    clean = "".join(char for char in storable(last) if char.isprintable()).strip(". ")
    return clean[-LONGEST_NAME:] or "file"


def _check_size(size: int, megabytes: int) -> None:
    if size > megabytes * 1024 * 1024:
        raise TooLarge(f"A file may have {megabytes} MiB.", maximum=megabytes * 1024 * 1024)
    if size == 0:
        raise Invalid("The file is empty.", fields={"file": "is empty"})


async def _find(hark: Hark, actor: Actor, attachment_id: UUID) -> StoredFile:
    async with hark.db.connection() as connection:
        file = await repository.FIND_FILE.find(connection, actor.workspace_id, attachment_id)
    if file is None:
        raise NotFound("There is no such file.")
    return file


def _headers(file: StoredFile) -> dict[str, str]:
    inline = file.mime_type in SHOWN_INLINE
    name = file_name(file.name)
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    shown = "inline" if inline else "attachment"
    return {
        "content-type": file.mime_type if inline and file.mime_type else UNKNOWN,
        "content-disposition": f"{shown}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "private, max-age=86400, immutable",
        "accept-ranges": "bytes",
    }


def _partly(asked: str | None, body: bytes, headers: dict[str, str]) -> Response[bytes]:
    """One range where a player asks for it; anything else gets the whole."""
    kind = headers.pop("content-type")
    found = _RANGE.fullmatch(asked or "")
    if found is None or not (found[1] or found[2]):
        return Response(body, media_type=kind, headers=headers)
    first = int(found[1]) if found[1] else max(0, len(body) - int(found[2]))
    last = min(int(found[2]), len(body) - 1) if found[1] and found[2] else len(body) - 1
    if first > last:
        return Response(
            b"", status_code=416, media_type=kind, headers=headers | {"content-range": f"bytes */{len(body)}"}
        )
    span = {"content-range": f"bytes {first}-{last}/{len(body)}"}
    return Response(body[first : last + 1], status_code=206, media_type=kind, headers=headers | span)


HANDLERS: list[Any] = [upload, content, thumbnail]
