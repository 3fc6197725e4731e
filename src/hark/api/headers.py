"""Headers of every answer: what a browser may do with it, and the id to ask for it by."""

from __future__ import annotations

import secrets

from hark.api.asgi import App, Message, Receive, Scope, Send

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self' {live}; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""For pages. Inline style attributes are allowed because positions of virtual lists are such; inline scripts never are."""

CSP_DATA = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For everything that is not a page: an answer opened in a tab runs nothing."""

_FIXED = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)


class SecurityHeaders:
    """Wraps the whole application, so that no answer leaves without them."""

    def __init__(self, app: App, *, https: bool) -> None:
        self.app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(message, request_id.encode())
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _add(self, message: Message, request_id: bytes) -> None:
        headers = list(message.get("headers", []))
        names = {name.lower() for name, _ in headers}
        headers += [(name, value) for name, value in _FIXED if name not in names]
        headers.append((b"x-request-id", request_id))
        if b"content-security-policy" not in names:
            headers.append((b"content-security-policy", CSP_DATA.encode()))
        if b"cache-control" not in names:
            headers.append((b"cache-control", b"no-store"))
        if self._https:
            headers.append((b"strict-transport-security", b"max-age=31536000"))
        message["headers"] = headers
