"""Lists with Mastodon's way of paging: `max_id` for older, `min_id` for what comes directly after, and a Link header."""

from __future__ import annotations

from collections.abc import Sequence

from hark.standins.kit.asked import Asked, Told
from hark.standins.mastodon.world import OURS, Json, World


def notifications(world: World, asked: Asked) -> Told:
    types = asked.every("types[]")
    rows = [world.notification(each) for each in reversed(world.told) if not types or each[1] in types]
    return page("/api/v1/notifications", rows, asked)


def own_statuses(world: World, asked: Asked) -> Told:
    rows = [world.shown(each) for each in reversed(world.statuses.values()) if each.author == OURS]
    return page(f"/api/v1/accounts/{OURS}/statuses", rows, asked)


def conversations(world: World, asked: Asked) -> Told:
    """One for each other person, by what was said last."""
    last: dict[str, Json] = {}
    for status in world.statuses.values():
        if status.visibility == "direct":
            others = [each for each in [status.author, *status.mentions] if each != OURS]
            if others:
                last[others[0]] = world.shown(status)
    rows = [
        {
            "id": person,
            "unread": person not in world.read,
            "accounts": [world.account(world.people[person])],
            "last_status": shown,
        }
        for person, shown in sorted(last.items(), key=lambda each: order(each[1]), reverse=True)
    ]
    return page("/api/v1/conversations", rows, asked)


def page(path: str, rows: Sequence[Json], asked: Asked) -> Told:
    limit = min(int(asked.query.get("limit", 20)), 80)
    oldest, newest = asked.query.get("max_id"), asked.query.get("min_id")
    if newest is not None:
        after = [row for row in rows if order(row) > (len(newest), newest)]
        chosen = after[-limit:]
    else:
        chosen = [row for row in rows if oldest is None or order(row) < (len(oldest), oldest)][:limit]
    host = asked.headers.get("host", "")
    links = [
        f'<http://{host}{path}?max_id={chosen[-1]["id"]}>; rel="next"' if len(chosen) == limit else "",
        f'<http://{host}{path}?min_id={chosen[0]["id"]}>; rel="prev"' if chosen else "",
    ]
    link = ", ".join(each for each in links if each)
    return Told(list(chosen), headers={"link": link} if link else {})


def order(row: Json) -> tuple[int, str]:
    return len(str(row["id"])), str(row["id"])
