"""hark normalize, hark replay."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from hark.cli.terminal import Json, Where, note, opened, put, put_json, run


def normalize(platform: str, file: Path) -> int:
    """Turn a webhook body into the inbound events that Hark makes of it, as JSON.

    Needs no database. Ends with status 1 when something in it was not understood.

    Parameters
    ----------
    platform
        For example telegram.
    file
        The body as the platform sent it; - for standard input.
    """
    import sys

    from hark.bootstrap.events import normalize_body
    from hark.kernel.errors import NotFound

    if str(file) != "-" and not file.is_file():
        raise NotFound(f"There is no file {file}.")
    body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    items = normalize_body(platform, body)
    put_json(items)
    problems = [item.problem for item in items if item.problem]
    for problem in problems:
        note(f"hark: {problem}")
    return 1 if problems else 0


def replay(
    ids: list[int] | None = None,
    /,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    where: Where | None = None,
    json: Json = False,
) -> int:
    """Send quarantined raw events through again, by their numbers or by when they came.

    Parameters
    ----------
    ids
        Numbers as the quarantine shows them.
    since
        Those received at this time or later (ISO 8601, UTC where no zone is given).
    until
        Those received before this time.
    """
    from hark.bootstrap.events import Replayed, replay_events
    from hark.kernel.errors import Invalid

    if not ids and since is None and until is None:
        raise Invalid("Name raw events by their numbers, or a range with --since and --until.")

    async def work() -> Replayed:
        async with opened(where or Where()) as hark:
            return await replay_events(hark, ids or None, since, until)

    done = run(work())
    if json:
        put_json(done)
    else:
        put(f"Replayed {done.replayed}; {done.quarantined} of all are in quarantine now.")
    return 0
