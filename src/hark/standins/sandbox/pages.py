"""The page's files, read once from the package."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, cast

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from hark.standins.sandbox.errors import ApiProblem

_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json",
}

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}

_FILES = {
    entry.name: entry.read_bytes()
    for entry in files("hark.standins.sandbox").joinpath("page").iterdir()
    if entry.name.rsplit(".", 1)[-1] in _TYPES
}


@get("/")
async def index(request: Request[Any, Any, Any]) -> Response[Any]:
    """Without its final slash the address would lead the page's own relative links astray."""
    folder = cast("dict[str, Any]", request.scope).get("page_folder")
    if folder:
        return Redirect(f"{folder}/")
    return _file("index.html")


@get("/{name:str}")
async def page_file(name: FromPath[str]) -> Response[bytes]:
    return _file(name)


def _file(name: str) -> Response[bytes]:
    content = _FILES.get(name)
    if content is None:
        raise ApiProblem(404, "not_found", "There is no such page.")
    return Response(content, media_type=_TYPES[name.rsplit(".", 1)[-1]], headers=_HEADERS)
