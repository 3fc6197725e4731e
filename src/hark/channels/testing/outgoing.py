"""Questions 13 and 14: what is answered."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from hark.channels.contract import (
    Ability,
    Action,
    Outbound,
    Rejected,
    Sent,
    Source,
)
from hark.channels.testing.base import Questions
from hark.channels.testing.cases import ActionCase, SendCase
from hark.channels.testing.http import ScriptedHttp
from hark.channels.testing.texts import of_length

BY_SENDING = frozenset({Ability.REPLY, Ability.QUOTE, Ability.PRIVATE_REPLY, Ability.TEMPLATE})
"""Abilities that create something, so `send` has them; all others are `perform`'s."""


class Outgoing(Questions):
    """Send cases, action cases, abilities and limits."""

    # 13

    async def test_send_case_ends_as_written_down(self, send_case: SendCase) -> None:
        http = ScriptedHttp(*send_case.answers)
        outcome = send_case.outcome
        if isinstance(outcome, Sent):
            assert await self.send(send_case.outbound, http) == outcome
        elif issubclass(outcome, Sent):
            assert (await self.send(send_case.outbound, http)).platform_message_id
        else:
            with pytest.raises(outcome):
                await self.send(send_case.outbound, http)
        expected = len(send_case.answers) if send_case.calls is None else send_case.calls
        assert len(http.calls) == expected

    async def test_action_case_ends_as_written_down(self, action_case: ActionCase) -> None:
        assert self.adapter.perform is not None
        http = ScriptedHttp(*action_case.answers)
        doing = self.adapter.perform(action_case.action, self.account, self.guarded(http))
        if action_case.outcome is None:
            await doing
        else:
            with pytest.raises(action_case.outcome):
                await doing
        expected = len(action_case.answers) if action_case.calls is None else action_case.calls
        assert len(http.calls) == expected

    def test_every_ability_has_a_case(self) -> None:
        missing = [
            f"{source}: {ability}"
            for source, rules in self.adapter.manifest.sources.items()
            for ability in rules.abilities
            if not self.shown(source, ability)
        ]
        assert not missing

    def shown(self, source: Source, ability: Ability) -> bool:
        """Whether a case that ends well uses the ability in this source."""
        if ability not in BY_SENDING:
            return any(
                case.outcome is None and case.action.ability is ability and case.source in {None, source}
                for case in self.cases.actions
            )
        return any(
            _ends_well(case) and case.outbound.source is source and ability in _abilities_of(case.outbound)
            for case in self.cases.sends
        )

    def test_every_kind_of_file_has_a_case(self) -> None:
        shown = {
            (case.outbound.source, attachment.kind)
            for case in self.cases.sends
            if _ends_well(case)
            for attachment in case.outbound.attachments
        }
        sources = self.adapter.manifest.sources
        declared = {(source, kind) for source, rules in sources.items() for kind in rules.kinds}
        kinds_shown = {kind for _, kind in shown}
        assert {kind for _, kind in declared} <= kinds_shown
        assert {source for source, _ in declared} <= {source for source, _ in shown}

    async def test_ability_that_no_source_has_is_refused_without_a_call(self) -> None:
        declared = {
            ability for rules in self.adapter.manifest.sources.values() for ability in rules.abilities
        }
        for ability in set(Ability) - declared - BY_SENDING:
            if self.adapter.perform is None:
                continue
            http = ScriptedHttp()
            action = Action(ability, thread_key="1", recipient="1", target="1", text="x")
            with pytest.raises(Rejected):
                await self.adapter.perform(action, self.account, self.guarded(http))
            assert not http.calls, ability

    def test_actions_exist_where_abilities_need_them(self) -> None:
        declared = {
            ability for rules in self.adapter.manifest.sources.values() for ability in rules.abilities
        }
        assert not (declared - BY_SENDING) or self.adapter.perform is not None

    # 14

    async def test_text_that_is_too_long_never_reaches_the_network(self, source: Source) -> None:
        limit = self.adapter.manifest.sources[source].text
        http = ScriptedHttp()
        with pytest.raises(Rejected):
            await self.send(self.ordinary(source, of_length(limit, over=1)), http)
        assert not http.calls

    async def test_text_that_just_fits_is_sent(self, source: Source) -> None:
        outbound = self.ordinary(source, of_length(self.adapter.manifest.sources[source].text))
        http = ScriptedHttp(*self.accepted(outbound))
        assert (await self.send(outbound, http)).platform_message_id
        assert len(http.calls) == len(self.accepted(outbound))

    async def test_text_leaves_as_it_is(self, source: Source) -> None:
        text = "a_b *c* [d](e) <f> & 100 % \\n 😀 مرحبا\n„Zeile“"
        outbound = self.ordinary(source, text)
        http = ScriptedHttp(*self.accepted(outbound))
        await self.send(outbound, http)
        written = http.calls[0].content
        encoded = msgspec.json.encode(text)[1:-1]
        assert encoded in written or text.encode() in written

    def ordinary(self, source: Source, text: str) -> Outbound:
        return msgspec.structs.replace(self.cases.ordinary[source], text=text, reference=UUID(int=7))


def _abilities_of(outbound: Outbound) -> set[Ability]:
    if outbound.template is not None:
        return {Ability.TEMPLATE}
    shown = {Ability.PRIVATE_REPLY if outbound.private_to else Ability.REPLY}
    return shown | {Ability.QUOTE} if outbound.quoted else shown


def _ends_well(case: SendCase) -> bool:
    return isinstance(case.outcome, Sent) or issubclass(case.outcome, Sent)
