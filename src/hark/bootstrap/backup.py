"""`hark backup` and `hark restore`: database, files and key in one archive."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from hark import __version__
from hark.bootstrap import repository
from hark.bootstrap.compose import open_hark
from hark.bootstrap.database import command_database
from hark.infra.blobs import Blobs, open_blobs
from hark.infra.dumps import dump, restore
from hark.infra.migrations import known_versions, migrate, schema_version
from hark.infra.problems import CannotStart, SchemaTooNew
from hark.infra.secrets import KEY_FILE
from hark.infra.settings import Settings
from hark.kernel.clock import utc_now
from hark.kernel.errors import NotFound

Progress = Callable[[str, int, int], None]

_ABOUT, _DUMP, _FILES = "about.json", "database.dump", "blobs/"


class About(msgspec.Struct, frozen=True):
    """The first entry of an archive: what made it. `has_key` is false where the key comes from
    HARK_SECRET_KEY.
    """

    hark: str
    schema: str
    files: int
    has_key: bool


async def back_up(settings: Settings, archive: Path, progress: Progress) -> About:
    """Writes the archive, readable for its owner only; a Hark that is running goes on. It appears under its
    name when it is complete."""
    beside = archive.with_name(archive.name + ".part")
    key = settings.data / KEY_FILE
    async with command_database(settings, migrating=False) as url, open_hark(settings, url) as hark:
        with tempfile.TemporaryDirectory(prefix="hark-backup-") as folder:
            dumped = Path(folder, _DUMP)
            await dump(url, dumped)
            async with hark.db.connection() as connection:
                keys = [row[0] for row in await repository.BLOB_KEYS.all(connection)]
            with_key = key.is_file() and not settings.secret_key
            about = About(__version__, await schema_version(url) or "", len(keys), with_key)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as out, tarfile.open(fileobj=out, mode="w|") as tar:
                _add(tar, _ABOUT, msgspec.json.encode(about))
                tar.add(dumped, _DUMP)
                if with_key:
                    _add(tar, KEY_FILE, key.read_bytes())
                await _add_files(tar, hark.blobs, keys, progress)
    beside.replace(archive)
    return about


async def bring_back(settings: Settings, archive: Path, progress: Progress) -> About:
    """Into an empty data folder or database. The key goes into the data folder, unless one is configured."""
    if not archive.is_file():
        raise NotFound(f"There is no file {archive}.")
    with _opened(archive) as (tar, about):
        if about.schema not in known_versions():
            raise SchemaTooNew(f"The backup was made by a newer Hark ({about.hark}): use that one.")
        async with command_database(settings, migrating=False) as url:
            if await schema_version(url) is not None:
                raise CannotStart(
                    "The database has data already: restore into an empty data folder or database."
                )
            await _unpack(tar, settings, about, url, progress)
            await migrate(url)
    return about


async def _unpack(
    tar: tarfile.TarFile, settings: Settings, about: About, url: str, progress: Progress
) -> None:
    blobs, done = open_blobs(settings), 0
    for entry in tar:
        content = tar.extractfile(entry)
        if content is None:
            continue
        if entry.name == _DUMP:
            with tempfile.NamedTemporaryFile(prefix="hark-restore-") as file:
                while chunk := content.read(1 << 20):
                    file.write(chunk)
                file.flush()
                await restore(url, Path(file.name))
        elif entry.name == KEY_FILE:
            _keep_key(settings.data / KEY_FILE, content.read(), settings)
        elif entry.name.startswith(_FILES):
            await blobs.put(entry.name.removeprefix(_FILES), content.read(), "application/octet-stream")
            done += 1
            progress("files", done, about.files)


@contextmanager
def _opened(archive: Path) -> Iterator[tuple[tarfile.TarFile, About]]:
    """The archive, read up to what it says about itself."""
    with archive.open("rb") as file:
        try:
            tar = tarfile.open(fileobj=file, mode="r|")  # noqa: SIM115
            entry = tar.next()
            content = tar.extractfile(entry) if entry is not None and entry.name == _ABOUT else None
            about = msgspec.json.decode(content.read() if content else b"", type=About)
        except (tarfile.TarError, msgspec.DecodeError) as error:
            raise CannotStart("This is no backup made by `hark backup`.") from error
        yield tar, about


def _keep_key(path: Path, content: bytes, settings: Settings) -> None:
    if settings.secret_key:
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


async def _add_files(tar: tarfile.TarFile, blobs: Blobs, keys: list[str], progress: Progress) -> None:
    for number, key in enumerate(keys, 1):
        try:
            _add(tar, _FILES + key, await blobs.get(key))
        except NotFound:  # removed since the dump
            continue
        progress("files", number, len(keys))


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), 0o600, int(utc_now().timestamp())
    tar.addfile(entry, io.BytesIO(content))
