"""Before step 5: events that name one person by different ids are made to name them by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from hark.channels.contract import Author, InboundEvent, Message, Reachability, Reaction, Thread
from hark.customers.aliases import Names, settle
from hark.customers.models import PersonKey
from hark.flows.normalize import Normalized
from hark.infra.db import Connection
from hark.kernel.text import storable


async def settle_aliases(connection: Connection, batch: Sequence[Normalized], now: datetime) -> None:
    """Changes the events of platforms whose people have aliases; leaves all others alone, and costs them nothing."""
    concerned = [each for each in batch if each.events and each.adapter and each.adapter.manifest.aliases]
    told = [_names(each, author) for each in concerned for event in each.events for author in _authors(event)]
    settled = await settle(connection, told, now)
    for each in concerned:
        each.events = [_settled(each, event, settled) for event in each.events]


def _authors(event: InboundEvent) -> Iterator[Author]:
    if isinstance(event, Message | Reaction | Reachability) and not event.author.us:
        yield event.author
    customer = event.thread.customer if isinstance(event, Message) else None
    if customer is not None and not customer.us:
        yield customer


def _names(each: Normalized, author: Author) -> Names:
    assert each.adapter is not None
    assert each.route is not None
    start = (each.raw.workspace_id, each.route.platform, str(each.raw.account_id))
    return tuple((*start, storable(name)) for name in dict.fromkeys((author.id, *author.aliases)))


def _settled(each: Normalized, event: InboundEvent, settled: Mapping[PersonKey, PersonKey]) -> InboundEvent:
    def one(author: Author) -> Author:
        if author.us:
            return author
        return msgspec.structs.replace(author, id=settled[_names(each, author)[0]][3])

    if isinstance(event, Message):
        return msgspec.structs.replace(event, author=one(event.author), thread=_thread(event.thread, one))
    if isinstance(event, Reaction | Reachability):
        return msgspec.structs.replace(event, author=one(event.author))
    return event


def _thread(thread: Thread, one: Callable[[Author], Author]) -> Thread:
    """A direct conversation that is named after the person follows the person."""
    if thread.customer is None:
        return thread
    customer = one(thread.customer)
    key = customer.id if thread.key == thread.customer.id else thread.key
    return msgspec.structs.replace(thread, customer=customer, key=key)
