"""hark export."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from hark.cli.common import Where, note, opened, run


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
            with _output(file) as out, _progress() as progress:
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


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar per kind of rows, on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

    bars: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:

        def show(kind: str, done: int, total: int) -> None:
            if kind not in bars:
                bars[kind] = progress.add_task(kind, total=total)
            progress.update(bars[kind], completed=done)

        yield show
