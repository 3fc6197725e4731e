"""Who gets a conversation. `decide` is pure; the flow gathers what it needs and applies what it says."""

from hark.routing.decide import Assign, NewCase, decide

__all__ = ["Assign", "NewCase", "decide"]
