"""`hark secrets rotate`: everything that is sealed, sealed again with the first key."""

from __future__ import annotations

from hark.bootstrap import repository
from hark.channels.accounts import loading
from hark.flows.context import Hark


async def rotate(hark: Hark) -> int:
    """All or nothing; gives how many accounts were sealed again. Authorizations under way end: they are sealed too."""
    async with hark.db.transaction() as connection:
        sealed = await repository.SEALED.all(connection)
        for account in sealed:
            again = hark.secrets.reseal(account.secrets)
            await repository.RESEAL.run(connection, account.workspace_id, account.id, again)
        await repository.END_AUTHORIZATIONS.run(connection)
    for account in sealed:
        loading.changed(hark.bus, account.id)
    return len(sealed)
