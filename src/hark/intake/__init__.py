"""Raw events as received: recorded once, claimed in batches, quarantined with a reason."""

from hark.intake.models import LIVE, ClaimedRaw, NewRaw, Quarantined
from hark.intake.record import record_items
from hark.intake.recorder import Recorder

__all__ = ["LIVE", "ClaimedRaw", "NewRaw", "Quarantined", "Recorder", "record_items"]
