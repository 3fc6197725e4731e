"""Named moments at which a process can be told to die, for the fault tests (tests/faults).

`HARK_FAULT_POINTS=ingest.before_commit@3` kills this process with SIGKILL, as a power cut would, the third time that
it reaches that moment; `@` and the number may be left out (the first time), and several are separated by commas.
Without the variable `reach` does nothing. It is read once, when the process starts, and no setting, request or file
can turn it on later.

The names are the stages of reliability.md, rows F1 and F2:

    receive.body_read, receive.before_insert, receive.after_commit (insert and commit are one round trip),
    receive.before_answer, receive.after_answer
    ingest.claimed, ingest.messages_written, ingest.before_commit, ingest.after_commit
    reply.before_commit, reply.after_commit
    poll.claimed, poll.fetched, poll.before_commit, poll.stored, listen.before_commit, listen.stored
    deliver.claimed, deliver.attempt_written, deliver.answered, deliver.before_commit, deliver.after_commit
    clocks.claimed, clocks.written, clocks.before_commit, clocks.after_commit, rollout.before_commit, rollout.after_commit
    routing.decided, routing.before_commit, rules.claimed, rules.before_commit, rules.after_commit
    token.answered (the platform gave new tokens), token.stored
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

from hark.infra.telemetry import logger

VARIABLE = "HARK_FAULT_POINTS"

log = logger(__name__)


def parse(given: str) -> dict[str, int]:
    """How many times each named moment is still passed, the last one included."""
    points: dict[str, int] = {}
    for entry in filter(None, (part.strip() for part in given.split(","))):
        name, _, times = entry.partition("@")
        points[name] = int(times or 1)
    return points


def _read(env: Mapping[str, str]) -> dict[str, int]:
    points = parse(env.get(VARIABLE, ""))
    if points:
        log.warning("this process kills itself on purpose", points=points)
    return points


_left = _read(os.environ)


def reach(name: str) -> None:
    """Dies here when that is what the environment asked for."""
    if _left and name in _left:
        _left[name] -= 1
        if _left[name] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
