"""The contract suite: sixteen questions that every adapter has to answer, and the fakes to ask them with.

A platform's tests give `AdapterCases` (plain data) and subclass the suite:

    from hark.channels.testing import AdapterCases, AdapterSuite

    class TestMyPlatform(AdapterSuite):
        cases = AdapterCases(adapter=ADAPTER, account=ACCOUNT, ...)

Needs pytest, pytest-asyncio and hypothesis, which `hark` itself does not.
"""

# ruff: noqa: E402 - pytest explains the failures of modules that are imported after this call only.

import pytest

pytest.register_assert_rewrite(
    *(f"hark.channels.testing.{part}" for part in ("base", "incoming", "outgoing", "proof", "trouble"))
)

from hark.channels.testing.cases import (
    ActionCase,
    AdapterCases,
    ChallengeCase,
    Fixture,
    Reply,
    SendCase,
)
from hark.channels.testing.http import BROKEN, NOT_CONNECTED, TIMED_OUT, ScriptedHttp
from hark.channels.testing.quality import RULES, Quality, load_quality
from hark.channels.testing.suite import AdapterSuite

__all__ = [
    "BROKEN",
    "NOT_CONNECTED",
    "RULES",
    "TIMED_OUT",
    "ActionCase",
    "AdapterCases",
    "AdapterSuite",
    "ChallengeCase",
    "Fixture",
    "Quality",
    "Reply",
    "ScriptedHttp",
    "SendCase",
    "load_quality",
]
