"""What an answer of X means for a message and its account: by status and problem type. X has no error codes for refused
posts and messages, so what was tried decides which sentence the agent reads; X's own words are only shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from hark.adapters.x.limits import wait_of
from hark.channels.contract import PlatformProblem, Reconnect, Rejected, TryAgain, Unconfirmed
from hark.infra.http import AddressRefused, Answer, CallFailed

Purpose = Literal["read", "reply", "dm", "act", "upload", "setup"]
"""What a call is for. `reply` and `dm` create something that is seen: unclear outcomes are Unconfirmed there."""

CREATING = frozenset({"reply", "dm"})

NOT_SUMMONED = (
    "X lets apps on self-serve plans answer publicly only people who named the account or quoted its post in the post that is"
    " answered. Write a direct message, choose an earlier post of this person that names the account, or answer on X."
)
DUPLICATE = (
    "X refuses to post the same text twice. Look on X whether it is there already; else change a word."
)
ENTERPRISE_ONLY = "X offers likes by its API only to enterprise plans. Like the post on X."
_SIGN_IN = "X no longer accepts the account's tokens. Connect the account again."
_APP = "X does not let this app use its API: in X's Developer Console, check that the app belongs to a project with a plan."
_RIGHTS = "The app lacks a permission for this on X: allow reading, writing and direct messages, then connect again."
_DM_CLOSED = (
    "X does not let this account write to this person: they accept no messages from it, or blocked it."
)
_CAPPED = "The app has used up what its plan lets it read on X in this month. Raise the cap in X's Developer Console."
_CREDITS = "The app's credit on X is used up. Buy credit in X's Developer Console; waiting messages leave by themselves."
_SLOW_DOWN = "X asks to wait: this account has made all calls that X allows for now."
_GONE = "It no longer exists on X, or the account may not see it."
_DOWN = "X failed while handling this."

CAP_WAIT = 3600.0
"""Seconds until X is asked again after the monthly cap or the credit was used up: neither answer names a time."""


class Problem(msgspec.Struct, frozen=True):
    """X's problem document, or the older list of errors, as far as it is read. `kind` is the last part of `type`."""

    kind: str = ""
    title: str = ""
    detail: str = ""
    reason: str = ""


def read_problem(value: Any) -> Problem | None:
    if not isinstance(value, dict):
        return None
    if not any(key in value for key in ("type", "title", "detail", "errors", "error")):
        return None
    errors = value.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    kind = str(value.get("type") or first.get("type") or "").rstrip("/").rsplit("/", 1)[-1]
    said = (
        first.get("message") or value.get("detail") or first.get("detail") or value.get("error_description")
    )
    return Problem(
        kind="" if kind == "about:blank" else kind,
        title=str(value.get("title") or first.get("title") or value.get("error") or ""),
        detail=str(said or "")[:300],
        reason=str(value.get("reason") or ""),
    )


def problem_of(answer: Answer, purpose: Purpose, *, summoning: bool = True) -> PlatformProblem:
    """The exception that an answer is which is no success. `summoning`: the plan knows the rule of NOT_SUMMONED."""
    status, told = answer.status, read_problem(answer.json()) or Problem()
    code = told.kind or f"http_{status}"
    if status == 429 or told.kind == "usage-capped":
        return _limited(answer, told, code)
    if status == 402 or told.kind == "credits-depleted":
        return TryAgain(code, _CREDITS, http_status=status, retry_after=CAP_WAIT, scope="account")
    if status == 401:
        return Reconnect(code, _SIGN_IN, http_status=status)
    if status == 403:
        return _forbidden(told, code, purpose, summoning)
    if status == 404:
        return Rejected(code, _GONE, http_status=status)
    if status == 408 or status >= 500:
        return _failed(answer, code, purpose)
    return Rejected(code, _said(told, f"X refused this with status {status}."), http_status=status)


def _limited(answer: Answer, told: Problem, code: str) -> TryAgain:
    capped = told.kind == "usage-capped"
    wait = wait_of(answer.headers)
    if capped:
        wait = wait or CAP_WAIT
    sentence = _CAPPED if capped else _SLOW_DOWN
    return TryAgain(code, sentence, http_status=answer.status, retry_after=wait, scope="account")


def _forbidden(told: Problem, code: str, purpose: Purpose, summoning: bool) -> PlatformProblem:
    if told.kind == "client-forbidden":
        return Reconnect(code, _APP, http_status=403)
    if told.kind in {"oauth1-permissions", "oauth2-permissions", "unsupported-authentication"}:
        return Reconnect(code, _RIGHTS, http_status=403)
    if purpose == "dm":
        known = bool(told.title or told.detail)
        return Rejected("dm_not_allowed", _DM_CLOSED, http_status=403, unreachable=known)
    if is_duplicate(told):
        return Rejected("duplicate", DUPLICATE, http_status=403)
    if purpose == "reply" and summoning:
        return Rejected("not_summoned", NOT_SUMMONED, http_status=403)
    return Rejected(code, _said(told, "X does not allow this."), http_status=403)


def is_duplicate(told: Problem) -> bool:
    """X has no code for it; whoever relies on this looks afterwards whether the post is there."""
    return "duplicate" in told.detail.lower()


def _failed(answer: Answer, code: str, purpose: Purpose) -> PlatformProblem:
    if purpose in CREATING:
        return Unconfirmed(code, _DOWN, http_status=answer.status)
    return TryAgain(code, _DOWN, http_status=answer.status, retry_after=wait_of(answer.headers))


def unreadable(answer: Answer, purpose: Purpose) -> PlatformProblem:
    """A success that says nothing we can read."""
    sentence = "X's answer could not be read."
    if purpose in CREATING:
        return Unconfirmed("unreadable_answer", sentence, http_status=answer.status)
    return TryAgain("unreadable_answer", sentence, http_status=answer.status)


def problem_of_failure(failure: CallFailed, purpose: Purpose) -> PlatformProblem:
    if isinstance(failure, AddressRefused):
        return Rejected("address_refused", f"The address is not called: {failure}.")
    if not failure.sent:
        return TryAgain("not_connected", "X could not be reached.")
    if purpose in CREATING:
        return Unconfirmed("no_answer", "X did not answer; it may have taken this.")
    return TryAgain("no_answer", "X did not answer.")


def partial(answer: Mapping[str, Any]) -> list[Problem]:
    """What a success leaves out: things gone, protected, or of suspended people."""
    errors = answer.get("errors")
    rows = errors if isinstance(errors, list) else []
    return [found for row in rows if (found := read_problem(row)) is not None]


def _said(told: Problem, otherwise: str) -> str:
    return f"X refused: {told.detail.rstrip('.')}." if told.detail else otherwise
