"""What events do to messages that are already there: edits, deletions, reactions, receipts; and events that wait for theirs."""

from hark.inbox.effects.apply import (
    Effect,
    Touched,
    apply_effects,
    follow_watermarks,
    reference_of,
    release_waiting,
    thread_target,
)

__all__ = [
    "Effect",
    "Touched",
    "apply_effects",
    "follow_watermarks",
    "reference_of",
    "release_waiting",
    "thread_target",
]
