"""Signing in: the consent page (which consents at once), tokens, and what a token is worth."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus, urlencode

from hark.standins.linkedin.http import Answer, Request
from hark.standins.linkedin.world import CODE_SECONDS, SCOPES, World


class OAuth:
    def __init__(self, world: World) -> None:
        self.world = world

    def handle(self, request: Request) -> Answer:
        """Everything below /oauth/v2/."""
        what = request.path.removeprefix("oauth/v2/")
        if what == "authorization" and request.method == "GET":
            return self._consent(request)
        form = request.form()
        if (
            form.get("client_id") != self.world.client_id
            or form.get("client_secret") != self.world.client_secret
        ):
            return _refused("invalid_client", "Client authentication failed", 401)
        if what == "accessToken":
            return self._token(form)
        if what == "introspectToken":
            return Answer(200, self._state(form.get("token", "")))
        return Answer(404)

    def _consent(self, request: Request) -> Answer:
        asked = {name: unquote_plus(value) for name, value in request.query.items()}
        code = secrets.token_urlsafe(16)
        self.world.codes[code] = self.world.clock() + timedelta(seconds=CODE_SECONDS)
        back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}"
        return Answer(302, headers={"location": back})

    def _token(self, form: dict[str, str]) -> Answer:
        world, now = self.world, self.world.clock()
        if form.get("grant_type") == "authorization_code":
            ends = world.codes.pop(form.get("code", ""), None)
            if ends is None or ends <= now:
                return _refused(
                    "invalid_request", "Unable to retrieve access token: authorization code not found"
                )
            world.token = world.new_token()
        elif form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") != world.token.refresh or world.token.consent_ends <= now:
                return _refused(
                    "invalid_request",
                    "The provided authorization grant or refresh token is invalid, expired or revoked.",
                )
            kept = world.token
            world.token = world.new_token(kept.consent_ends)
            world.token.refresh = kept.refresh
        else:
            return _refused("invalid_request", "A required parameter is missing")
        return Answer(200, self._given())

    def _given(self) -> dict[str, Any]:
        token, now = self.world.token, self.world.clock()
        given = {
            "access_token": token.access,
            "expires_in": int((token.ends - now).total_seconds()),
            "scope": ",".join(SCOPES),
        }
        if self.world.settings.refreshes:
            given["refresh_token"] = token.refresh
            given["refresh_token_expires_in"] = int((token.consent_ends - now).total_seconds())
        return given

    def _state(self, token: str) -> dict[str, Any]:
        known, now = self.world.token, self.world.clock()
        if token != known.access:
            return {"active": False}
        active = not known.revoked and known.ends > now
        status = "active" if active else "revoked" if known.revoked else "expired"
        told = {
            "client_id": self.world.client_id,
            "expires_at": int(known.ends.timestamp()),
            "auth_type": "3L",
        }
        return {"active": active, "status": status, "scope": ",".join(SCOPES), **told}


def _refused(error: str, description: str, status: int = 400) -> Answer:
    return Answer(status, {"error": error, "error_description": description})
