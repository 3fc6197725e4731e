"""Who gets a conversation. `decide` is pure; the flow gathers what it needs and applies what it says."""

from hark.routing.decide import decide, explain, queue_order
from hark.routing.due import next_due
from hark.routing.models import (
    Agent,
    Block,
    Decisions,
    Given,
    Hours,
    Left,
    RoutingPolicy,
    RoutingStep,
    Waiting,
)

__all__ = [
    "Agent",
    "Block",
    "Decisions",
    "Given",
    "Hours",
    "Left",
    "RoutingPolicy",
    "RoutingStep",
    "Waiting",
    "decide",
    "explain",
    "next_due",
    "queue_order",
]
