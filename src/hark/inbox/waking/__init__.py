"""Snoozed conversations that come back when their time is over."""

from hark.inbox.waking.repository import NEXT_WAKE, WAKE, Woken

__all__ = ["NEXT_WAKE", "WAKE", "Woken"]
