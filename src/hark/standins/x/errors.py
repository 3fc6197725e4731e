"""Refusals in X's form: problem documents, whose `type` says more than their status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hark.standins.kit import Fault

_TYPES = "https://api.x.com/2/problems/"
_TITLES = {
    400: "Invalid Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found Error",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Refusal(Exception):
    """Ends a call with this answer."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(body.get("detail", ""))
        self.status, self.body, self.headers = status, body, headers or {}


def problem(status: int, detail: str, kind: str | None = None, **more: Any) -> Refusal:
    body = {"title": _TITLES.get(status, "Error"), "detail": detail, "status": status, **more}
    return Refusal(status, {**body, "type": f"{_TYPES}{kind}" if kind else "about:blank"})


def invalid(message: str, **parameters: Any) -> Refusal:
    """A parameter or field that X does not take; these have no `status`."""
    errors = [{"message": message, "parameters": {key: [str(value)] for key, value in parameters.items()}}]
    body = {"title": "Invalid Request", "detail": "One or more parameters to your request was invalid."}
    return Refusal(400, {**body, "type": f"{_TYPES}invalid-request", "errors": errors})


def not_found(what: str, own: str) -> Refusal:
    detail = f"Could not find {what} with id: [{own}]."
    return problem(404, detail, "resource-not-found", resource_type=what, resource_id=own, value=own)


def unauthorized() -> Refusal:
    return problem(401, "Unauthorized")


def refusal_of(fault: Fault) -> bytes:
    """The body of an ordered error."""
    title = _TITLES.get(fault.status, "Error")
    return msgspec.json.encode(
        {"title": title, "detail": title, "type": "about:blank", "status": fault.status}
    )
