"""The OpenAPI 3.1 document: what the framework derives from the handlers, with problems, security and live frames added.

It is made from the route table when somebody first asks, by an application of its own that serves nothing.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from litestar import Litestar
from litestar.openapi.config import OpenAPIConfig

from hark.api.version import VERSION


@cache
def document() -> dict[str, Any]:
    """As JSON values."""
    from hark.api.app import DEPENDENCIES
    from hark.api.routes import HANDLERS

    config = OpenAPIConfig(title="Hark", version=VERSION, use_handler_docstrings=True)
    app = Litestar(route_handlers=HANDLERS, dependencies=DEPENDENCIES, openapi_config=config)
    return app.openapi_schema.to_schema()
