"""A process killed while it renews tokens: before the commit only the platform can tell what is still good, after it
nothing is lost."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from hark.flows.tokens import refresh_due
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from tests.support.desk import START
from tests.support.dying import work_and_die
from tests.support.oauth_network import PLATFORM, TokenNetwork
from tests.support.program import compose, connect

STAGES = ("token.answered", "token.stored")
OLD = {"access_token": "access-1", "refresh_token": "refresh-1"}

RENEWING = """
import asyncio, sys
from pathlib import Path
from hark.flows.tokens import refresh_due
from hark.infra.db import Database
from tests.support.oauth_network import TokenNetwork
from tests.support.desk import START
from tests.support.program import compose
from hark.kernel.clock import FixedClock

async def main():
    clock = FixedClock(START)
    network = TokenNetwork(clock)
    network.pair()
    db = await Database.connect(sys.argv[1], min_size=1, max_size=4)
    await refresh_due(compose(db, Path(sys.argv[2]), network.fake.adapter, clock=clock))

asyncio.run(main())
"""


@pytest.mark.faults
@pytest.mark.parametrize("point", STAGES)
@pytest.mark.parametrize("lenient", [False, True])
async def test_a_process_is_killed_while_it_renews(
    db: Database, database_url: str, tmp_path: Path, point: str, lenient: bool
) -> None:
    clock = FixedClock(START)
    network = TokenNetwork(clock)
    network.count = 2
    network.access, network.renewals = {"access-2"}, {"refresh-2", "refresh-1"} if lenient else {"refresh-2"}
    hark = compose(db, tmp_path, network.fake.adapter, clock=clock)
    account = await connect(hark, PLATFORM, secrets=OLD)
    async with db.transaction() as connection:
        await connection.execute("UPDATE channel_account SET token_due_at = $1", START)

    assert work_and_die(RENEWING, point, database_url, str(tmp_path)) == -signal.SIGKILL
    await refresh_due(hark)

    async with db.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM channel_account WHERE id = $1", account.account_id)
    kept = hark.secrets.open(row["secrets"])["refresh_token"].reveal()
    if point == "token.stored":
        assert (kept, row["status"], network.asked) == ("refresh-2", "connected", 0)
    elif lenient:
        assert (kept, row["status"], network.asked) == ("refresh-3", "connected", 1)
    else:
        assert (kept, row["status"], network.asked) == ("refresh-1", "reconnect", 1)
        assert row["status_reason"] == "Tokennet no longer renews this access: connect it again."
