"""Questions 1 to 5: who speaks to the webhook."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from hark.channels.contract import Account, BadSignature, WebhookRequest
from hark.channels.testing.base import Questions

NEW, OLD, OLDER = "suite-secret-new-1", "suite-secret-old-2", "suite-secret-older-3"


class Proof(Questions):
    """Signatures, secrets and the challenge."""

    @property
    def body(self) -> bytes:
        return self.cases.fixtures[0].body

    def ask(self, request: WebhookRequest, account: Account) -> None:
        self.adapter.verify(request, account)

    def refused(self, request: WebhookRequest, account: Account) -> None:
        with pytest.raises(BadSignature):
            self.adapter.verify(request, account)

    def everything_posted_is_refused(self) -> None:
        assert not self.adapter.manifest.needs_public_url
        for fixture in self.cases.fixtures:
            self.refused(self.cases.sign(fixture.body, NEW), self.account)

    # 1

    def test_good_signature_is_accepted(self) -> None:
        if not self.cases.pushes:
            self.everything_posted_is_refused()
            return
        secret = self.account.secrets[self.cases.secret].reveal()
        for fixture in self.cases.fixtures:
            self.ask(self.cases.sign(fixture.body, secret), self.account)

    # 2

    def test_flipped_body_is_refused(self) -> None:
        if not self.cases.signs_body or not self.cases.pushes:
            pytest.skip("this platform proves itself by a header alone, or sends nothing")
        request = self.cases.sign(self.body, NEW)
        for place in (0, len(self.body) // 2, len(self.body) - 1):
            flipped = bytearray(self.body)
            flipped[place] ^= 1
            self.refused(msgspec.structs.replace(request, body=bytes(flipped)), self.with_secret(NEW))
        self.refused(msgspec.structs.replace(request, body=self.body + b" "), self.with_secret(NEW))
        self.refused(msgspec.structs.replace(request, body=b""), self.with_secret(NEW))

    # 3

    def test_missing_empty_or_foreign_proof_is_refused(self) -> None:
        if not self.cases.pushes:
            self.everything_posted_is_refused()
            return
        account = self.with_secret(NEW)
        for spoiled in _spoiled(self.cases.sign(self.body, NEW)):
            self.refused(spoiled, account)
        self.refused(self.cases.sign(self.body, "somebody-elses-secret"), account)

    def test_account_without_secret_accepts_nothing(self) -> None:
        bare = msgspec.structs.replace(self.account, secrets={})
        self.refused(self.cases.sign(self.body, ""), bare)
        self.refused(self.cases.sign(self.body, ""), self.with_secret(""))
        self.refused(msgspec.structs.replace(self.cases.sign(self.body, NEW), headers={}), bare)

    # 4

    def test_challenge_is_answered_to_the_platform_only(self) -> None:
        case = self.cases.challenge
        if case is None:
            assert self.adapter.challenge is None, "the adapter answers challenges, and no case shows it"
            return
        assert self.adapter.challenge is not None
        assert self.adapter.challenge(case.right, self.account) == case.echo
        assert case.wrong, "name at least one challenge that must be refused"
        for name, wrong in case.wrong.items():
            assert self.adapter.challenge(wrong, self.account) is None, name

    # 5

    def test_rotation_keeps_the_old_secret_valid_and_no_older_one(self) -> None:
        if not self.cases.pushes:
            self.everything_posted_is_refused()
            return
        both = self.with_secret(NEW, previous=OLD)
        self.ask(self.cases.sign(self.body, NEW), both)
        self.ask(self.cases.sign(self.body, OLD), both)
        self.refused(self.cases.sign(self.body, OLDER), both)
        self.refused(self.cases.sign(self.body, OLD), self.with_secret(NEW))


def _spoiled(request: WebhookRequest) -> list[WebhookRequest]:
    """The request with what proves the sender gone, empty, cut, in capitals, and not ASCII: its headers, or the parameters
    of its address where the proof is there."""
    if request.query:
        return [msgspec.structs.replace(request, query=query) for query in _spoiled_values(request.query)]
    return [msgspec.structs.replace(request, headers=headers) for headers in _spoiled_values(request.headers)]


def _spoiled_values(values: Mapping[str, str]) -> list[Mapping[str, str]]:
    spoiled: list[Mapping[str, str]] = [{}]
    for name, value in values.items():
        if name.startswith("content-"):
            continue
        rest = {other: kept for other, kept in values.items() if other != name}
        spoiled.append(rest)
        spoiled.extend(
            {**rest, name: wrong}
            for wrong in ("", value[:-1], value.upper(), value + "x", "ø" + value, "sha1=00")
        )
    return spoiled
