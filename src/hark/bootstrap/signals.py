"""The first SIGINT or SIGTERM stops in order; a second one does not wait for what is in progress."""

from __future__ import annotations

import asyncio
import contextlib
import signal


def stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def asked(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(
            NotImplementedError, ValueError
        ):  # not in the main thread: tests set the event
            loop.add_signal_handler(number, asked, number)
