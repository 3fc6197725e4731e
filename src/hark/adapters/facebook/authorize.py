"""Connecting a page by Facebook Login: the person grants permissions, then chooses among the pages."""

from __future__ import annotations

from collections.abc import Mapping

from hark.adapters._meta.login import dialog_address, long_lived_token, managed_pages
from hark.adapters._meta.tokens import needed
from hark.adapters.facebook.client import make_graph
from hark.adapters.facebook.manifest import GRAPH_VERSION, SCOPES
from hark.channels.contract import Authorization, Choice, Rejected
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret

KEPT = ("app_id", "app_secret", "verify_token", "graph_version", "base_url")


def begin(values: Mapping[str, str], redirect_uri: str, state: str, code_challenge: str) -> str:
    """The dialog's address. Facebook Login has a state and, for apps with a secret, no PKCE."""
    version = values.get("graph_version") or GRAPH_VERSION
    return dialog_address(values, version, SCOPES, redirect_uri, state)


async def finish(
    values: Mapping[str, str], code: str, redirect_uri: str, code_verifier: str, http: GuardedHttp
) -> tuple[Choice, ...]:
    """The pages of the person, each with a token that has no end of its own. Raises Rejected where there are none."""
    app_id, secret = needed(values, "app_id", "app ID"), Secret(needed(values, "app_secret", "app secret"))
    nobody = make_graph(values, Secret(""), None, http)
    person = make_graph(
        values, await long_lived_token(nobody, app_id, secret, code, redirect_uri), secret, http
    )
    kept = {key: values[key] for key in KEPT if values.get(key)}
    choices = tuple(
        Choice(page.id, page.name, {**kept, "page_id": page.id, "page_access_token": page.token.reveal()})
        for page in await managed_pages(person)
    )
    if not choices:
        raise Rejected(
            "no_page",
            "You manage no page, or gave the app access to none. Start again and choose the pages in Facebook's dialog.",
        )
    return choices


AUTHORIZATION = Authorization(
    needs=("app_id", "app_secret"), begin=begin, finish=finish, optional=("graph_version", "base_url")
)
