"""Calls to the Cloud API: the token in a header, the usage headers counted, each way to fail in its class."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import msgspec

from hark.adapters._meta.errors import read_error, retry_after
from hark.adapters._meta.usage import report_usage
from hark.adapters._meta.wire import read_json
from hark.adapters.whatsapp.manifest import BASE_URL, GRAPH_VERSION, MANIFEST
from hark.adapters.whatsapp.problems import problem_of
from hark.channels.contract import (
    Account,
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


class Cloud(msgspec.Struct, frozen=True):
    """The Cloud API as one number sees it. `base` is the address without the version."""

    http: GuardedHttp
    base: str
    version: str
    token: Secret
    app_secret: Secret | None = None

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        return await self.call("GET", path, query=query)

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
    ) -> dict[str, Any]:
        """One call; the decoded answer, or a PlatformProblem. `creates` marks a call that must not be repeated
        when its outcome is unclear."""
        try:
            answer = await self.http.call(
                method,
                f"{self.base}/{self.version}/{path}",
                headers={"authorization": f"Bearer {self.token.reveal()}"},
                query={**(query or {}), **self._proof()},
                json=json,
                form=form,
                files=files,
                timeout=UPLOAD_TIMEOUT if files else DEFAULT_TIMEOUT,
            )
        except CallFailed as failure:
            raise _of_failure(failure, creates) from failure
        report_usage(self.http.meter, answer.headers, utc_now())
        return _read(answer, creates)

    def _proof(self) -> dict[str, str]:
        """Shows that we hold the app secret beside the token: a stolen token alone is worth nothing."""
        if not self.app_secret:
            return {}
        key, token = self.app_secret.reveal().encode(), self.token.reveal().encode()
        return {"appsecret_proof": hmac.new(key, token, hashlib.sha256).hexdigest()}


def cloud_of(account: Account, http: GuardedHttp) -> Cloud:
    """Calls with the number's token."""
    token = account.secrets.get("access_token")
    if not token:
        raise Reconnect("no_token", "The number has no access token. Connect it again.")
    return make_cloud(account.fields, token, account.secrets.get("app_secret"), http)


def app_cloud_of(account: Account, http: GuardedHttp) -> Cloud:
    """Calls in the name of the app itself (the state of tokens)."""
    secret = account.secrets.get("app_secret")
    if not secret:
        raise Reconnect("no_app_secret", "The app secret is missing. Connect the number again.")
    return make_cloud(account.fields, app_token(account.fields.get("app_id", ""), secret), None, http)


def app_token(app_id: str, app_secret: Secret) -> Secret:
    return Secret(f"{app_id}|{app_secret.reveal()}")


def make_cloud(
    fields: Mapping[str, str], token: Secret, app_secret: Secret | None, http: GuardedHttp
) -> Cloud:
    base = (fields.get("base_url") or BASE_URL).rstrip("/")
    version = (fields.get("graph_version") or GRAPH_VERSION).strip("/")
    return Cloud(http.allowing(MANIFEST.hosts, base), base, version, token, app_secret)


def rows_of(answer: Mapping[str, Any], key: str = "data") -> list[dict[str, Any]]:
    """The objects of a list in an answer."""
    data = answer.get(key)
    return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []


def _read(answer: Answer, creates: bool) -> dict[str, Any]:
    error = read_error(answer.body)
    if error is not None:
        raise problem_of(
            error,
            status=answer.status,
            headers=answer.headers,
            creates=creates,
            details=_details(answer.body),
        )
    if answer.status >= 300:
        raise _of_status(answer, creates)
    try:
        value = read_json(answer.body)
    except MalformedPayload:
        value = None
    if isinstance(value, dict):
        return value
    message = "WhatsApp's answer could not be read."
    if creates:
        raise Unconfirmed("unreadable_answer", message, http_status=answer.status)
    raise TryAgain("unreadable_answer", message, http_status=answer.status)


def _details(body: bytes) -> str:
    """The API's explanation of an error, which says more than its message."""
    error = read_json(body).get("error")
    data = error.get("error_data") if isinstance(error, dict) else None
    details = data.get("details") if isinstance(data, dict) else None
    return details if isinstance(details, str) else ""


def _of_status(answer: Answer, creates: bool) -> PlatformProblem:
    """For an answer without an error object: a gateway or proxy spoke, not the Cloud API."""
    code, status = f"http_{answer.status}", answer.status
    wait = retry_after(answer.headers)
    if status == 429:
        return TryAgain(code, "WhatsApp asks to wait.", http_status=status, retry_after=wait, scope="account")
    if status == 401:
        return Reconnect(code, "WhatsApp no longer accepts the access token.", http_status=status)
    if status == 503:
        return TryAgain(code, "WhatsApp is unavailable.", http_status=status, retry_after=wait)
    if status >= 500 and creates:
        return Unconfirmed(code, "WhatsApp failed while handling this.", http_status=status)
    if status >= 500:
        return TryAgain(code, "WhatsApp failed while handling this.", http_status=status)
    return Rejected(code, f"WhatsApp answered with status {status}.", http_status=status)


def _of_failure(failure: CallFailed, creates: bool) -> PlatformProblem:
    if isinstance(failure, AddressRefused):
        return Rejected("address_refused", f"The address is not called: {failure}.")
    if not failure.sent:
        return TryAgain("not_connected", "WhatsApp could not be reached.")
    if creates:
        return Unconfirmed("no_answer", "WhatsApp did not answer; it may have accepted the message.")
    return TryAgain("no_answer", "WhatsApp did not answer.")
