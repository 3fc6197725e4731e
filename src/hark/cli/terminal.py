"""What all commands share: the settings they take, how they print, how errors end them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from cyclopts import Parameter

if TYPE_CHECKING:
    from hark.flows.context import Hark
    from hark.infra.settings import Settings

T = TypeVar("T")

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, for programs.")]


@Parameter(name="*")
@dataclass(frozen=True)
class Where:
    """Which Hark a command is about.

    Parameters
    ----------
    data
        Folder with Hark's data (HARK_DATA, otherwise ./data).
    database_url
        A PostgreSQL of your own instead of the one in the data folder (HARK_DATABASE_URL).
    config
        TOML file with settings (HARK_CONFIG, otherwise ./hark.toml or the data folder's).
    """

    data: Path | None = None
    database_url: str | None = None
    config: Path | None = None

    def settings(self, **overrides: Any) -> Settings:
        from hark.infra.settings import load_settings

        given = {"data": self.data, "database_url": self.database_url, **overrides}
        return load_settings(toml_path=self.config, overrides=given)


@asynccontextmanager
async def opened(where: Where) -> AsyncIterator[Hark]:
    """Hark's parts for the time of a command: with the running database, or one started for it."""
    from hark.bootstrap.compose import open_hark
    from hark.bootstrap.database import command_database

    settings = as_running(where.settings())
    quiet(settings)
    async with command_database(settings) as url, open_hark(settings, url) as hark:
        yield hark


def as_running(settings: Settings) -> Settings:
    """With the port of the Hark that runs on the data folder, so that addresses in the results are right."""
    import msgspec

    from hark.bootstrap.data_folder import port_of_running

    port = port_of_running(settings.data) if settings.embedded else None
    return settings if port is None else msgspec.structs.replace(settings, port=port)


def quiet(settings: Settings) -> None:
    """Commands print their results; of the log only what went wrong."""
    import msgspec

    from hark.infra.telemetry import configure_logging

    configure_logging(msgspec.structs.replace(settings, log_level="error"))


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def put(text: str = "") -> None:
    """A line of result, on standard output."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """A line beside the result, on standard error."""
    sys.stderr.write(f"{text}\n")


def put_json(value: Any) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def put_table(columns: list[str], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    Console(soft_wrap=True).print(table)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
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
