"""After an agent has read a conversation, the platform may show it to the customer; best effort, beside the agent's request."""

from __future__ import annotations

import asyncio
from uuid import UUID

from hark.channels.contract import Ability, Source
from hark.flows.act import act
from hark.flows.context import Hark
from hark.flows.pace import Turn, take_turn
from hark.inbox import repository as inbox
from hark.infra.telemetry import logger
from hark.kernel.errors import HarkError
from hark.workspaces.rights import Actor

log = logger(__name__)

_under_way: set[asyncio.Task[None]] = set()


def tell_seen_soon(hark: Hark, actor: Actor, conversation_id: UUID) -> None:
    """Starts `tell_seen`; the agent does not wait for it."""
    task = asyncio.create_task(tell_seen(hark, actor, conversation_id))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


async def tell_seen(hark: Hark, actor: Actor, conversation_id: UUID) -> None:
    """Marks the customer's newest message as read on the platform, where the source can. Never raises: a receipt that the
    customer does not see harms nobody."""
    try:
        async with hark.db.connection() as connection:
            newest = await inbox.NEWEST_INBOUND.find(connection, actor.workspace_id, conversation_id)
        if newest is None:
            return
        manifest = hark.registry.manifest(newest.platform)
        rules = manifest.sources.get(Source(newest.source))
        if rules is None or Ability.MARK_READ not in rules.abilities:
            return
        # What is left of a limit belongs to answers; a receipt that would have to wait is left out.
        if await take_turn(hark, manifest, actor.workspace_id, newest.account_id, Turn.RECEIPT) is None:
            await act(hark, actor, conversation_id, Ability.MARK_READ, message_id=newest.id)
    except HarkError as error:
        log.info("not marked as read", conversation=str(conversation_id), reason=error.detail)
