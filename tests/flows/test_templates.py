"""Texts that the platform approved: listed, kept, filled in, and sent when nothing else may be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hark.channels.contract import OutboundTemplate, TryAgain
from hark.flows.deliver import deliver_due
from hark.flows.reply import TemplateChoice
from hark.flows.templates import FRESH_FOR, list_templates
from hark.infra.db import Database
from hark.kernel.clock import FixedClock
from hark.kernel.errors import HarkError, Invalid, NotFound, Refused, Unavailable
from hark.kernel.ids import new_id
from tests.support.desk import START, Desk, check_counters, check_facts, open_desk
from tests.support.fake_platform import FakePlatform

ORDER = TemplateChoice("order", "en", ("Mara", "41"))


@pytest.fixture
async def desk(db: Database, tmp_path: Path) -> Desk:
    clock = FixedClock(START)
    return await open_desk(db, tmp_path, FakePlatform(clock), clock)


async def listed(desk: Desk, **how: Any) -> list[str]:
    found = await list_templates(desk.hark, desk.account.workspace_id, desk.account.account_id, **how)
    return [template.name for template in found.templates]


async def test_a_list_is_kept_for_ten_minutes_and_asked_for_anew_on_demand(desk: Desk) -> None:
    assert await listed(desk) == ["named", "order", "plain"]
    desk.clock.advance(FRESH_FOR - timedelta(seconds=1))
    await listed(desk)
    assert desk.fake.listed == 1
    await listed(desk, fresh=True)
    desk.clock.advance(FRESH_FOR)
    await listed(desk)
    assert desk.fake.listed == 3


async def test_an_old_list_is_shown_as_old_while_the_platform_does_not_answer(desk: Desk) -> None:
    await listed(desk)
    desk.fake.templates = TryAgain("500", "The platform failed.", http_status=500)
    desk.clock.advance(timedelta(hours=2))
    found = await list_templates(desk.hark, desk.account.workspace_id, desk.account.account_id)
    assert (len(found.templates), found.at, found.stale) == (3, START, True)


async def test_without_a_list_a_platform_that_does_not_answer_is_said_to_be_away(desk: Desk) -> None:
    desk.fake.templates = TryAgain("500", "The platform failed.", http_status=500)
    with pytest.raises(Unavailable) as caught:
        await listed(desk)
    assert caught.value.code == "platform_unavailable"
    with pytest.raises(NotFound):
        await list_templates(desk.hark, desk.account.workspace_id, new_id(START))


async def test_a_template_goes_when_the_window_is_closed_with_its_text_as_content(
    desk: Desk, db: Database
) -> None:
    case = await desk.hear()
    await listed(desk)
    desk.clock.advance(timedelta(days=8))
    with pytest.raises(Refused) as caught:
        await desk.say(case, "Too late")
    assert caught.value.code == "reply_window_closed"
    (message,) = await desk.say(case, template=ORDER)
    assert message.content == "Hello Mara, order 41 is on its way."
    assert message.metadata["template"] == {"name": "order", "language": "en"}
    await deliver_due(desk.hark)
    assert (await desk.message(message.id)).delivery_status == "sent"
    (outbound,) = desk.fake.outbounds
    assert outbound.template == OutboundTemplate("order", "en", ("Mara", "41"))
    assert outbound.text == message.content
    await check_counters(db)
    await check_facts(desk)


async def test_a_template_is_one_call_however_long_its_text_is(desk: Desk) -> None:
    case = await desk.hear()
    await listed(desk)
    (message,) = await desk.say(case, template=TemplateChoice("named", "en", ("x" * 60,)))
    await deliver_due(desk.hark)
    (outbound,) = desk.fake.outbounds
    assert outbound.template is not None
    assert outbound.template.parameters == ("name",)
    assert message.content == f"Hello {'x' * 60}."


WRONG: dict[str, tuple[dict[str, Any], type[HarkError], str]] = {
    "unknown": ({"template": TemplateChoice("nothing", "en")}, Invalid, "template_unknown"),
    "another language": (
        {"template": TemplateChoice("order", "de", ("a", "b"))},
        Invalid,
        "template_unknown",
    ),
    "a value is missing": (
        {"template": TemplateChoice("order", "en", ("Mara",))},
        Invalid,
        "template_values",
    ),
    "one too many": ({"template": TemplateChoice("plain", "en", ("Mara",))}, Invalid, "template_values"),
    "a value is blank": (
        {"template": TemplateChoice("order", "en", ("Mara", " "))},
        Invalid,
        "template_values",
    ),
    "beside a text": ({"template": ORDER, "content": "Hi"}, Invalid, "invalid"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_does_not_fit_a_template_is_refused_and_nothing_is_queued(desk: Desk, name: str) -> None:
    given, error, code = WRONG[name]
    case = await desk.hear()
    await listed(desk)
    with pytest.raises(error) as caught:
        await desk.say(case, given.get("content", ""), template=given["template"])
    assert caught.value.code == code
    assert await desk.rows("SELECT count(*) FROM delivery") == [(0,)]


async def test_templates_go_only_where_the_source_has_them(desk: Desk) -> None:
    case = await desk.comment("Hello?")
    await listed(desk)
    with pytest.raises(Refused) as caught:
        await desk.say(case, template=TemplateChoice("plain", "en"))
    assert (caught.value.code, caught.value.extra["ability"]) == ("ability_missing", "template")
