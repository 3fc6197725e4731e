from __future__ import annotations

from tests.adapters.sandbox.cases import CASES

from hark.channels.testing import AdapterSuite


class TestSandbox(AdapterSuite):
    cases = CASES
