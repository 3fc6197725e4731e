"""What a benchmark found, beside what it should reach."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """One result. `target` reads like "at least 0.75"; `met` is None where there is none."""

    name: str
    value: str
    target: str = ""
    met: bool | None = None


def at_least(name: str, value: float, least: float, unit: str = "") -> Figure:
    return Figure(name, f"{value:,.2f}{unit}", f"at least {least:,g}{unit}", value >= least)


def at_most(name: str, value: float, most: float, unit: str = "") -> Figure:
    return Figure(name, f"{value:,.2f}{unit}", f"below {most:,g}{unit}", value < most)


def noted(name: str, value: str) -> Figure:
    return Figure(name, value)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of them lie; the largest for 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> list[Figure]:
    model = next(
        (line.split(":")[1].strip() for line in _read("/proc/cpuinfo").splitlines() if "model name" in line),
        "unknown",
    )
    memory = next(
        (line.split()[1] for line in _read("/proc/meminfo").splitlines() if "MemTotal" in line), "0"
    )
    packages = ", ".join(f"{name} {version(name)}" for name in ("litestar", "uvicorn", "asyncpg", "msgspec"))
    return [
        noted("machine", f"{os.cpu_count()} cores, {model}, {int(memory) / 1024 / 1024:.0f} GiB"),
        noted("versions", f"Python {platform.python_version()}, {packages}"),
        noted("load before", f"{os.getloadavg()[0]:.2f} (1 minute)"),
    ]


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def show(title: str, figures: Sequence[Figure]) -> None:
    sys.stdout.write(f"\n{title}\n")
    for figure in figures:
        mark = {None: " ", True: "✓", False: "✗"}[figure.met]
        sys.stdout.write(f"  {mark} {figure.name:<58} {figure.value:>18}  {figure.target}\n")
    sys.stdout.flush()


def show_json(figures: Sequence[Figure]) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(figures)) + b"\n")
