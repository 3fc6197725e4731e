"""The OpenAPI 3.1 document: what the framework derives from the handlers, with problems, security and live frames added."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from litestar import Litestar
from litestar.openapi.config import OpenAPIConfig


def _installed_version() -> str:
    try:
        return version("hark")
    except PackageNotFoundError:
        return "0.0.0"


VERSION = _installed_version()


def openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(title="Hark", version=VERSION, path="/api/_schema", use_handler_docstrings=True)


def document_of(app: Litestar) -> dict[str, Any]:
    return app.openapi_schema.to_schema()
