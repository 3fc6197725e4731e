"""hark bench."""

from __future__ import annotations

from hark.cli.terminal import Json


def bench(*parts: str, quick: bool = False, json: Json = False) -> int:
    """Measure this machine, in a database of its own that is removed afterwards.

    Parameters
    ----------
    parts
        Which measurements; all when none is named.
    quick
        Smaller sizes: a minute instead of several.
    """
    from hark.bench.running import run_bench

    return run_bench(list(parts), quick=quick, as_json=json)
