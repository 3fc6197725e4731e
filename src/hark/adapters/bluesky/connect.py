"""Connecting an account by an app password, and looking after the connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from hark.adapters.bluesky.client import Nothing, Xrpc, make_xrpc, xrpc_of
from hark.adapters.bluesky.errors import NO_CHAT
from hark.adapters.bluesky.session import Session, expiry_of, log_in
from hark.channels.contract import Account, Connected, Health, PlatformProblem, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

Check = tuple[bool, str]

OPEN_TO_ALL = (
    "In the Bluesky app, Settings, Privacy and security, allow direct messages from everybody: at present"
    " customers whom the account does not follow cannot write to it."
)
DECLARATION = "chat.bsky.actor.declaration"


class _Declaration(msgspec.Struct, rename="camel"):
    allow_incoming: str = "following"


class _Declared(msgspec.Struct):
    value: _Declaration


class _Who(msgspec.Struct):
    did: str
    handle: str = ""
    active: bool = True
    status: str | None = None


async def connect(values: Mapping[str, str], webhook_url: str | None, http: GuardedHttp) -> Connected:
    """One login. Raises Rejected with a sentence for the administrator."""
    handle = _needed(values, "handle", "handle").removeprefix("@").lower()
    password = Secret(_needed(values, "app_password", "app password"))
    try:
        session = await log_in(make_xrpc(values, None, http), handle, password)
    except Reconnect as problem:
        raise Rejected(problem.code, _refusal(problem)) from problem
    if not session.active:
        raise Rejected(
            "account_closed", f"Bluesky says that the account is {session.status or 'not active'}."
        )
    fields = {"handle": session.handle or handle, **({"base_url": session.server} if session.server else {})}
    xrpc = make_xrpc({**values, **fields}, Secret(session.access_jwt), http)
    return Connected(
        session.did,
        session.handle or handle,
        generated=session.secrets,
        fields=fields,
        steps=await _steps(xrpc, session),
        expires_at=session.expires_at,
    )


def _needed(values: Mapping[str, str], key: str, label: str) -> str:
    value = (values.get(key) or "").strip()
    if not value:
        raise Rejected("missing_field", f"The {label} is missing.")
    return value


def _refusal(problem: Reconnect) -> str:
    if problem.code == "AuthFactorTokenRequired":
        return problem.message
    if problem.code in {"AccountTakedown", "AccountSuspended", "AccountDeactivated"}:
        return problem.message
    return "Bluesky does not accept this handle with this app password."


async def _steps(xrpc: Xrpc, session: Session) -> tuple[str, ...]:
    """What is left to do by hand. What cannot be asked now shows when the connection is checked."""
    try:
        rights, incoming = await _check_messages(xrpc), await _check_incoming(xrpc, session.did)
    except PlatformProblem:
        return ()
    return tuple(sentence for ok, sentence in (rights, incoming) if not ok)


async def check(account: Account, http: GuardedHttp) -> Health:
    """Session, the right to direct messages, who may write, and whether notifications can be read."""
    try:
        xrpc = xrpc_of(account, http)
        checks = {"token": await _check_session(xrpc, account)}
    except PlatformProblem as problem:
        return Health(False, {"token": (False, problem.message)})
    did = account.platform_account_id
    checks["scopes"] = await _safely(lambda: _check_messages(xrpc))
    checks["subscription"] = await _safely(lambda: _check_notifications(xrpc))
    if checks["scopes"][0]:
        checks["incoming"] = await _safely(lambda: _check_incoming(xrpc, did))
    return Health(all(ok for ok, _ in checks.values()), checks)


async def _safely(look: Callable[[], Awaitable[Check]]) -> Check:
    try:
        return await look()
    except PlatformProblem as problem:
        return False, problem.message


async def _check_session(xrpc: Xrpc, account: Account) -> Check:
    who = await xrpc.get("com.atproto.server.getSession", _Who)
    if who.did != account.platform_account_id:
        return False, "The session belongs to another Bluesky account. Connect it again."
    if not who.active:
        return (
            False,
            f"Bluesky says that the account is {who.status or 'not active'}: nothing can be read or sent.",
        )
    ends = expiry_of(account.secrets["access_jwt"].reveal())
    until = f" until {ends:%Y-%m-%d %H:%M} UTC, and is renewed before" if ends else ""
    return True, f"The session is valid{until}."


async def _check_messages(xrpc: Xrpc) -> Check:
    try:
        await xrpc.get("chat.bsky.convo.listConvos", Nothing, {"limit": 1})
    except Rejected as refusal:
        if refusal.code == NO_CHAT:
            return False, refusal.message
        raise
    return True, "The app password gives access to direct messages."


async def _check_notifications(xrpc: Xrpc) -> Check:
    await xrpc.get("app.bsky.notification.listNotifications", Nothing, {"limit": 1})
    return True, "Mentions and replies can be read."


async def _check_incoming(xrpc: Xrpc, did: str) -> Check:
    try:
        found = await xrpc.get(
            "com.atproto.repo.getRecord", _Declared, {"repo": did, "collection": DECLARATION, "rkey": "self"}
        )
    except Rejected:
        return False, OPEN_TO_ALL  # nothing declared: only people whom the account follows
    if found.value.allow_incoming == "all":
        return True, "Everybody may write to the account."
    return False, OPEN_TO_ALL
