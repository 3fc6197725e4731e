"""Errors that carry the decision: what to answer, and which stable word a program may test for.

`code` is stable and documented; `detail` is a sentence for people; `fields` names the offending parts of a body.
The HTTP door renders any of them as a problem document (RFC 9457).
"""

from __future__ import annotations

from typing import Any, ClassVar


class HarkError(Exception):
    """Base of all errors that a caller may see."""

    status: ClassVar[int] = 500
    code: str = "internal"

    def __init__(
        self, detail: str, *, code: str | None = None, fields: dict[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.fields = fields or {}
        self.extra = extra


class Invalid(HarkError):
    """The request is understood and wrong."""

    status = 422
    code = "invalid"


class Malformed(HarkError):
    """The request cannot be read."""

    status = 400
    code = "malformed"


class Unauthenticated(HarkError):
    status = 401
    code = "unauthenticated"


class Forbidden(HarkError):
    """Who asks is known and may not; names what is missing."""

    status = 403
    code = "forbidden"


class NotFound(HarkError):
    """Absent, or of another workspace: the two must look alike."""

    status = 404
    code = "not_found"


class Conflict(HarkError):
    status = 409
    code = "conflict"


class Refused(HarkError):
    """The platform's rules forbid it now (reply window, length, ability); the sentence is for the agent."""

    status = 422
    code = "refused"


class TooLarge(HarkError):
    status = 413
    code = "too_large"


class UnsupportedType(HarkError):
    status = 415
    code = "unsupported_media_type"


class TooMany(HarkError):
    """Asked too often; `retry_after` in seconds."""

    status = 429
    code = "too_many_requests"

    def __init__(self, detail: str, retry_after: float) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.retry_after = retry_after


class Unavailable(HarkError):
    """Nothing could be stored, so nothing was accepted."""

    status = 503
    code = "unavailable"


class Collided(Unavailable):
    """Another transaction was at the same rows, and the database ended this one: nothing was stored, and the same again may
    well succeed."""

    code = "collided"
