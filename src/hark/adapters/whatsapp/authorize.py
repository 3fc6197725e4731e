"""Connecting by Meta's own dialog (Embedded Signup, or Facebook Login for Business): the person chooses the WhatsApp
account, we get a token for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from hark.adapters._meta.wire import text_id
from hark.adapters.whatsapp.client import app_token, make_cloud, rows_of
from hark.adapters.whatsapp.connect import NUMBER_FIELDS, token_state
from hark.adapters.whatsapp.manifest import GRAPH_VERSION, SCOPES
from hark.channels.contract import Authorization, Choice, Reconnect, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

DIALOG = "https://www.facebook.com"


def begin(values: Mapping[str, str], redirect_uri: str, state: str, code_challenge: str) -> str:
    """The address of the dialog. `config_id` names a configuration of Facebook Login for Business, which then says what is
    asked for. Meta's dialog has no PKCE for business tokens: the app secret proves who exchanges the code."""
    asked = (
        {"config_id": values["config_id"], "override_default_response_type": "true"}
        if values.get("config_id")
        else {"scope": ",".join(scope.name for scope in SCOPES)}
    )
    version = values.get("graph_version") or GRAPH_VERSION
    query = {
        "client_id": values["app_id"],
        "redirect_uri": redirect_uri,
        "state": state,
        "response_type": "code",
    }
    return f"{DIALOG}/{version}/dialog/oauth?{urlencode({**query, **asked})}"


async def finish(
    values: Mapping[str, str], code: str, redirect_uri: str, code_verifier: str, http: GuardedHttp
) -> tuple[Choice, ...]:
    """The numbers of all WhatsApp accounts that the person let us use."""
    secret = Secret(values["app_secret"])
    app = make_cloud(values, app_token(values["app_id"], secret), None, http)
    query = {"client_id": values["app_id"], "client_secret": values["app_secret"]}
    try:
        answer = await app.get("oauth/access_token", **query, code=code, redirect_uri=redirect_uri)
        token = text_id(answer.get("access_token"))
        if token is None:
            raise Rejected("no_token", "Meta gave no access token. Begin again.")
        state = await token_state(app, Secret(token))
        cloud = make_cloud(values, Secret(token), secret, http)
        choices: list[Choice] = []
        for waba_id in _accounts(state):
            rows = rows_of(await cloud.get(f"{waba_id}/phone_numbers", fields=NUMBER_FIELDS, limit="100"))
            choices += [_choice(row, waba_id, token) for row in rows if text_id(row.get("id"))]
    except Reconnect as problem:
        raise Rejected(problem.code, f"Meta refused. {problem.message}") from problem
    if not choices:
        raise Rejected("no_number", "No WhatsApp number was shared with the app. Begin again and choose one.")
    return tuple(choices)


def _accounts(state: Mapping[str, Any]) -> Iterable[str]:
    """The WhatsApp accounts for which a right was given."""
    found = (
        text_id(target)
        for row in rows_of(state, "granular_scopes")
        if row.get("scope") in {scope.name for scope in SCOPES}
        for target in row.get("target_ids") or ()
    )
    return dict.fromkeys(target for target in found if target)


def _choice(row: Mapping[str, Any], waba_id: str, token: str) -> Choice:
    number = str(text_id(row.get("id")))
    name = f"{row.get('verified_name') or 'WhatsApp'} ({row.get('display_phone_number') or number})"
    return Choice(number, name, {"access_token": token, "phone_number_id": number, "waba_id": waba_id})


AUTHORIZATION = Authorization(
    needs=("app_id", "app_secret"),
    begin=begin,
    finish=finish,
    optional=("config_id", "graph_version", "base_url"),
)
