from __future__ import annotations

from hark.channels.testing import AdapterSuite
from tests.adapters.sandbox.cases import CASES


class TestSandbox(AdapterSuite):
    cases = CASES
