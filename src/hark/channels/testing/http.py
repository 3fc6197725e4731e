"""The real guarded client with a network that answers from a list and keeps what it was asked.

Everything that `GuardedHttp` promises (hosts, addresses, caps, error classes) is kept by `GuardedHttp` itself.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
import msgspec

from hark.channels.testing.cases import Reply
from hark.infra.http import GuardedHttp

NOT_CONNECTED = httpx.ConnectError("connection refused")
"""Nothing was sent."""
TIMED_OUT = httpx.ReadTimeout("no answer")
"""The body went out, no answer came."""
BROKEN = httpx.RemoteProtocolError("peer closed the connection")
"""The body went out, half an answer came."""

Script = Reply | Exception
Route = Callable[[httpx.Request], Script]


class ScriptedHttp(GuardedHttp):
    """`script` is used up in order; an exception in it is what the connection does. `calls` are the requests
    made. With `route`, answers depend on the request. A call too many fails the test."""

    def __init__(self, *script: Script, route: Route | None = None, allow_private: bool = True) -> None:
        self.script = list(script)
        self.calls: list[httpx.Request] = []
        self._route = route
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        super().__init__(allow_private=allow_private, client=client)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        if self._route is None and not self.script:
            raise AssertionError(f"a call too many: {request.method} to {request.url.host}")
        answer = self._route(request) if self._route else self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        content = answer.body if isinstance(answer.body, bytes) else msgspec.json.encode(answer.body)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=content)
