"""What an adapter's tests bring: plain data, and a few functions that write what the platform would write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from hark.channels.contract import (
    Account,
    Action,
    Adapter,
    InboundEvent,
    Outbound,
    PlatformProblem,
    Sent,
    Source,
    WebhookRequest,
)

Expected = Sequence[InboundEvent] | type[Exception]


class Reply(msgspec.Struct, frozen=True):
    """An answer of the platform. `body` is bytes as they are, anything else is written as JSON."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = {}


class Fixture(msgspec.Struct, frozen=True):
    """A webhook body and the events of all its items, in order, or what `split` or `normalize` raise."""

    name: str
    body: bytes
    expected: Expected


class SendCase(msgspec.Struct, frozen=True):
    """`outcome` is what `send` returns (`Sent` itself: whatever it is), or the class that it raises;
    `calls` how many requests it makes (None: as many as there are answers)."""

    name: str
    outbound: Outbound
    answers: tuple[Reply, ...]
    outcome: Sent | type[Sent] | type[PlatformProblem]
    calls: int | None = None


class ActionCase(msgspec.Struct, frozen=True):
    """`outcome` None: done. `source` says where the ability is shown; None: wherever it is declared."""

    name: str
    action: Action
    answers: tuple[Reply, ...]
    outcome: type[PlatformProblem] | None = None
    calls: int | None = None
    source: Source | None = None


class ChallengeCase(msgspec.Struct, frozen=True):
    """The request by which the platform asks for the address, what must be echoed, and `wrong` ones that
    must be refused (another token, markup instead of a plain challenge, parts missing)."""

    right: WebhookRequest
    echo: str
    wrong: Mapping[str, WebhookRequest]


class AdapterCases(msgspec.Struct, frozen=True, kw_only=True):
    """All data about one adapter. Times in `timed` are seconds since 1970, whatever unit the platform uses.

    - `sign(body, secret)`: the request as the platform sends it; `secret` names the key in `account.secrets`
      that signs. `signs_body` is false where a header alone proves the sender.
      `pushes` is false where the platform has no webhook: everything posted is refused then, and `split` takes apart what
      polling reads.
    - `batch(bodies)`: several bodies in one, where the platform sends several things at once.
    - `unknown`: bodies of kinds that the platform may invent tomorrow.
    - `malformed`: rightly signed bodies that cannot be taken apart.
    - `ordinary`: for every source an outbound that is allowed; `accepted(outbound)` the platform's answer to it
      (where preparing calls come first, all answers; the last call makes the message).
    - `refusal(status)`: the body of an error in the platform's own form.
    - `timed(seconds)`: a body with a message of that moment; None leaves the time out.
    - `received_at`: when all fixtures are received.
    - `echoes`: fixtures that bring back our own message, with our reference where the platform returns it;
      where there are none, `no_echo` says why.
    """

    adapter: Adapter
    account: Account
    sign: Callable[[bytes, str], WebhookRequest]
    secret: str
    fixtures: tuple[Fixture, ...]
    sends: tuple[SendCase, ...]
    actions: tuple[ActionCase, ...]
    unknown: Mapping[str, bytes]
    malformed: Mapping[str, bytes]
    ordinary: Mapping[Source, Outbound]
    accepted: Callable[[Outbound], Reply | tuple[Reply, ...]]
    refusal: Callable[[int], Any]
    timed: Callable[[float | None], bytes]
    quality: Path
    batch: Callable[[Sequence[bytes]], bytes] | None = None
    signs_body: bool = True
    pushes: bool = True
    challenge: ChallengeCase | None = None
    echoes: Mapping[str, UUID | None] = {}
    no_echo: str = ""
    received_at: datetime = datetime(2026, 11, 24, 12, tzinfo=UTC)

    @property
    def key(self) -> str:
        return self.adapter.manifest.platform
