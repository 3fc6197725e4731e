"""Query and path parameters that many routes share."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter
from msgspec import Meta

Limit = Annotated[int | None, QueryParameter(ge=1, le=200, description="Items of a page; 50 when not given.")]
After = Annotated[str | None, QueryParameter(max_length=600, description="The `next` of the page before.")]
Short = Annotated[str, Meta(min_length=1, max_length=120)]
Text = Annotated[str, Meta(max_length=100_000)]
