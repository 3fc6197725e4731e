"""The Threads API as a connected profile uses it."""

from __future__ import annotations

from collections.abc import Mapping

from hark.adapters._meta.graph import Graph
from hark.adapters.threads.manifest import BASE_URL, MANIFEST, VERSION, VOICE
from hark.channels.contract import Account, Reconnect
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret


def graph_of(account: Account, http: GuardedHttp) -> Graph:
    token = account.secrets.get("access_token")
    if not token:
        raise Reconnect("no_token", "The profile has no access token. Connect it again.")
    return make_graph(account.fields, token, http)


def make_graph(fields: Mapping[str, str], token: Secret, http: GuardedHttp, version: str = VERSION) -> Graph:
    base = (fields.get("base_url") or BASE_URL).rstrip("/")
    return Graph(http.allowing(MANIFEST.hosts, base), base, version, token, None, VOICE)


def token_graph(fields: Mapping[str, str], http: GuardedHttp) -> Graph:
    """Calls that exchange codes and tokens; their addresses have no version."""
    return make_graph(fields, Secret(""), http, "")
