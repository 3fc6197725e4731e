"""The page: built files with long lives, and `index.html` for every path that is the page's own."""

from __future__ import annotations

import mimetypes
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from hark.api.asgi import Receive, Scope, Send
from hark.api.headers import CSP
from hark.infra.settings import Settings

FOLDER = Path(__file__).parent.parent / "ui" / "static"
NONCE = b"__CSP_NONCE__"
FOREVER = b"public, max-age=31536000, immutable"
BRIEFLY = b"public, max-age=3600"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))

_HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.\w+$")
_ASSET = re.compile(r"\.\w{2,12}$")

NOT_BUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Hark: the page is not built</title>
<h1>The page is not built</h1><p>Hark is running, and its API is at <a href="/api/openapi.json">/api/openapi.json</a>.
To build the page: <code>make ui</code>, then reload.</p></html>"""


class Page:
    """Serves `folder`. Paths are looked up in a table made from what is there, so none can lead out of it."""

    def __init__(self, settings: Settings, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._live = settings.address.replace("http", "ws", 1)
        self._files: Mapping[str, Path] = {}
        self._look()

    def _look(self) -> None:
        found = (path for path in self._folder.rglob("*") if path.is_file()) if self._folder.is_dir() else ()
        self._files = {"/" + path.relative_to(self._folder).as_posix(): path for path in found}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        if method not in {"GET", "HEAD"}:
            await _answer(send, 405, b"", [(b"allow", b"GET, HEAD")])
            return
        file = self._files.get(path)
        if file is not None and path != "/index.html":
            await self._send_file(scope, send, path, file)
        elif _ASSET.search(path) and path != "/index.html":
            await _answer(
                send, 404, b"There is no such file.", [(b"content-type", b"text/plain; charset=utf-8")]
            )
        else:
            await self._send_index(scope, send)

    async def _send_file(self, scope: Scope, send: Send, path: str, file: Path) -> None:
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        headers = [
            (b"content-type", kind.encode()),
            (b"cache-control", FOREVER if _HASHED.search(path) else BRIEFLY),
            (b"vary", b"accept-encoding"),
        ]
        accepted = _header(scope, b"accept-encoding")
        for name, suffix in ENCODINGS:
            smaller = self._files.get(path + suffix)
            if smaller is not None and name in accepted:
                headers.append((b"content-encoding", name.encode()))
                file = smaller
                break
        await _answer(send, 200, file.read_bytes(), headers, head=scope["method"] == "HEAD")

    async def _send_index(self, scope: Scope, send: Send) -> None:
        if "/index.html" not in self._files:
            self._look()
        index = self._files.get("/index.html")
        nonce = secrets.token_urlsafe(16)
        body = NOT_BUILT if index is None else index.read_bytes().replace(NONCE, nonce.encode())
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-cache"),
            (b"content-security-policy", self._policy(scope, nonce)),
        ]
        await _answer(send, 200 if index else 503, body, headers, head=scope["method"] == "HEAD")

    def _policy(self, scope: Scope, nonce: str) -> bytes:
        """Older browsers do not count a WebSocket to the same host as 'self', so it is named."""
        host = _header(scope, b"host")
        named = f"ws://{host} wss://{host}" if re.fullmatch(r"[\w.:\[\]-]+", host) else self._live
        return CSP.format(nonce=nonce, live=named).encode()


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def _answer(
    send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]], *, head: bool = False
) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": b"" if head else body, "more_body": False})
