"""People of a batch of events, turned into stored identities; new ones are created, known ones follow the platform's names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from hark.customers import repository
from hark.customers.models import Identified, Person, PersonKey
from hark.infra.db import Connection, columns


async def identify(
    connection: Connection, people: Iterable[Person], now: datetime, new_id: Callable[[datetime], UUID]
) -> dict[PersonKey, Identified]:
    """Every person's stored identity, by key. Set-based: three statements at most when nobody is new or renamed."""
    latest = _latest(people)
    if not latest:
        return {}
    known = await _find(connection, latest)
    missing = [
        person for key, person in sorted(latest.items(), key=lambda item: str(item[0])) if key not in known
    ]
    if missing:
        known |= await _create(connection, missing, now, new_id)
    renamed = [person for key, person in latest.items() if _differs(person, known[key])]
    if renamed:
        await _refresh(connection, renamed, known, now)
    return known


def _latest(people: Iterable[Person]) -> dict[PersonKey, Person]:
    latest: dict[PersonKey, Person] = {}
    for person in people:
        before = latest.get(person.key)
        if before is None or person.profile_at >= before.profile_at:
            latest[person.key] = person
    return latest


async def _find(connection: Connection, keys: Iterable[PersonKey]) -> dict[PersonKey, Identified]:
    found = await repository.FIND.all(connection, *columns(list(keys), 4))
    return {identity.key: identity for identity in found}


async def _create(
    connection: Connection, people: Sequence[Person], now: datetime, new_id: Callable[[datetime], UUID]
) -> dict[PersonKey, Identified]:
    rows = [
        (
            *person.key,
            new_id(now),
            new_id(now),
            person.name,
            person.handle,
            person.avatar_url,
            person.profile_at,
            person.language,
        )
        for person in people
    ]
    made = await repository.CREATE.all(connection, *columns(rows, 11), now)
    identities = {identity.key: identity for identity in made}
    taken = [person.key for person in people if person.key not in identities]
    if taken:  # another transaction was first; it has committed, or the insert would still wait for it
        identities |= await _find(connection, taken)
    return identities


def _differs(person: Person, identity: Identified) -> bool:
    if person.profile_at < identity.seen_at:
        return False
    given = (person.name, person.handle, person.avatar_url)
    stored = (identity.name, identity.handle, identity.avatar_url)
    return any(new is not None and new != old for new, old in zip(given, stored, strict=True))


async def _refresh(
    connection: Connection, people: Sequence[Person], known: dict[PersonKey, Identified], now: datetime
) -> None:
    rows = sorted(
        ((p.workspace_id, known[p.key].id, p.name, p.handle, p.avatar_url, p.profile_at) for p in people),
        key=lambda row: row[1].int,
    )
    await repository.REFRESH.run(connection, *columns(rows, 6), now)
