"""What the calls of an account use up, what its platform says is left, and what may therefore be called."""

from hark.channels.accounts.usage.allowance import Allowance, allowance, day_end, day_of
from hark.channels.accounts.usage.collector import AccountMeter, Collector
from hark.channels.accounts.usage.models import Quota, Spent, UsageRow

__all__ = [
    "AccountMeter",
    "Allowance",
    "Collector",
    "Quota",
    "Spent",
    "UsageRow",
    "allowance",
    "day_end",
    "day_of",
]
