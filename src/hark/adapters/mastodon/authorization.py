"""Signing in on the account's own server. Every server knows only programs that have registered with it, so that comes first."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from hark.adapters.mastodon.client import make_server
from hark.adapters.mastodon.connect import address_in
from hark.adapters.mastodon.instance import read_instance
from hark.adapters.mastodon.manifest import SCOPES
from hark.adapters.mastodon.payloads import Person
from hark.channels.contract import Authorization, Choice, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

PROGRAM = "Hark"


class _Registered(msgspec.Struct):
    client_id: str
    client_secret: str


class _Token(msgspec.Struct):
    access_token: str
    scope: str = ""


async def prepare(values: Mapping[str, str], redirect_uri: str, http: GuardedHttp) -> Mapping[str, str]:
    """Registers this program, unless an own application was given."""
    base = address_in(values)
    if values.get("client_id") and values.get("client_secret"):
        return {"base_url": base}
    body = {"client_name": PROGRAM, "redirect_uris": redirect_uri, "scopes": " ".join(SCOPES)}
    server = make_server({"base_url": base}, None, http)
    registered = await server.post("/api/v1/apps", _Registered, body)
    return {"base_url": base, "client_id": registered.client_id, "client_secret": registered.client_secret}


def begin(values: Mapping[str, str], redirect_uri: str, state: str, code_challenge: str) -> str:
    """Servers before Mastodon 4.3 do not know the challenge, and pass over it."""
    query = {
        "response_type": "code",
        "client_id": values["client_id"],
        "redirect_uri": redirect_uri,
        "scope": " ".join(SCOPES),
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
        "force_login": "true",
    }
    return f"{values['base_url'].rstrip('/')}/oauth/authorize?{urlencode(query)}"


async def finish(
    values: Mapping[str, str], code: str, redirect_uri: str, code_verifier: str, http: GuardedHttp
) -> tuple[Choice, ...]:
    """A token opens one account."""
    server = make_server(values, None, http)
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": values.get("client_id", ""),
        "client_secret": values.get("client_secret", ""),
        "redirect_uri": redirect_uri,
        "code_verifier": code_verifier,
        "scope": " ".join(SCOPES),
    }
    try:
        token = await server.post("/oauth/token", _Token, body)
    except Reconnect as problem:
        raise Rejected(problem.code, "The server does not accept this sign-in. Begin again.") from problem
    signed_in = make_server(values, Secret(token.access_token), http)
    person = await signed_in.get("/api/v1/accounts/verify_credentials", Person)
    instance = await read_instance(signed_in)
    name = f"@{person.acct or person.username}" + (f"@{instance.domain}" if instance.domain else "")
    return (Choice(person.id, name, {"access_token": token.access_token}),)


AUTHORIZATION = Authorization(
    needs=("base_url",),
    optional=("client_id", "client_secret"),
    begin=begin,
    finish=finish,
    prepare=prepare,
)
