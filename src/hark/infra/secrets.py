"""Encryption of stored credentials: Fernet with rotation, the key from a setting or from a file made at the
first start.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from hark.infra.problems import CannotStart, SettingsError
from hark.infra.settings import Settings
from hark.kernel.secrets import Secret

KEY_FILE = "secret.key"


class CannotOpen(CannotStart):
    """Something was sealed with a key that we do not have."""


class SecretBox:
    """Seals small mappings of text. The first key seals, all open: a new one can be put in front."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise SettingsError(
                "HARK_SECRET_KEY is not a key: make one by `hark secrets new-key` (32 bytes in url-safe "
                "base64)."
            ) from error

    def seal(self, values: Mapping[str, str]) -> bytes:
        return self._fernet.encrypt(msgspec.json.encode(dict(values)))

    def open(self, sealed: bytes) -> dict[str, Secret]:
        """The values; empty bytes are an empty mapping. Raises CannotOpen when no key fits."""
        if not sealed:
            return {}
        try:
            plain = self._fernet.decrypt(bytes(sealed))
        except InvalidToken as error:
            raise CannotOpen(
                "Stored credentials were encrypted with another key: restore the data folder's secret.key "
                "or set "
                "HARK_SECRET_KEY to the key that was used."
            ) from error
        values = msgspec.json.decode(plain, type=dict[str, str])
        return {name: Secret(value) for name, value in values.items()}

    def reseal(self, sealed: bytes) -> bytes:
        """The same values under the first key, for rotation."""
        return self.seal({name: secret.reveal() for name, secret in self.open(sealed).items()})


def new_key() -> str:
    return Fernet.generate_key().decode()


def load_secret_box(settings: Settings) -> SecretBox:
    """The box for the configured keys, or for the data folder's key file (made when missing)."""
    given = [key.strip() for key in settings.secret_key.reveal().split(",") if key.strip()]
    return SecretBox(given or _keys_of(settings.data / KEY_FILE))


def _keys_of(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").split()
    except FileNotFoundError:
        return [_make_key_file(path)]
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"The key file {path} cannot be read: {error}.") from error


def _make_key_file(path: Path) -> str:
    """Written beside and linked into place: of two processes that start together, both use the first one's
    key.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=".secret")  # mode 600
    with os.fdopen(descriptor, "w") as file:
        file.write(new_key() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        Path(beside).unlink()
    return path.read_text("ascii").split()[0]
