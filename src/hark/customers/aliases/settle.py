"""Which id a person has here, whatever the platform calls them this time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from hark.customers.aliases import repository
from hark.customers.models import PersonKey
from hark.infra.db import Connection, columns

Names = tuple[PersonKey, ...]
"""All ids of one person that an event tells, the one that it uses first; their scope is the account that was told."""


async def settle(
    connection: Connection, people: Iterable[Names], now: datetime
) -> Mapping[PersonKey, PersonKey]:
    """Every given id with the id of its identity. What belongs together from now on is kept."""
    told = list(dict.fromkeys(people))
    asked = sorted({name for names in told for name in names}, key=str)
    if not asked:
        return {}
    found = await repository.FIND.all(connection, *columns(asked, 4))
    owner = {row[:4]: (*row[:3], row[4]) for row in found if row[4] is not None}
    own = {row[:4] for row in found if row[5]}
    settled: dict[PersonKey, PersonKey] = {}
    for names in sorted(told, key=len, reverse=True):  # who says most decides for who says less
        chosen = _choose(names, settled, owner, own)
        settled |= dict.fromkeys(names, chosen)
    aliases = [(*name, chosen[3]) for name, chosen in settled.items() if name != chosen and name not in owner]
    if aliases:
        await repository.KEEP.run(connection, *columns(sorted(aliases, key=str), 5), now)
    return settled


def _choose(
    names: Names,
    settled: Mapping[PersonKey, PersonKey],
    owner: Mapping[PersonKey, PersonKey],
    own: set[PersonKey],
) -> PersonKey:
    """What this batch or an earlier one settled; else an id under which we have talked; else the one that is used."""
    for known in (settled, owner):
        for name in names:
            if name in known:
                return known[name]
    return next((name for name in names if name in own), names[0])
