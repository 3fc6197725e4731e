"""Facebook Login: sending a person to the dialog, exchanging the code, and the pages that the person manages.

https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow (state; no PKCE for confidential apps)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from hark.adapters._meta.graph import Graph, rows_of
from hark.adapters._meta.wire import text_id
from hark.channels.contract import Rejected, Scope
from hark.kernel.secrets import Secret

DIALOG = "https://www.facebook.com"


class ManagedPage(msgspec.Struct, frozen=True):
    """A page of the person, with the token for it, and the tasks that the person has on it (None: not told)."""

    id: str
    name: str
    token: Secret
    tasks: tuple[str, ...] | None = None
    instagram_id: str | None = None
    instagram_name: str | None = None


def dialog_address(
    values: Mapping[str, str], version: str, scopes: Iterable[Scope], redirect_uri: str, state: str
) -> str:
    """Where the person is asked. Only what is offered by name is asked for; optional permissions may be refused there."""
    base = (values.get("base_url") or "").rstrip("/")
    query = {
        "client_id": values.get("app_id", ""),
        "redirect_uri": redirect_uri,
        "state": state,
        "response_type": "code",
        "scope": ",".join(scope.name for scope in scopes),
    }
    host = DIALOG if not base or base == "https://graph.facebook.com" else base
    return f"{host}/{version}/dialog/oauth?{urlencode(query)}"


async def long_lived_token(
    graph: Graph, app_id: str, app_secret: Secret, code: str, redirect_uri: str
) -> Secret:
    """The code against a token of an hour or two, that against one of about 60 days: pages' tokens made with it have no
    end of their own."""
    client = {"client_id": app_id, "client_secret": app_secret.reveal()}
    short = await graph.open(
        "GET", "oauth/access_token", {**client, "redirect_uri": redirect_uri, "code": code}
    )
    return await exchanged(graph, app_id, app_secret, token_in(short))


async def exchanged(graph: Graph, app_id: str, app_secret: Secret, token: Secret) -> Secret:
    answer = await graph.open(
        "GET",
        "oauth/access_token",
        {
            "grant_type": "fb_exchange_token",
            "client_id": app_id,
            "client_secret": app_secret.reveal(),
            "fb_exchange_token": token.reveal(),
        },
    )
    return token_in(answer)


def token_in(answer: Mapping[str, Any]) -> Secret:
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise Rejected("no_token", "The platform gave no access token. Start again.")
    return Secret(token)


async def managed_pages(graph: Graph, *, instagram: bool = False) -> list[ManagedPage]:
    """The pages that the token's person gave the app access to."""
    fields = "id,name,access_token,tasks" + (",instagram_business_account{id,username}" if instagram else "")
    rows = [row async for page in graph.pages("me/accounts", fields=fields) for row in page]
    return [page for row in rows if (page := _page(row)) is not None]


def _page(row: Mapping[str, Any]) -> ManagedPage | None:
    page_id, token = text_id(row.get("id")), row.get("access_token")
    if page_id is None or not isinstance(token, str) or not token:
        return None
    linked, tasks = row.get("instagram_business_account"), row.get("tasks")
    linked = linked if isinstance(linked, dict) else {}
    return ManagedPage(
        page_id,
        str(row.get("name") or page_id),
        Secret(token),
        tuple(map(str, tasks)) if isinstance(tasks, list) else None,
        text_id(linked.get("id")),
        text_id(linked.get("username")),
    )


def rows_named(answer: Any) -> list[dict[str, Any]]:
    """The rows of an answer that some versions wrap in a list and some do not."""
    return rows_of(answer) or ([answer] if isinstance(answer, dict) else [])
