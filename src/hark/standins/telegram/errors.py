"""What the server answers when it refuses: `{"ok": false, "error_code": …, "description": …}`."""

from __future__ import annotations

from typing import Any

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


class ApiError(Exception):
    """`reason` is the part after the title; without one the title stands alone ("Unauthorized")."""

    def __init__(self, status: int, reason: str = "", **parameters: Any) -> None:
        title = _TITLES.get(status, "Error")
        self.status = status
        self.description = f"{title}: {reason}" if reason else title
        self.parameters = parameters
        super().__init__(self.description)

    def body(self) -> dict[str, Any]:
        body = {"ok": False, "error_code": self.status, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


def bad(reason: str, **parameters: Any) -> ApiError:
    return ApiError(400, reason, **parameters)


def flood(seconds: int) -> ApiError:
    return ApiError(429, f"retry after {seconds}", retry_after=seconds)
