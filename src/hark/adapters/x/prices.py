"""What X charges for calls, in US dollars (docs.x.com/x-api/getting-started/pricing, read in November 2026; the current
prices are in X's Developer Console).

Reads are charged for every object of the answer, expansions included, once per object and UTC day; Hark cannot know which
ones X has charged for already, so what it counts is an upper bound. Deliveries by webhook are charged too (posts 0.005,
received messages 0.010; sent ones, reads and deletions are free) and not counted here, since no call belongs to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hark.infra.metering import Meter


class Price(NamedTuple):
    """A class of calls or objects, and what one costs."""

    kind: str
    usd: float


POST_READ = Price("post_read", 0.005)
OWNED_READ = Price("owned_read", 0.001)
"""Our own mentions and posts, where the app belongs to the account itself."""
USER_READ = Price("user_read", 0.010)
DM_READ = Price("dm_read", 0.010)
POST_CREATE = Price("post_create", 0.015)
POST_WITH_URL = Price("post_create_with_url", 0.200)
SUMMONED_REPLY = Price("post_create_summoned", 0.010)
DM_CREATE = Price("dm_create", 0.015)
INTERACTION = Price("interaction", 0.015)
"""Likes, and blocks of direct messages."""
INTERACTION_DELETE = Price("interaction_delete", 0.010)
MANAGE = Price("manage", 0.005)
"""Hiding a reply."""
MEDIA_METADATA = Price("media_metadata", 0.005)


def charge_call(meter: Meter, price: Price | None) -> None:
    """A call that X took."""
    if price is not None:
        meter.spend(price.kind, 1, price.usd)


def charge_read(meter: Meter, price: Price, answer: Mapping[str, Any]) -> None:
    """The objects of an answer: those asked for by `price`, the expanded ones by their own."""
    data, includes = answer.get("data"), answer.get("includes")
    rows = len(data) if isinstance(data, list) else int(isinstance(data, dict))
    charges = [(price, rows)]
    if isinstance(includes, dict):
        charges.append((USER_READ, _count(includes.get("users"))))
        charges.append((POST_READ, _count(includes.get("tweets")) + _count(includes.get("posts"))))
    for each, count in charges:
        if count:
            meter.spend(each.kind, count, round(each.usd * count, 6))


def _count(rows: Any) -> int:
    return len(rows) if isinstance(rows, list) else 0
