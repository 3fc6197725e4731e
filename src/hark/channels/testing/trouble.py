"""Question 15: what goes wrong, and what must not leave with it."""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Iterable
from typing import NamedTuple

import pytest

from hark.channels.contract import (
    Outbound,
    PlatformProblem,
    Reconnect,
    Rejected,
    TryAgain,
    Unconfirmed,
)
from hark.channels.testing.base import Questions
from hark.channels.testing.cases import Reply
from hark.channels.testing.http import BROKEN, NOT_CONNECTED, TIMED_OUT, Script, ScriptedHttp
from hark.infra.http import MAX_ANSWER, host_of

_HTML = b"<!doctype html><html><body><h1>Something else answered</h1></body></html>"


class Failure(NamedTuple):
    """An answer without the platform's own words, and the classes that it may mean."""

    name: str
    script: Script
    meanings: tuple[type[PlatformProblem], ...]


FAILURES = (
    Failure("no connection", NOT_CONNECTED, (TryAgain,)),
    Failure("time-out after the body", TIMED_OUT, (Unconfirmed,)),
    Failure("broken off after the body", BROKEN, (Unconfirmed,)),
    Failure("an answer without end", Reply(200, b" " * (MAX_ANSWER + 1)), (Unconfirmed,)),
    Failure("an empty 200", Reply(200, b""), (Unconfirmed,)),
    Failure("HTML with 200", Reply(200, _HTML), (Unconfirmed,)),
    Failure("JSON null with 200", Reply(200, b"null"), (Unconfirmed,)),
    Failure("HTML with 401", Reply(401, _HTML), (Reconnect,)),
    Failure("HTML with 403", Reply(403, _HTML), (Reconnect, Rejected)),
    Failure("HTML with 404", Reply(404, _HTML), (Rejected, Reconnect)),
    Failure("HTML with 429", Reply(429, _HTML), (TryAgain,)),
    Failure("HTML with 500", Reply(500, _HTML), (TryAgain, Unconfirmed)),
    Failure("HTML with 502", Reply(502, _HTML), (TryAgain, Unconfirmed)),
    Failure("HTML with 503", Reply(503, _HTML), (TryAgain, Unconfirmed)),
    Failure("HTML with 504", Reply(504, _HTML), (Unconfirmed,)),
)

OWN_WORDS: dict[int, tuple[type[PlatformProblem], ...]] = {
    400: (Rejected,),
    401: (Reconnect,),
    403: (Reconnect, Rejected),
    404: (Rejected, Reconnect),
    429: (TryAgain,),
    500: (TryAgain, Unconfirmed),
    503: (TryAgain, Unconfirmed),
}

RETRY_AFTER: dict[str, tuple[float | None, ...]] = {
    "1": (1.0,),
    "30": (30.0,),
    "3600": (3600.0,),
    "0": (0.0, None),
    "-5": (None, 0.0),
    "soon": (None,),
    "": (None,),
    "Wed, 21 Oct 2026 07:28:00 GMT": (30.0, None),
}
"""The header, and the seconds that may be read from it. The answers are dated half a minute before the date."""

_DATE = "Wed, 21 Oct 2026 07:27:30 GMT"


class Trouble(Questions):
    """Error classes, hosts and secrets."""

    async def problem(self, script: Script) -> PlatformProblem:
        with pytest.raises(PlatformProblem) as raised:
            await self.send(self.any_outbound, ScriptedHttp(*self.prepared, script))
        assert raised.value.message.strip(), "a sentence for the agent is missing"
        assert raised.value.code
        return raised.value

    @property
    def any_outbound(self) -> Outbound:
        return next(iter(self.cases.ordinary.values()))

    @pytest.mark.parametrize("failure", FAILURES, ids=[failure.name for failure in FAILURES])
    async def test_answer_in_foreign_words_has_its_class(self, failure: Failure) -> None:
        assert isinstance(await self.problem(failure.script), failure.meanings)

    @pytest.mark.parametrize("status", OWN_WORDS)
    async def test_refusal_in_the_platforms_words_has_its_class(self, status: int) -> None:
        problem = await self.problem(Reply(status, self.cases.refusal(status)))
        assert isinstance(problem, OWN_WORDS[status])
        assert problem.http_status == status

    @pytest.mark.parametrize("header", RETRY_AFTER)
    async def test_retry_after_is_read_or_left(self, header: str) -> None:
        problem = await self.problem(Reply(429, b"", {"retry-after": header, "date": _DATE}))
        assert isinstance(problem, TryAgain)
        assert problem.scope == "account"
        assert problem.retry_after in RETRY_AFTER[header]

    @property
    def prepared(self) -> tuple[Reply, ...]:
        """Answers to the calls before the one that makes the message: what goes wrong there is the adapter's own test."""
        return self.accepted(self.any_outbound)[:-1]

    async def test_nothing_but_declared_hosts_is_called(self) -> None:
        for outbound, scripts in self.everything():
            http = ScriptedHttp(*scripts)
            with contextlib.suppress(PlatformProblem):
                await self.send(outbound, http)
            for call in http.calls:
                assert self.declared(call.url.host), call.url.host

    def declared(self, host: str) -> bool:
        own = host_of(self.account.fields.get("base_url", ""))
        return host == own or any(
            host == rule or (rule.startswith("*.") and host.endswith(rule[1:]))
            for rule in self.adapter.manifest.hosts
        )

    async def test_undeclared_address_is_refused_before_the_network(self) -> None:
        http = ScriptedHttp()
        nowhere = http.allowing(("elsewhere.invalid",))
        with pytest.raises(PlatformProblem):
            await self.adapter.send(self.any_outbound, self.account, nowhere)
        assert not http.calls

    async def test_no_secret_is_in_reprs_logs_or_errors(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        shown = [repr(self.account), str(self.account)]
        for outbound, scripts in self.everything():
            try:
                shown.append(repr(await self.send(outbound, ScriptedHttp(*scripts))))
            except PlatformProblem as problem:
                shown.append(_told(problem))
        text = "\n".join([*shown, caplog.text])
        for key, secret in self.account.secrets.items():
            assert secret.reveal() not in text, key

    def everything(self) -> Iterable[tuple[Outbound, tuple[Script, ...]]]:
        for case in self.cases.sends:
            yield case.outbound, case.answers
        for failure in FAILURES:
            yield self.any_outbound, (*self.prepared, failure.script)


def _told(problem: BaseException) -> str:
    """An exception as a log would print it, with all that it came from."""
    return "".join(traceback.format_exception(problem)) + repr(problem)
