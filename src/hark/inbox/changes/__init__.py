"""What people change about conversations: status, priority, who has it, tags, what is read, notes."""

from hark.inbox.changes.change import change_conversation
from hark.inbox.changes.decide import Change
from hark.inbox.changes.notes import add_note, delete_note
from hark.inbox.changes.reading import mark_read, mark_unread

__all__ = [
    "Change",
    "add_note",
    "change_conversation",
    "delete_note",
    "mark_read",
    "mark_unread",
]
