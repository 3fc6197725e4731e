"""The two ways to reach an Instagram account: through the page it is linked to, or by Instagram's own login."""

from __future__ import annotations

from collections.abc import Mapping

from hark.adapters._meta.graph import Graph
from hark.adapters.instagram.manifest import (
    BASE_URL,
    GRAPH_VERSION,
    INSTAGRAM_URL,
    LOGIN_URL,
    MANIFEST,
    VOICE,
)
from hark.channels.contract import Account, Reconnect
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

FACEBOOK, INSTAGRAM = "facebook", "instagram"


def login_of(fields: Mapping[str, str], token: str = "") -> str:
    """Which login the account has: as given, else by how Meta writes the tokens."""
    given = (fields.get("login") or "").strip().lower()
    if given in {FACEBOOK, INSTAGRAM}:
        return given
    return INSTAGRAM if token.startswith("IG") else FACEBOOK


def uses_page(account: Account) -> bool:
    return login_of(account.fields, _token(account).reveal()) == FACEBOOK


def graph_of(account: Account, http: GuardedHttp) -> Graph:
    """Calls with the account's token, at the host of its login."""
    token = _token(account)
    secret = account.secrets.get("app_secret")
    return make_graph(account.fields, login_of(account.fields, token.reveal()), token, secret, http)


def owner_of(account: Account) -> str:
    """Whose conversations and messages: the page, or whoever the token belongs to. `/me` and not the id, because Instagram
    Login has two ids for one account, and webhooks use the one that is not the login's."""
    return account.fields.get("page_id") or "me" if uses_page(account) else "me"


def profile_of(account: Account) -> str:
    """The account as an object that has media and mentions."""
    return account.platform_account_id if uses_page(account) else "me"


def make_graph(
    fields: Mapping[str, str], login: str, token: Secret, app_secret: Secret | None, http: GuardedHttp
) -> Graph:
    base = (fields.get("base_url") or (BASE_URL if login == FACEBOOK else INSTAGRAM_URL)).rstrip("/")
    # The proof is described for graph.facebook.com; tokens of Instagram Login belong to another app secret.
    proof = app_secret if login == FACEBOOK else None
    return Graph(http.allowing(MANIFEST.hosts, base), base, version_of(fields), token, proof, VOICE)


def app_graph_of(account: Account, http: GuardedHttp) -> Graph:
    """Calls in the name of the app itself; they are at graph.facebook.com for both logins."""
    secret = account.secrets.get("app_secret")
    if not secret:
        raise Reconnect("no_app_secret", "The app secret is missing. Connect the account again.")
    return app_graph(account.fields, secret, http)


def app_graph(fields: Mapping[str, str], secret: Secret, http: GuardedHttp) -> Graph:
    token = Secret(f"{fields.get('app_id', '')}|{secret.reveal()}")
    return make_graph(fields, FACEBOOK, token, None, http)


def token_graph(fields: Mapping[str, str], default: str, http: GuardedHttp) -> Graph:
    """Calls that exchange codes and tokens; their addresses have no version."""
    base = (fields.get("base_url") or default).rstrip("/")
    return Graph(http.allowing(MANIFEST.hosts, base), base, "", Secret(""), None, VOICE)


def login_graph(fields: Mapping[str, str], http: GuardedHttp) -> Graph:
    return token_graph(fields, LOGIN_URL, http)


def version_of(fields: Mapping[str, str]) -> str:
    return (fields.get("graph_version") or GRAPH_VERSION).strip("/")


def _token(account: Account) -> Secret:
    token = account.secrets.get("access_token")
    if not token:
        raise Reconnect("no_token", "The account has no access token. Connect it again.")
    return token
