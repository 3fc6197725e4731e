"""An adapter: a frozen record of functions, with None where an ability is missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hark.channels.contract.events import Author, InboundEvent, Post
from hark.channels.contract.manifest import Ability, Manifest
from hark.channels.contract.outbound import NotSent, Outbound, Sent, Template
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret


class Account(msgspec.Struct, frozen=True):
    """A connected account as its adapter sees it. `fields` are the non-secret connection values, `secrets` the secret ones
    (a rotated secret stays reachable as `<key>.previous` while both are valid), `state` what `AccountNotice` left."""

    id: UUID
    workspace_id: UUID
    platform_account_id: str
    name: str
    secrets: Mapping[str, Secret]
    fields: Mapping[str, str] = {}
    state: Mapping[str, Any] = {}
    webhook_url: str | None = None

    def base_url(self, default: str) -> str:
        """Where calls go: the account's own base address (tests, self-hosted servers) or the platform's."""
        return (self.fields.get("base_url") or default).rstrip("/")

    @property
    def addresses(self) -> tuple[str, ...]:
        """What the account's own fields name beside its base address: its server's files, its stream. They end in `_url`."""
        return tuple(value for key, value in self.fields.items() if key.endswith("_url") and "://" in value)


class WebhookRequest(msgspec.Struct, frozen=True):
    """A request as it arrived; header names in lower case."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


class RawItem(msgspec.Struct, frozen=True):
    """One thing of a webhook body. `payload` is JSON bytes that `normalize` understands; `dedup_key` is the same for every
    redelivery. `platform_account_id` names whose it is where the body says so, None where only the address tells."""

    dedup_key: str
    payload: bytes
    platform_account_id: str | None = None


class FetchedPage(msgspec.Struct, frozen=True):
    """A stretch of history: raw items as a webhook would have brought them, and the cursor of the next page (None at the end).
    `state` merges into the account's state in the transaction that stores the items: where the next poll goes on. A list
    that runs from new to old gives it with its last page only: what a walk that broke off has not reached stays wanted.
    `total` is how many items there are in all, where the platform says so."""

    items: tuple[RawItem, ...]
    next: str | None
    state: Mapping[str, Any] = {}
    total: int | None = None


class MediaRequest(msgspec.Struct, frozen=True):
    """Where a file is: GET `url` with `headers`; at most `max_bytes`."""

    url: str
    headers: Mapping[str, str] = {}
    max_bytes: int = 50 * 1024 * 1024


class Connected(msgspec.Struct, frozen=True):
    """The answer of the platform to given credentials. `generated` are secrets that connecting made (a webhook secret);
    `steps` are sentences for what the administrator still has to do by hand."""

    platform_account_id: str
    name: str
    generated: Mapping[str, Secret] = {}
    fields: Mapping[str, str] = {}
    steps: tuple[str, ...] = ()
    expires_at: datetime | None = None
    """When the credentials end; None: not known, or never."""


class Refreshed(msgspec.Struct, frozen=True):
    """New credentials for the old ones. `secrets` are all that changed (a rotated refresh token too); empty where the
    present ones are good until `expires_at` and cannot be renewed: a person is warned in time."""

    secrets: Mapping[str, Secret]
    expires_at: datetime | None = None
    fields: Mapping[str, str] = {}


class Choice(msgspec.Struct, frozen=True):
    """An account that the person who authorized may connect: `id` is the `platform_account_id` that `connect` will give,
    `values` what it takes beside the values that were given before authorizing. Keys that are not in `manifest.fields`
    (a refresh token, when it ends) are kept as secrets and come back in `Account.secrets`."""

    id: str
    name: str
    values: Mapping[str, str]


class Authorization(msgspec.Struct, frozen=True):
    """Connecting by OAuth. `needs` are keys of `manifest.fields` that must be given before (client id and secret).

    - `begin(values, redirect_uri, state, code_challenge)`: the address to send the person to (PKCE S256 where the
      platform has it).
    - `finish(values, code, redirect_uri, code_verifier, http)`: the code against tokens; what can be connected with them.
    - `prepare(values, redirect_uri, http)`: what has to be asked of the platform before (registering this program with one
      of many servers); the values that it gave, for `begin` and `finish`. Raises Rejected with a sentence.
    """

    needs: tuple[str, ...]
    begin: Callable[[Mapping[str, str], str, str, str], str]
    finish: Callable[[Mapping[str, str], str, str, str, GuardedHttp], Awaitable[tuple[Choice, ...]]]
    optional: tuple[str, ...] = ()
    """Further keys that may be given before (a server's address)."""
    prepare: Callable[[Mapping[str, str], str, GuardedHttp], Awaitable[Mapping[str, str]]] | None = None


class Health(msgspec.Struct, frozen=True):
    """One line per check of a connection. `ok` is the whole; `checks` maps a check's name to (ok, sentence)."""

    ok: bool
    checks: Mapping[str, tuple[bool, str]]


class Profile(msgspec.Struct, frozen=True):
    """A person as the platform's API tells it."""

    author: Author


