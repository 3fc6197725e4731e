"""The Graph API as a connected page uses it."""

from __future__ import annotations

from collections.abc import Mapping

from hark.adapters._meta.graph import Graph
from hark.adapters.facebook.manifest import BASE_URL, GRAPH_VERSION, MANIFEST
from hark.channels.contract import Account, Reconnect
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret


def graph_of(account: Account, http: GuardedHttp) -> Graph:
    """Calls with the page's token."""
    token = account.secrets.get("page_access_token")
    if not token:
        raise Reconnect("no_token", "The page has no access token. Connect it again.")
    return make_graph(account.fields, token, account.secrets.get("app_secret"), http)


def app_graph_of(account: Account, http: GuardedHttp) -> Graph:
    """Calls in the name of the app itself (its webhooks, the state of tokens)."""
    secret = account.secrets.get("app_secret")
    if not secret:
        raise Reconnect("no_app_secret", "The app secret is missing. Connect the page again.")
    return make_graph(account.fields, app_token(account.fields.get("app_id", ""), secret), None, http)


def app_token(app_id: str, app_secret: Secret) -> Secret:
    return Secret(f"{app_id}|{app_secret.reveal()}")


def make_graph(
    fields: Mapping[str, str], token: Secret, app_secret: Secret | None, http: GuardedHttp
) -> Graph:
    base = (fields.get("base_url") or BASE_URL).rstrip("/")
    version = (fields.get("graph_version") or GRAPH_VERSION).strip("/")
    return Graph(http.allowing(MANIFEST.hosts, base), base, version, token, app_secret)
