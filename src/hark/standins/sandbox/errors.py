"""Why the network refuses."""

from __future__ import annotations


class ApiProblem(Exception):
    """Answered as `{"error": {"code", "message"}}`, which promises that nothing was created."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: str | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
