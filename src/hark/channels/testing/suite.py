"""The sixteen questions, in four parts: who speaks, what was said, what is answered, what goes wrong."""

from __future__ import annotations

from hark.channels.testing.incoming import Incoming
from hark.channels.testing.outgoing import Outgoing
from hark.channels.testing.proof import Proof
from hark.channels.testing.trouble import Trouble


class AdapterSuite(Proof, Incoming, Outgoing, Trouble):
    """Subclass it with `cases`; pytest collects the questions."""
