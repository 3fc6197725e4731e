"""The log of who got a conversation, when and why, as rows and as the body of facts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class Assignment(msgspec.Struct, frozen=True):
    """An entry of the log of assignments: the body of the fact `assignment.changed`. `agent_id` None: back to the queue."""

    id: UUID
    conversation_id: UUID
    agent_id: UUID | None
    before_id: UUID | None
    team_id: UUID | None
    policy_id: UUID | None
    automatic: bool
    by: str
    reasons: dict[str, Any]
    waited_s: int | None
    at: datetime
