"""Connecting by each network's own page, against its stand-in: there, back, chosen, renewed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from hark.bootstrap.adapters import ADAPTERS
from hark.bootstrap.standins import PORTS, create_standin
from hark.channels.accounts.models import ChannelAccount
from hark.channels.contract import Adapter
from hark.flows import authorize
from hark.flows.authorize import Returned
from hark.flows.connect import check_account
from hark.flows.context import Hark
from hark.flows.tokens import refresh_account
from hark.infra.db import Database
from hark.kernel.errors import Conflict
from hark.standins.kit import Controlled, StandIn
from hark.workspaces.founding import found_member, found_workspace
from hark.workspaces.rights import Actor, user_actor
from tests.support.live import serving
from tests.support.program import compose

AUTHORIZING = {each.manifest.platform: each for each in ADAPTERS if each.authorization is not None}

CODES = {
    "facebook": "stand-in-code",
    "instagram": "stand-in-code",
    "whatsapp": "stand-in-code",
    "youtube": "stand-in-code",
    "mastodon": "code-of-the-stand-in",
}
"""What the stand-ins take that have no page for people, or whose network's page is always at its own site."""


class Visit(msgspec.Struct):
    """An administrator, and a network that runs."""

    hark: Hark
    chief: Actor
    adapter: Adapter
    standin: StandIn
    address: str

    async def go(self) -> dict[str, str]:
        """To the network's page and back; what it put into the address."""
        oauth, known = self.adapter.authorization, self.standin.values(self.address)
        assert oauth is not None
        asked = {key: known[key] for key in (*oauth.needs, *oauth.optional) if known.get(key)}
        asked |= {"base_url": self.address}
        begun = await authorize.begin(self.hark, self.chief, self.adapter.manifest.platform, asked, None)
        code = CODES.get(self.adapter.manifest.platform)
        if code is not None:
            return {"state": parse_qs(urlsplit(begun.url).query)["state"][0], "code": code}
        assert begun.url.startswith(self.address)
        async with httpx.AsyncClient(trust_env=False) as browser:
            answer = await browser.get(begun.url)
        assert answer.status_code in {302, 303}, answer.text
        back = urlsplit(answer.headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == authorize.redirect_uri(self.hark.settings)
        return {key: values[0] for key, values in parse_qs(back.query).items()}

    async def connect(self) -> ChannelAccount:
        told = await self.go()
        assert self.chief.id is not None
        returned = Returned(told["state"], told.get("code", ""), told.get("error", ""), "")
        found = await authorize.come_back(self.hark, self.chief.id, {self.chief.workspace_id}, returned)
        shown = await authorize.look(self.hark, self.chief, found)
        assert (shown.state, shown.error) == ("ready", None)
        return await authorize.connect_choice(self.hark, self.chief, found, shown.choices[0].id)


@pytest.fixture(params=sorted(AUTHORIZING.keys() & PORTS.keys()))
async def visit(request: pytest.FixtureRequest, db: Database, tmp_path: Path) -> AsyncIterator[Visit]:
    adapter = AUTHORIZING[request.param]
    hark = compose(db, tmp_path, adapter)
    async with db.transaction() as connection:
        workspace = await found_workspace(connection, "Lantern Bikes", hark.clock())
        user_id, _ = await found_member(
            connection, workspace.id, "chief@lantern.example", "Chief", "administrator", hark.clock()
        )
    standin = create_standin(request.param)
    async with serving(Controlled(standin)) as address:
        chief = user_actor(user_id, "Chief", "administrator", workspace.id)
        yield Visit(hark, chief, adapter, standin, f"http://{address}")
    await standin.aclose()
    await hark.http.aclose()


async def test_an_account_is_connected_by_the_networks_own_page_and_renewed(visit: Visit) -> None:
    account = await visit.connect()
    assert account.status == "connected"
    try:
        renewed = await refresh_account(visit.hark, visit.chief.workspace_id, account.id)
    except Conflict as problem:
        assert (problem.code, account.renews) == ("not_renewable", False)
        return
    checked = await check_account(visit.hark, visit.chief.workspace_id, account.id)
    assert [line for line in checked.checks if line.name == "token" and not line.ok] == []
    assert renewed.platform_account_id == account.platform_account_id


async def test_the_same_account_is_authorized_again_in_place(visit: Visit) -> None:
    first = await visit.connect()
    again = await visit.connect()
    assert (again.id, again.status, again.webhook_url) == (first.id, "connected", first.webhook_url)
