"""hark sandbox serve, fault, calm."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hark.cli.terminal import note, put, run

if TYPE_CHECKING:
    from hark.bootstrap.standins import Ready


def serve(*platforms: str) -> None:
    """Run stand-ins of the platforms on this machine until Ctrl-C, and print how to connect to them.

    Hark calls private addresses only when it is started with HARK_ALLOW_PRIVATE_ADDRESSES=true.

    Parameters
    ----------
    platforms
        Names of platforms; all of them when none is named.
    """
    from hark.bootstrap.standins import PORTS, serve_standins

    run(serve_standins(list(platforms) or list(PORTS), _show, asyncio.Event()))


def fault(
    platform: str,
    kind: str,
    /,
    *,
    times: int = 1,
    always: bool = False,
    probability: float = 1.0,
    seconds: float = 5.0,
    copies: int = 2,
) -> None:
    """Let a running stand-in misbehave.

    Calls: flood (429), error (503), timeout, timeout-after, cut, cut-after (the call took effect), html (a
    gateway's page). Webhooks: duplicates, hold, release.

    Parameters
    ----------
    platform
        The platform whose stand-in runs.
    kind
        What goes wrong.
    times
        How often.
    always
        Until calmed.
    probability
        How likely each time, 0 to 1.
    seconds
        How long a time-out takes, and what a 429 asks to wait.
    copies
        How often a webhook comes when it is duplicated.
    """
    from hark.bootstrap.standins import Fault, order_fault

    ordered = Fault(kind, None if always else times, probability, seconds, copies)
    run(order_fault(platform, ordered))
    note(f"{platform}: {kind} {'until calmed' if always else f'{times} times'}")


def calm(platform: str, /) -> None:
    """End all faults of a running stand-in; webhooks that were held back are sent."""
    from hark.bootstrap.standins import calm as end_faults

    run(end_faults(platform))
    note(f"{platform}: calm")


def _show(ready: Ready) -> None:
    values = " ".join(f"{name}={value}" for name, value in ready.values.items())
    put(f"{ready.platform}  {ready.address}\n    hark account connect {ready.platform} {values}")
