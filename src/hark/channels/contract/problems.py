"""What can go wrong between an adapter and its platform, by class: retry? whose fault? what to tell the agent?"""

from __future__ import annotations


class BadSignature(Exception):
    """The request was not made by the platform: 401, nothing stored."""


class MalformedPayload(Exception):
    """Rightly signed and unreadable: stored, quarantined, answered 200."""


class Unrecognized(Exception):
    """Readable, and of no kind that the adapter knows: quarantined with this reason, replayable after an update."""


class PlatformProblem(Exception):
    """Base of what a call can end in. `code` is the platform's own; `message` a sentence for the agent."""

    def __init__(self, code: str, message: str, *, http_status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http_status = http_status


class Rejected(PlatformProblem):
    """Final for this message. `unreachable` marks the customer as not to be written to at present."""

    def __init__(
        self, code: str, message: str, *, http_status: int | None = None, unreachable: bool = False
    ) -> None:
        super().__init__(code, message, http_status=http_status)
        self.unreachable = unreachable


class Reconnect(PlatformProblem):
    """The account's token or right is gone: nothing of this account can be sent until it is connected again."""


class TryAgain(PlatformProblem):
    """Surely not accepted. `retry_after` in seconds where the platform named it; `scope` is who must wait:
    "message", "conversation" or "account"."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        http_status: int | None = None,
        retry_after: float | None = None,
        scope: str = "message",
    ) -> None:
        super().__init__(code, message, http_status=http_status)
        self.retry_after = retry_after
        self.scope = scope


class Unconfirmed(PlatformProblem):
    """May have been accepted: timed out or broke after the request went out. Never repeated by itself."""
