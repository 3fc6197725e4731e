"""The data folder belongs to one Hark at a time."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from types import TracebackType

from hark.infra.problems import CannotStart

LOCK_FILE = "hark.lock"


class DataFolderBusy(CannotStart):
    """Another Hark runs on this data folder."""


class DataFolderLock:
    """Held for as long as the process lives; the system lets go of it when the process is killed."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """`port` is where this Hark answers, for those who find the folder taken."""
        self._folder = folder
        self._port = port
        self._descriptor: int | None = None

    def __enter__(self) -> DataFolderLock:
        path = self._folder / LOCK_FILE
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Not inherited by PostgreSQL, which outlives a killed Hark and would keep the lock.
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = (path.read_text("ascii", "replace").split() or ["unknown"])[0]
            self._close()
            raise DataFolderBusy(
                f"Hark runs on the data folder {self._folder} already (process {holder}): use that one, "
                "stop it, or "
                "choose another folder with --data."
            ) from error
        except OSError as error:
            why = "read-only" if error.errno == errno.EROFS else error.strerror
            raise CannotStart(f"The data folder {self._folder} cannot be used: {why}.") from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()} {self._port or ''}\n".encode())
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def port_of_running(folder: Path) -> int | None:
    """Where the Hark answers that runs on the folder; None when none does."""
    try:
        with (folder / LOCK_FILE).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int([*file.read().split(), "", ""][1] or 0) or None
    except (OSError, ValueError):
        pass
    return None
