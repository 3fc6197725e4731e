"""Every frame of the live connection as a type: what the schema says, and what tests decode the real frames with."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from hark.automation.models import RuleRun
from hark.channels.accounts.models import ChannelAccount
from hark.customers.models import Customer
from hark.flows.clocks import ClockChange
from hark.inbox.assigned import Assignment
from hark.inbox.models import Conversation, Message, Post, Tag
from hark.realtime.frames import (
    Bye,
    ClientFrame,
    Hello,
    Looking,
    Ping,
    Pong,
    Reload,
    Resume,
    Skipped,
    ViewersChanged,
)
from hark.sla.rows import Progress
from hark.workspaces.agents.models import Agent
from hark.workspaces.models import Member, Workspace

T = TypeVar("T")


class FactFrame(msgspec.Struct, Generic[T], frozen=True, tag_field="type"):
    """A fact: `data` is the whole new state. `seq` is one more than that of the frame before."""

    seq: int
    at: datetime
    conversation_id: UUID | None
    actor: str | None
    data: T


class QuarantineCount(msgspec.Struct, frozen=True):
    """How many events are in quarantine now."""

    count: int


class RemovedMessage(msgspec.Struct, frozen=True):
    """A message that turned out to be another one, told before, and is there no more."""

    id: UUID
    conversation_id: UUID


class ConversationChanged(FactFrame[Conversation], frozen=True, tag="conversation.changed"):
    """A conversation is new, or anything of it changed."""


class MessageAdded(FactFrame[Message], frozen=True, tag="message.added"):
    """A message, note or activity."""


class MessageChanged(FactFrame[Message], frozen=True, tag="message.changed"):
    """Its text, status, reactions or attachments changed."""


class MessageRemoved(FactFrame[RemovedMessage], frozen=True, tag="message.removed"):
    """Take the message out of the thread."""


class CustomerChanged(FactFrame[Customer], frozen=True, tag="customer.changed"):
    """Name, notes or language of a customer."""


class PostChanged(FactFrame[Post], frozen=True, tag="post.changed"):
    """What comments stand under: its text, link or author became known, its picture was fetched, it was deleted."""


class AccountChanged(FactFrame[ChannelAccount], frozen=True, tag="account.changed"):
    """A channel account; with status `disconnected` it leaves the list."""


class MemberChanged(FactFrame[Member], frozen=True, tag="member.changed"):
    """A member; with `removed_at` they leave the list."""


class TagChanged(FactFrame[Tag], frozen=True, tag="tag.changed"):
    """A tag. With another name than before it has that name in every conversation too."""


class TagRemoved(FactFrame[Tag], frozen=True, tag="tag.removed"):
    """A tag that is gone, also from every conversation."""


class QuarantineChanged(FactFrame[QuarantineCount], frozen=True, tag="quarantine.changed"):
    """Something went into quarantine or came out."""


class ClockChanged(FactFrame[ClockChange], frozen=True, tag="clock.changed"):
    """An SLA clock of a conversation. `data.at` is the clock's own time, which may lie before that of the fact."""


class SlaChanged(FactFrame[Progress], frozen=True, tag="sla.changed"):
    """Calendars or policies were saved, or are applied to more of the open conversations."""


class WorkspaceChanged(FactFrame[Workspace], frozen=True, tag="workspace.changed"):
    """Name or settings of the workspace."""


class AgentChanged(FactFrame[Agent], frozen=True, tag="agent.changed"):
    """An agent's status, capacity, skills, languages, teams, channels or hours."""


class AssignmentChanged(FactFrame[Assignment], frozen=True, tag="assignment.changed"):
    """A conversation was given to somebody or went back to the queue, with the reasons."""


class RuleRan(FactFrame[RuleRun], frozen=True, tag="rule.ran"):
    """A rule matched: what it did, or why not. Told again when what it does outside is over."""


LiveFact = (
    ConversationChanged
    | MessageAdded
    | MessageChanged
    | MessageRemoved
    | CustomerChanged
    | PostChanged
    | AccountChanged
    | MemberChanged
    | TagChanged
    | TagRemoved
    | QuarantineChanged
    | WorkspaceChanged
    | ClockChanged
    | SlaChanged
    | AgentChanged
    | AssignmentChanged
    | RuleRan
)

ServerFrame = LiveFact | Hello | Reload | Skipped | ViewersChanged | Ping | Pong | Bye

__all__ = ["ClientFrame", "LiveFact", "Looking", "Resume", "ServerFrame"]