class Action(msgspec.Struct, frozen=True):
    """Something done to a thread or message that creates nothing: typing, mark as read, hide, like, delete, edit, react."""

    ability: Ability
    thread_key: str
    reply_to: dict[str, str] = {}
    recipient: str | None = None
    target: str | None = None
    text: str | None = None
    author: str | None = None
    """The platform's id of who wrote `target`."""


Emit = Callable[[Sequence[RawItem], Mapping[str, Any]], Awaitable[None]]
"""Stores raw items, and what merges into the account's state, in one transaction; returns after the commit.
Called with nothing as soon as the stream stands: what was missed before is fetched then."""


class Us(msgspec.Struct, frozen=True):
    """Our own account as events may name it: its id, and its values that are no secrets."""

    platform_account_id: str
    fields: Mapping[str, str] = {}


Challenge = Callable[[WebhookRequest, Account], "str | None"]
Verify = Callable[[WebhookRequest, Account], None]
Split = Callable[[bytes], "list[RawItem]"]
Normalize = Callable[[bytes, datetime], "list[InboundEvent]"]
NormalizeFor = Callable[[bytes, datetime, Us], "list[InboundEvent]"]
Send = Callable[[Outbound, Account, GuardedHttp], Awaitable[Sent]]
Perform = Callable[[Action, Account, GuardedHttp], Awaitable[None]]
LookUp = Callable[[Outbound, Account, GuardedHttp], Awaitable["Sent | NotSent | None"]]
FetchPage = Callable[["str | None", "datetime | None", Account, GuardedHttp], Awaitable[FetchedPage]]
LocateMedia = Callable[[str, Account, GuardedHttp], Awaitable[MediaRequest]]
FetchProfile = Callable[[str, Account, GuardedHttp], Awaitable["Profile | None"]]
FetchPost = Callable[[str, Account, GuardedHttp], Awaitable["Post | None"]]
ListTemplates = Callable[[Account, GuardedHttp], Awaitable["tuple[Template, ...]"]]
Listen = Callable[[Account, GuardedHttp, Emit], Awaitable[None]]
Refresh = Callable[[Account, GuardedHttp], Awaitable[Refreshed]]
Connect = Callable[[Mapping[str, str], "str | None", GuardedHttp], Awaitable[Connected]]
Subscribe = Callable[[Account, GuardedHttp], Awaitable["tuple[str, ...]"]]
Check = Callable[[Account, GuardedHttp], Awaitable[Health]]


class Adapter(msgspec.Struct, frozen=True):
    """A platform.

    - `challenge(request, account)`: the text to echo to a GET that asks whether this address is ours; None refuses it (403).
    - `verify(request, account)`: raises BadSignature. Runs on the raw bytes, in constant time.
    - `split(body)`: a signed body into raw items, in body order. Raises MalformedPayload.
    - `normalize(payload, received_at)`: pure; one raw item's payload into inbound events. Raises Unrecognized.
    - `normalize_for(payload, received_at, us)`: the same, where what an event says depends on who received it (was it us who
      was mentioned?); None: it does not.
    - `send(outbound, account, http)`: one call, one created thing. Raises Rejected, Reconnect, TryAgain, Unconfirmed.
    - `look_up(outbound, account, http)`: was an unconfirmed send accepted after all? `NotSent` only where the platform's
      answer is certain (a complete list without it), None where it cannot tell.
    - `fetch_page(cursor, since, account, http)`: history for import and repair, and polling (`manifest.poll_seconds`).
    - `listen(account, http, emit)`: an open stream; runs until cancelled, returns or raises when the stream breaks, and is
      started again with backoff. Begins where `account.state` says. One process at a time listens for an account.
    - `listens(account)`: whether there is something to listen to for this account, where that depends on it (a webhook does
      the same); None: always.
    - `refresh(account, http)`: new tokens ahead of expiry, or once after a Reconnect. Raises Reconnect where a person is needed.
    - `fetch_post(post_id, account, http)`: the publication under which comments stand; None where it is gone.
    - `locate_media(file_id, account, http)`: the address of a file that came without one.
    - `connect(values, webhook_url, http)`: tries credentials; raises Rejected with a sentence.
    - `subscribe(account, http)`: sets or renews the webhook after connecting; returns remaining manual steps.
    """

    manifest: Manifest
    verify: Verify
    split: Split
    normalize: Normalize
    send: Send
    connect: Connect
    check: Check
    challenge: Challenge | None = None
    subscribe: Subscribe | None = None
    perform: Perform | None = None
    look_up: LookUp | None = None
    fetch_page: FetchPage | None = None
    locate_media: LocateMedia | None = None
    fetch_profile: FetchProfile | None = None
    fetch_post: FetchPost | None = None
    list_templates: ListTemplates | None = None
    listen: Listen | None = None
    listens: Callable[[Account], bool] | None = None
    normalize_for: NormalizeFor | None = None
    refresh: Refresh | None = None
    authorization: Authorization | None = None
