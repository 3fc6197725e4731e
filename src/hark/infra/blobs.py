"""Files of messages: in the data folder, or in any S3-compatible store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, S3Store

from hark.infra.problems import SettingsError
from hark.infra.settings import Settings
from hark.kernel.errors import NotFound, Unavailable

Store = LocalStore | S3Store | MemoryStore


class Blobs:
    """Bytes under keys such as `<workspace>/<attachment>`; a key is written once and never changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @classmethod
    def in_memory(cls) -> Blobs:
        """A store of its own for tests: the same code over the library's memory store."""
        return cls(MemoryStore())

    async def put(self, key: str, content: bytes, mime_type: str) -> None:
        """Raises Unavailable when it could not be stored."""
        # The local store has no attributes; the MIME type is also in the attachment's row.
        attributes: dict[str, Any] | None = (
            None if isinstance(self._store, LocalStore) else {"Content-Type": mime_type}
        )
        try:
            await self._store.put_async(key, content, attributes=attributes)
        except (BaseError, OSError) as error:
            raise Unavailable("The file could not be stored.") from error

    async def get(self, key: str) -> bytes:
        try:
            found = await self._store.get_async(key)
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound("The file is no longer kept.") from error
        except (BaseError, OSError) as error:
            raise Unavailable("The file store does not answer.") from error

    async def delete(self, key: str) -> None:
        """Deleting what is not there is no error."""
        try:
            await self._store.delete_async(key)
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as error:
            raise Unavailable("The file store does not answer.") from error


def open_blobs(settings: Settings) -> Blobs:
    if not settings.blobs:
        return Blobs(local_store(settings.data / "blobs"))
    return Blobs(_s3_store(settings))


def local_store(folder: Path) -> LocalStore:
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStore(folder)


def _s3_store(settings: Settings) -> S3Store:
    parts = urlsplit(settings.blobs)
    if parts.scheme != "s3" or not parts.netloc:
        raise SettingsError("HARK_BLOBS must be empty or have the form s3://bucket/prefix.")
    options: dict[str, Any] = {"region": settings.s3_region}
    if settings.s3_endpoint:
        options["endpoint"] = settings.s3_endpoint
        options["virtual_hosted_style_request"] = False
    if settings.s3_access_key:
        options["access_key_id"] = settings.s3_access_key.reveal()
        options["secret_access_key"] = settings.s3_secret_key.reveal()
    client: Any = {
        "timeout": timedelta(seconds=60),
        "allow_http": settings.s3_endpoint.startswith("http:"),
    }
    return S3Store(parts.netloc, prefix=parts.path.strip("/") or None, client_options=client, **options)
