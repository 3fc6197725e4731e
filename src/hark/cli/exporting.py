"""hark export."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from hark.cli.terminal import Where, note, opened, progress_bars, run


def export(
    file: Path = Path("-"),
    /,
    *,
    workspace: UUID | None = None,
    files: Path | None = None,
    where: Where | None = None,
) -> None:
    """Write all data of a workspace as JSON lines: one object with `type` and `data` each, never a secret.

    Parameters
    ----------
    file
        Where to; - for standard output.
    workspace
        The workspace's id; the first one otherwise.
    files
        Folder to copy the files of messages to.
    """
    from hark.bootstrap.exporting import export_workspace

    async def work() -> tuple[int, int]:
        async with opened(where or Where()) as hark:
            with _output(file) as out, progress_bars() as progress:
                return await export_workspace(hark, workspace, out, files, progress)

    lines, copied = run(work())
    note(f"Exported {lines} rows{f' and {copied} files' if files else ''}.")


@contextlib.contextmanager
def _output(file: Path) -> Iterator[BinaryIO]:
    """A file appears under its name only when it is complete."""
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    beside = file.with_name(file.name + ".part")
    with beside.open("wb") as out:
        yield cast("BinaryIO", out)
    beside.replace(file)
