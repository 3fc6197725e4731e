"""Errors as the Graph API writes them."""

from __future__ import annotations

from typing import Any

from hark.standins.kit.asked import Told
from hark.standins.kit.faults import Fault

_CODES = {400: 100, 401: 190, 403: 10, 404: 100, 429: 130429, 500: 131000, 503: 131016}
_TITLES = {
    10: "Application does not have permission for this action",
    100: "Invalid parameter",
    190: "Error validating access token: Session has expired",
    130429: "Rate limit hit",
    131000: "Something went wrong",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131026: "Message undeliverable",
    131047: "Re-engagement message",
    131053: "Media upload error",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation",
    139100: "Failed to block/unblock users",
}


class GraphProblem(Exception):
    """Ends a call with an error."""

    def __init__(
        self, code: int, details: str = "", *, status: int = 400, subcode: int | None = None
    ) -> None:
        super().__init__(details)
        self.code, self.details, self.status, self.subcode = code, details, status, subcode

    def told(self) -> Told:
        return Told(body_of(self.code, self.details, self.subcode), self.status)


def body_of(code: int, details: str = "", subcode: int | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {
        "message": f"(#{code}) {_TITLES.get(code, 'Error')}",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "AStandIn",
    }
    if details:
        error["error_data"] = {"messaging_product": "whatsapp", "details": details}
    if subcode is not None:
        error["error_subcode"] = subcode
    return {"error": error}


def title_of(code: int) -> str:
    return _TITLES.get(code, "Error")


def code_of(fault: Fault) -> int:
    return _CODES.get(fault.status, 2 if fault.status >= 500 else 100)
