"""What all parts of the suite share: the data, and which tests run once per fixture or case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec
import pytest

from hark.channels.contract import Account, Adapter, InboundEvent, Outbound, RawItem, Sent
from hark.channels.testing.cases import AdapterCases, Reply
from hark.channels.testing.http import ScriptedHttp
from hark.infra.http import GuardedHttp
from hark.kernel.secrets import Secret


class Questions:
    """A test that has an argument of one of these names runs once per entry of the cases."""

    cases: ClassVar[AdapterCases]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        cases = self.cases
        lists: dict[str, Iterable[Any]] = {
            "fixture": cases.fixtures,
            "send_case": cases.sends,
            "action_case": cases.actions,
            "unknown": cases.unknown.items(),
            "malformed": cases.malformed.items(),
            "source": cases.adapter.manifest.sources,
        }
        for name, values in lists.items():
            if name in metafunc.fixturenames:
                entries = list(values)
                metafunc.parametrize(name, entries, ids=[_named(entry) for entry in entries])

    @property
    def adapter(self) -> Adapter:
        return self.cases.adapter

    @property
    def account(self) -> Account:
        return self.cases.account

    def guarded(self, http: ScriptedHttp) -> GuardedHttp:
        """As the flows give it to adapters: for declared hosts and the account's own address only."""
        return http.allowing(self.adapter.manifest.hosts, self.account.fields.get("base_url", ""))

    def events_of(self, body: bytes) -> list[InboundEvent]:
        """All events of a body, in order."""
        return [event for item in self.adapter.split(body) for event in self.events_of_item(item)]

    def events_of_item(self, item: RawItem) -> list[InboundEvent]:
        return self.adapter.normalize(item.payload, self.cases.received_at)

    async def send(self, outbound: Outbound, http: ScriptedHttp) -> Sent:
        return await self.adapter.send(outbound, self.account, self.guarded(http))

    def accepted(self, outbound: Outbound) -> tuple[Reply, ...]:
        """The platform's answers to an outbound that it takes: to preparing calls, then to the one that makes it."""
        answers = self.cases.accepted(outbound)
        return answers if isinstance(answers, tuple) else (answers,)

    def with_secret(self, value: str, previous: str | None = None) -> Account:
        """The account with another signing secret, and one that was before it."""
        key = self.cases.secret
        secrets = {name: secret for name, secret in self.account.secrets.items() if name != f"{key}.previous"}
        secrets[key] = Secret(value)
        if previous is not None:
            secrets[f"{key}.previous"] = Secret(previous)
        return msgspec.structs.replace(self.account, secrets=secrets)


def _named(entry: Any) -> str:
    if isinstance(entry, tuple):
        return str(entry[0])
    return str(getattr(entry, "name", entry)).lower()
