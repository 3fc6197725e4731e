"""The decision for a new conversation, with its reason.

Two policies so far: `manual` (agents take from the queue) and `previous_agent` (the agent who last had this customer gets
the new case too). The reason is stored with the assignment and shown.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec


class NewCase(msgspec.Struct, frozen=True):
    """What is known when a conversation opens."""

    workspace_id: UUID
    conversation_id: UUID
    customer_id: UUID | None
    previous_agent: UUID | None


class Assign(msgspec.Struct, frozen=True):
    """The intention to give a conversation to an agent."""

    workspace_id: UUID
    conversation_id: UUID
    agent_id: UUID
    reason: dict[str, Any]


def decide(case: NewCase, policy: str) -> Assign | None:
    """Whom to assign, or None: then it waits in the queue."""
    if policy != "previous_agent" or case.previous_agent is None:
        return None
    return Assign(
        workspace_id=case.workspace_id,
        conversation_id=case.conversation_id,
        agent_id=case.previous_agent,
        reason={"code": "previous_agent", "policy": policy},
    )
