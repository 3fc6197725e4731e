"""`hark export`: all data of a workspace as JSON lines, from one consistent look at the database. Never a
secret.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import msgspec

from hark.bootstrap.repository import EXPORT_COUNTS, EXPORTED_FILES, EXPORTS, ExportedRow
from hark.flows.context import Hark
from hark.infra.db import Connection, Statement
from hark.kernel.errors import NotFound
from hark.workspaces.founding import first_workspace

Progress = Callable[[str, int, int], None]
"""Called with the kind of rows, how many are written, how many there are."""


async def export(hark: Hark, workspace_id: UUID, out: BinaryIO, progress: Progress) -> int:
    """Writes one JSON object `{"type", "data"}` per line; gives the number of lines."""
    lines = 0
    encoder = msgspec.json.Encoder()
    async with hark.db.connection() as connection:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            if await EXPORT_COUNTS["workspace"].value(connection, workspace_id) == 0:
                raise NotFound(f"There is no workspace {workspace_id}.")
            for table, statement in EXPORTS.items():
                total: int = await EXPORT_COUNTS[table].value(connection, workspace_id)
                written = 0
                async for row in _stream(connection, statement, workspace_id):
                    out.write(encoder.encode(row) + b"\n")
                    written += 1
                    if written % 500 == 0:
                        progress(table, written, total)
                progress(table, written, total)
                lines += written
    return lines


async def export_files(hark: Hark, workspace_id: UUID, folder: Path, progress: Progress) -> int:
    """Copies the stored files under their keys, which the exported attachments name."""
    async with hark.db.connection() as connection:
        keys = [row[0] for row in await EXPORTED_FILES.all(connection, workspace_id)]
    for number, key in enumerate(keys, 1):
        target = folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(await hark.blobs.get(key))
        progress("files", number, len(keys))
    return len(keys)


async def _stream(
    connection: Connection, statement: Statement[ExportedRow], workspace_id: UUID
) -> AsyncIterator[ExportedRow]:
    async for record in connection.cursor(statement.text, workspace_id, prefetch=500):
        yield ExportedRow(*record)


async def export_workspace(
    hark: Hark, workspace_id: UUID | None, out: BinaryIO, files: Path | None, progress: Progress
) -> tuple[int, int]:
    """The whole export of a workspace (the first one where none is named): lines written, files copied."""
    if workspace_id is None:
        async with hark.db.connection() as connection:
            workspace = await first_workspace(connection)
        if workspace is None:
            raise NotFound("There is no workspace yet: start Hark once with `hark serve`.")
        workspace_id = workspace.id
    lines = await export(hark, workspace_id, out, progress)
    copied = await export_files(hark, workspace_id, files, progress) if files else 0
    return lines, copied
