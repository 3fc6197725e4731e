"""The version that runs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def _installed_version() -> str:
    try:
        return version("hark")
    except PackageNotFoundError:
        return "0.0.0"


VERSION = _installed_version()
