"""Error bodies of the Graph API."""

from __future__ import annotations

import secrets
from typing import Any


class GraphFault(Exception):
    """Becomes the `error` object of an answer."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        status: int = 400,
        kind: str = "OAuthException",
        transient: bool | None = None,
        regain_minutes: int = 0,
    ) -> None:
        super().__init__(f"{code}/{subcode}: {message}")
        self.code = code
        self.subcode = subcode
        self.message = message
        self.status = status
        self.kind = kind
        self.transient = transient
        self.regain_minutes = regain_minutes

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.transient is not None:
            error["is_transient"] = self.transient
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return {"error": error}


def invalid(message: str, subcode: int | None = None) -> GraphFault:
    return GraphFault(100, f"(#100) {message}", subcode=subcode)


def missing(object_id: str) -> GraphFault:
    return GraphFault(
        100,
        f"Unsupported request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation",
        subcode=33,
        kind="GraphMethodException",
    )


def no_permission(scope: str) -> GraphFault:
    return GraphFault(200, f"(#200) Requires {scope} permission", status=403)
