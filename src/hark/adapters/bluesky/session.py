"""Sessions: made once by password, renewed by their second token; both tokens change each time.

A server takes 30 logins in five minutes and 300 a day, so nothing logs in that could renew.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from hark.adapters.bluesky.client import Xrpc, make_xrpc
from hark.channels.contract import Account, Reconnect, Refreshed, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret


class Session(msgspec.Struct, rename="camel"):
    """What a login or renewal answers."""

    access_jwt: str
    refresh_jwt: str
    did: str
    handle: str = ""
    active: bool = True
    status: str | None = None
    did_doc: dict[str, Any] | None = None

    @property
    def secrets(self) -> dict[str, Secret]:
        return {"access_jwt": Secret(self.access_jwt), "refresh_jwt": Secret(self.refresh_jwt)}

    @property
    def expires_at(self) -> datetime | None:
        return expiry_of(self.access_jwt)

    @property
    def server(self) -> str | None:
        """The account's own server, as its document names it."""
        services = (self.did_doc or {}).get("service")
        for service in services if isinstance(services, list) else ():
            if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
                endpoint = service.get("serviceEndpoint")
                return endpoint.rstrip("/") if isinstance(endpoint, str) and endpoint else None
        return None


class _Claims(msgspec.Struct):
    exp: float | None = None


def expiry_of(token: str) -> datetime | None:
    """When a token ends, read without proof: it is our own, and the server judges it anyway."""
    try:
        part = token.split(".")[1]
        claims = msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=_Claims)
        return datetime.fromtimestamp(claims.exp, UTC) if claims.exp else None
    except (IndexError, binascii.Error, ValueError, OverflowError, OSError, msgspec.DecodeError):
        return None


async def log_in(xrpc: Xrpc, handle: str, password: Secret) -> Session:
    body = {"identifier": handle, "password": password.reveal()}
    return await xrpc.post("com.atproto.server.createSession", Session, body)


async def refresh(account: Account, http: GuardedHttp) -> Refreshed:
    """New tokens for the old; by the app password where the old ones have ended. Raises Reconnect."""
    session = await _renewed(account.fields, account.secrets, http)
    if session.did != account.platform_account_id:
        raise Reconnect("other_account", "The session belongs to another Bluesky account. Connect it again.")
    if not session.active:
        raise Reconnect(
            "account_closed", f"Bluesky says that the account is {session.status or 'not active'}."
        )
    return Refreshed(session.secrets, session.expires_at, _moved(account.fields, session))


async def _renewed(fields: Mapping[str, str], secrets: Mapping[str, Secret], http: GuardedHttp) -> Session:
    token, password = secrets.get("refresh_jwt"), secrets.get("app_password")
    if token:
        try:
            return await make_xrpc(fields, token, http).post("com.atproto.server.refreshSession", Session)
        except (Reconnect, Rejected):
            if not password:
                raise
    if not password:
        raise Reconnect("no_session", "The account has no session. Connect it again.")
    return await log_in(make_xrpc(fields, None, http), fields.get("handle", ""), password)


def _moved(fields: Mapping[str, str], session: Session) -> dict[str, str]:
    """What else a renewal tells: the account has another handle now."""
    changed = session.handle and session.handle not in {"handle.invalid", fields.get("handle")}
    return {"handle": session.handle} if changed else {}
