"""Authorizing an account again: its conversations go on, and the messages that waited leave."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from hark.bootstrap.rotation import rotate
from hark.channels.accounts.grants import authorizations
from hark.flows import authorize
from hark.flows.authorize import Returned
from hark.flows.deliver import deliver_due
from hark.flows.tokens import refresh_due
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from hark.worker.housekeeping import housekeep
from hark.workspaces.founding import found_member
from hark.workspaces.rights import Actor, user_actor
from tests.support.desk import START, Desk, check_facts, open_desk
from tests.support.oauth_network import GRANTED, PLATFORM, TokenNetwork

VALUES = {"client_id": "app-7", "client_secret": "secret"}


class Shop(msgspec.Struct):
    desk: Desk
    network: TokenNetwork
    chief: Actor

    async def authorize(self, *, again: bool) -> None:
        """All of it: there, back, and chosen."""
        hark, account = self.desk.hark, self.desk.account.account_id if again else None
        begun = await authorize.begin(hark, self.chief, PLATFORM, VALUES, account)
        state = parse_qs(urlsplit(begun.url).query)["state"][0]
        assert self.chief.id is not None
        workspaces = {self.chief.workspace_id}
        returned = Returned(state, GRANTED, "", "")
        assert await authorize.come_back(hark, self.chief.id, workspaces, returned) == begun.id
        await authorize.connect_choice(hark, self.chief, begun.id, "page-1")


@pytest.fixture
async def shop(db: Database, tmp_path: Path) -> Shop:
    clock = FixedClock(START)
    network = TokenNetwork(clock)
    desk = await open_desk(db, tmp_path, network.fake, clock)
    async with desk.hark.db.transaction() as connection:
        user_id, _ = await found_member(
            connection, desk.account.workspace_id, "chief@lantern.example", "Chief", "administrator", clock()
        )
        await connection.execute(
            "UPDATE channel_account SET secrets = $2, platform_account_id = 'page-1' WHERE id = $1",
            desk.account.account_id,
            desk.hark.secrets.seal(
                {"access_token": "gone", "refresh_token": "gone", "webhook_secret": "sandbox-secret"}
            ),
        )
    desk.account = msgspec.structs.replace(desk.account, platform_account_id="page-1")
    chief = user_actor(user_id, "Chief", "administrator", desk.account.workspace_id)
    return Shop(desk, network, chief)


@pytest.mark.parametrize("again", [True, False])
async def test_messages_that_waited_for_the_account_leave_once_it_is_authorized_again(
    shop: Shop, again: bool
) -> None:
    case = await shop.desk.hear()
    (message,) = await shop.desk.say(case, "Hi")
    await deliver_due(shop.desk.hark)
    assert (await shop.desk.message(message.id)).delivery_status == "queued"
    assert await shop.desk.rows("SELECT status FROM channel_account") == [("reconnect",)]
    await shop.authorize(again=again)
    assert await shop.desk.rows("SELECT id, status, status_reason FROM channel_account") == [
        (shop.desk.account.account_id, "connected", None)
    ]
    await deliver_due(shop.desk.hark)
    assert (await shop.desk.message(message.id)).delivery_status == "sent"
    assert (await shop.desk.conversation(case)).account_id == shop.desk.account.account_id
    await check_facts(shop.desk)


async def test_what_was_authorized_is_renewed_when_it_is_due(shop: Shop) -> None:
    await shop.authorize(again=True)
    shop.desk.clock.advance(timedelta(minutes=90))
    assert await refresh_due(shop.desk.hark) == 1
    assert shop.network.asked == 1


async def test_a_change_of_the_key_ends_authorizations_under_way_and_says_so(shop: Shop) -> None:
    begun = await authorize.begin(shop.desk.hark, shop.chief, PLATFORM, VALUES, None)
    await rotate(shop.desk.hark)
    shown = await authorize.look(shop.desk.hark, shop.chief, begun.id)
    assert (shown.state, shown.error) == ("failed", authorize.INTERRUPTED)


async def test_authorizations_that_are_over_are_removed(shop: Shop) -> None:
    await shop.authorize(again=True)
    await authorize.begin(shop.desk.hark, shop.chief, PLATFORM, VALUES, None)
    shop.desk.clock.advance(timedelta(minutes=80))
    assert (await housekeep(shop.desk.hark))["authorizations"] == 1
    shop.desk.clock.advance(timedelta(minutes=30))
    assert (await housekeep(shop.desk.hark))["authorizations"] == 1


def test_the_challenge_is_the_one_of_the_standard() -> None:
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert authorizations.challenge_of(verifier) == ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
