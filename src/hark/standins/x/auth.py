"""Who calls: by OAuth 1.0a signature, by a token of OAuth 2 with its scopes, or the app itself."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import msgspec
from oauthlib.oauth1.rfc5849 import signature as oauth1

from hark.standins.x.errors import Refusal, problem, unauthorized
from hark.standins.x.world import World

Who = Literal["user", "oauth2", "app"]
LIFE = timedelta(hours=2)
CODE_LIFE = timedelta(seconds=30)
ALL_SCOPES = (
    "tweet.read tweet.write tweet.moderate.write users.read dm.read dm.write media.write like.read like.write"
    " offline.access"
)


class Granted(msgspec.Struct):
    """A token of OAuth 2."""

    scopes: frozenset[str]
    until: datetime


class Keys:
    """The app's keys, and the tokens that were given out. A refresh token works once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.consumer_key, self.consumer_secret = "stand-in-api-key", "stand-in-api-key-secret"
        self.token, self.token_secret = f"{world.us.id}-stand-in-token", "stand-in-token-secret"
        self.client_id, self.client_secret = "stand-in-client", "stand-in-client-secret"
        self.bearer = "stand-in-app-only-token"
        self.access: dict[str, Granted] = {}
        self.refresh: dict[str, frozenset[str]] = {}
        self.codes: dict[str, tuple[datetime, str, str]] = {}
        self.revoked = False

    def give(self, scopes: str = ALL_SCOPES) -> dict[str, Any]:
        """A new pair, as the token endpoint answers it."""
        granted = frozenset(scopes.split())
        access, renewed = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.access[access] = Granted(granted, self._world.now() + LIFE)
        answer: dict[str, Any] = {"token_type": "bearer", "expires_in": int(LIFE.total_seconds())}
        answer |= {"access_token": access, "scope": " ".join(sorted(granted))}
        if "offline.access" in granted:
            self.refresh[renewed] = granted
            answer["refresh_token"] = renewed
        return answer

    def caller(self, method: str, url: str, headers: Mapping[str, str], scopes: frozenset[str]) -> Who:
        """Who calls. Raises Refusal for bad signatures, tokens that ended, missing scopes."""
        kind, _, value = headers.get("authorization", "").partition(" ")
        if kind.lower() == "oauth":
            return self._by_signature(method, url, headers["authorization"])
        if kind.lower() != "bearer":
            raise unauthorized()
        if secrets.compare_digest(value, self.bearer):
            return "app"
        granted = self.access.get(value)
        if granted is None or granted.until <= self._world.now() or self.revoked:
            raise unauthorized()
        if missing := scopes - granted.scopes:
            raise problem(403, f"The token lacks {', '.join(sorted(missing))}.", "oauth2-permissions")
        return "oauth2"

    def _by_signature(self, method: str, url: str, header: str) -> Who:
        signature = cast(
            "Any", oauth1
        )  # its published types know neither plain text methods nor its own lists
        rows = signature.collect_parameters(
            uri_query=url.partition("?")[2], headers={"Authorization": header}, exclude_oauth_signature=False
        )
        given = dict(rows)
        ours = (given.get("oauth_consumer_key"), given.get("oauth_token"))
        if ours != (self.consumer_key, self.token) or self.revoked:
            raise unauthorized()
        signed = signature.normalize_parameters([row for row in rows if row[0] != "oauth_signature"])
        base = signature.signature_base_string(method, signature.base_string_uri(url), signed)
        expected = signature.sign_hmac_sha1_with_client(
            base, _Client(self.consumer_secret, self.token_secret)
        )
        if not secrets.compare_digest(expected, given.get("oauth_signature", "")):
            raise unauthorized()
        return "user"

    # The token endpoints ---------------------------------------------------------------------------------------------

    def code(self, challenge: str, redirect_uri: str) -> str:
        code = secrets.token_urlsafe(16)
        self.codes[code] = (self._world.now() + CODE_LIFE, challenge, redirect_uri)
        return code

    def exchange(self, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """`/2/oauth2/token`. Errors are plain OAuth."""
        if not self._knows_client(form, headers):
            raise _oauth_error(401, "unauthorized_client", "Missing valid authorization header")
        if form.get("grant_type") == "refresh_token":
            granted = self.refresh.pop(form.get("refresh_token", ""), None)
            if granted is None or self.revoked:
                raise _oauth_error(400, "invalid_request", "Value passed for the token was invalid.")
            return self.give(" ".join(granted))
        until, challenge, redirect_uri = self.codes.pop(form.get("code", ""), (self._world.now(), "", ""))
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        fits = until > self._world.now() and proof == challenge and redirect_uri == form.get("redirect_uri")
        if not fits:
            raise _oauth_error(400, "invalid_request", "Value passed for the authorization code was invalid.")
        return self.give()

    def app_only(self, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """`/oauth2/token`."""
        known = headers.get("authorization", "") == _basic(self.consumer_key, self.consumer_secret)
        if not known or form.get("grant_type") != "client_credentials":
            raise Refusal(403, {"errors": [{"code": 99, "message": "Unable to verify your credentials"}]})
        return {"token_type": "bearer", "access_token": self.bearer}

    def _knows_client(self, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        """Confidential clients prove themselves."""
        given = headers.get("authorization", "")
        return form.get("client_id") == self.client_id and given == _basic(self.client_id, self.client_secret)


class _Client(msgspec.Struct, frozen=True):
    """What oauthlib's signature function reads of a client."""

    client_secret: str
    resource_owner_secret: str


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _oauth_error(status: int, error: str, description: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": description})
