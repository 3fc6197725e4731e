"""The work behind the API: loops that follow the bus, jobs and the clock."""

from hark.worker.running import run

__all__ = ["run"]
