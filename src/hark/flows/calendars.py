"""Business calendars as the clocks ask for them: by id and version, from the database once per process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from hark.infra.db import Connection, columns
from hark.sla import repository
from hark.sla.calendar import Calendar, always_open, remembered_calendar
from hark.sla.clocks import Calendars
from hark.sla.reading import ALWAYS, calendar_key
from hark.sla.spec import CalendarSpec


async def load_calendars(
    connection: Connection, workspaces: Sequence[UUID], keys: Iterable[str]
) -> Calendars:
    """The calendars of these keys, to be asked for by key."""
    found: dict[str, Calendar] = {ALWAYS: always_open()}
    wanted = [key for key in keys if key != ALWAYS]
    if wanted:
        asked = [(UUID(name), int(version)) for name, version in (key.split(":") for key in wanted)]
        rows = await repository.CALENDAR_VERSIONS.all(connection, *columns(asked, 2), list(workspaces))
        for row in rows:
            key = calendar_key(row.calendar_id, row.version)
            found[key] = remembered_calendar(key, lambda row=row: msgspec.convert(row.spec, CalendarSpec))  # type: ignore[misc]
    return found.__getitem__
