"""What tests measured, printed at the end of the run: `record_property("figures", {...})` in a test."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    lines = [
        (report.nodeid.rpartition("::")[2], value)
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in getattr(report, "user_properties", [])
        if name == "figures"
    ]
    if lines:
        terminalreporter.section("figures")
    for test, value in lines:
        shown = ", ".join(f"{name.replace('_', ' ')} {amount}" for name, amount in value.items())
        terminalreporter.write_line(f"{test}: {shown}")
