"""Google's consent page (which consents at once) and the address that gives tokens."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from hark.standins.googlereviews.world import TOKEN_SECONDS, World

SCOPE = "https://www.googleapis.com/auth/business.manage"

Told = tuple[int, Any, dict[str, str]]


def consent(world: World, asked: dict[str, str]) -> Told:
    """Sends the person back with a code; the code fits only the verifier of this challenge."""
    if asked.get("scope") != SCOPE or asked.get("client_id") != world.client_id:
        return 400, {"error": "invalid_scope"}, {}
    code = secrets.token_urlsafe(16)
    world.codes[code] = (world.clock() + timedelta(minutes=10), asked.get("code_challenge", ""))
    back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}"
    return 302, None, {"location": back}


def token(world: World, form: dict[str, str]) -> Told:
    if (form.get("client_id"), form.get("client_secret")) != (world.client_id, world.client_secret):
        return 401, {"error": "invalid_client", "error_description": "Unauthorized"}, {}
    given = {
        "access_token": world.new_token(),
        "expires_in": TOKEN_SECONDS,
        "scope": SCOPE,
        "token_type": "Bearer",
    }
    if form.get("grant_type") == "refresh_token" and form.get("refresh_token") == world.refresh_token:
        return 200, given, {}
    ends, challenge = world.codes.pop(form.get("code", ""), (world.clock(), ""))
    if ends > world.clock() and challenge in {"", _challenge(form.get("code_verifier", ""))}:
        return 200, {**given, "refresh_token": world.refresh_token}, {}
    world.access.pop(str(given["access_token"]))
    return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, {}


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
