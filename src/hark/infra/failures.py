"""How a call to the outside can fail, and whether the other side may have got it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, or None where it is none (an HTML error page with status 502, an empty 200)."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None


class CallFailed(Exception):
    """Base of what a call can fail with. `sent` is False when the request surely never reached the other
    side.
    """

    sent = True


class NotConnected(CallFailed):
    """No connection came about, so nothing was sent."""

    sent = False


class AddressRefused(NotConnected):
    """The host is not allowed, or its name leads to a private address."""


class TimedOut(CallFailed):
    """The answer did not come in time; the request may have been carried out."""


class Broken(CallFailed):
    """The connection broke after the request went out, or the answer is not HTTP."""


class AnswerTooLarge(CallFailed):
    """More bytes than the cap; reading stopped."""


class SocketRefused(CallFailed):
    """The server answered the request for a WebSocket with an ordinary answer: 401, 429, a redirect."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"the server refused the WebSocket with status {answer.status}")
        self.answer = answer
