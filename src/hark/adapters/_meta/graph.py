"""Calls to the Graph API: where the token goes, what an answer means, how pages are followed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from hark.adapters._meta.errors import FACEBOOK, Voice, error_from, problem_of, read_error, retry_after
from hark.adapters._meta.usage import report_usage
from hark.adapters._meta.wire import read_json
from hark.channels.contract import (
    MalformedPayload,
    PlatformProblem,
    Reconnect,
    Rejected,
    TryAgain,
    Unconfirmed,
)
from hark.infra.http import DEFAULT_TIMEOUT, AddressRefused, Answer, CallFailed, GuardedHttp
from hark.kernel.clock import utc_now
from hark.kernel.secrets import Secret

UPLOAD_TIMEOUT = 28.0
"""Seconds for a call that carries a file; below the 30 s after which a delivery is cut off without a reason."""


class Graph(msgspec.Struct, frozen=True):
    """The Graph API as one account sees it. `base` is the address without the version; the token travels in
    a header, so that it is in no log of addresses."""

    http: GuardedHttp
    base: str
    version: str
    token: Secret
    app_secret: Secret | None = None
    voice: Voice = FACEBOOK

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        return await self.call("GET", path, query=query)

    async def create(
        self,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> dict[str, Any]:
        """A call that makes something and must not be repeated when its outcome is unclear."""
        timeout = UPLOAD_TIMEOUT if files else DEFAULT_TIMEOUT
        return await self.call("POST", path, json=json, form=form, files=files, creates=True, timeout=timeout)

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        creates: bool = False,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> dict[str, Any]:
        """One call; the decoded answer, or a PlatformProblem."""
        try:
            answer = await self.http.call(
                method,
                f"{self.base}/{self.version}/{path}",
                headers={"authorization": f"Bearer {self.token.reveal()}"},
                query={**(query or {}), **self._proof()},
                json=json,
                form=form,
                files=files,
                timeout=timeout,
            )
        except CallFailed as failure:
            raise problem_of_failure(failure, creates, self.voice) from failure
        report_usage(self.http.meter, answer.headers, utc_now())
        return read_answer(answer, creates=creates, voice=self.voice)

    async def open(self, method: str, path: str, values: Mapping[str, str]) -> dict[str, Any]:
        """A call without a token of its own: exchanging codes and tokens. A GET has its values in the address, and the
        guarded client logs no addresses."""
        as_query = method == "GET"
        try:
            answer = await self.http.call(
                method,
                "/".join(part for part in (self.base, self.version, path) if part),
                query=values if as_query else None,
                form=None if as_query else values,
            )
        except CallFailed as failure:
            raise problem_of_failure(failure, False, self.voice) from failure
        return read_answer(answer, creates=False, voice=self.voice)

    def _proof(self) -> dict[str, str]:
        """Shows that we hold the app secret beside the token: a stolen token alone is worth nothing."""
        if not self.app_secret:
            return {}
        key, token = self.app_secret.reveal().encode(), self.token.reveal().encode()
        return {"appsecret_proof": hmac.new(key, token, hashlib.sha256).hexdigest()}

    async def pages(self, path: str, *, most: int = 10, **query: str) -> AsyncIterator[list[dict[str, Any]]]:
        """The rows of a list, page by page, at most `most` pages."""
        after: str | None = None
        for _ in range(most):
            answer = await self.get(path, **query, **({"after": after} if after else {}))
            yield rows_of(answer)
            after = next_cursor(answer)
            if after is None:
                return


def rows_of(answer: Any) -> list[dict[str, Any]]:
    """The objects of a list answer (`data`); anything else in it is passed over."""
    data = answer.get("data") if isinstance(answer, dict) else None
    return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []


def next_cursor(answer: Any) -> str | None:
    """The cursor of the next page. Cursors stand on the last page too; the missing `next` is the end."""
    paging = answer.get("paging") if isinstance(answer, dict) else None
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and after else None


def read_answer(answer: Answer, *, creates: bool, voice: Voice = FACEBOOK) -> dict[str, Any]:
    """The object of a good answer; raises the PlatformProblem that any other answer is."""
    error = read_error(answer.body)
    if error is not None:
        raise problem_of(error, status=answer.status, headers=answer.headers, creates=creates, voice=voice)
    if answer.status >= 300:
        raise _problem_of_status(answer, creates, voice)
    try:
        value = read_json(answer.body)
    except MalformedPayload:
        value = None
    if isinstance(value, dict):
        return value
    return _unreadable(answer, creates, voice)


def embedded_problem(error: Any) -> PlatformProblem | None:
    """The problem inside an answer with status 200 (`debug_token` reports a dead token this way)."""
    found = error_from(error) if isinstance(error, dict) else None
    return problem_of(found, status=200, headers={}, creates=False) if found else None


def _unreadable(answer: Answer, creates: bool, voice: Voice) -> dict[str, Any]:
    message = f"{voice.name}'s answer could not be read."
    if creates:
        raise Unconfirmed("unreadable_answer", message, http_status=answer.status)
    raise TryAgain("unreadable_answer", message, http_status=answer.status)


def _problem_of_status(answer: Answer, creates: bool, voice: Voice) -> PlatformProblem:
    """For an answer without an error object: a gateway or proxy spoke, not the Graph API."""
    code, status = f"http_{answer.status}", answer.status
    if status == 429:
        wait = retry_after(answer.headers)
        return TryAgain(
            code, f"{voice.name} asks to wait.", http_status=status, retry_after=wait, scope="account"
        )
    if status == 401:
        return Reconnect(code, f"{voice.name} no longer accepts the access token.", http_status=status)
    if status == 503:
        wait = retry_after(answer.headers)
        return TryAgain(code, f"{voice.name} is unavailable.", http_status=status, retry_after=wait)
    if status >= 500 and creates:
        return Unconfirmed(code, f"{voice.name} failed while handling this.", http_status=status)
    if status >= 500:
        return TryAgain(code, f"{voice.name} failed while handling this.", http_status=status)
    return Rejected(code, f"{voice.name} answered with status {status}.", http_status=status)


def problem_of_failure(failure: CallFailed, creates: bool, voice: Voice = FACEBOOK) -> PlatformProblem:
    if isinstance(failure, AddressRefused):
        return Rejected("address_refused", f"The address is not called: {failure}.")
    if not failure.sent:
        return TryAgain("not_connected", f"{voice.name} could not be reached.")
    if creates:
        return Unconfirmed("no_answer", f"{voice.name} did not answer; it may have accepted the message.")
    return TryAgain("no_answer", f"{voice.name} did not answer.")
