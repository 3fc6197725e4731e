"""Rules (automation): making, ordering and trying them, and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from hark.api.parameters import After, Limit
from hark.api.writing import Once, write, write_once
from hark.automation import keep, repository
from hark.automation.checks import check_rule, warnings_of
from hark.automation.fields import FIELDS, OPERATORS, RuleField
from hark.automation.models import Rule, RuleDraft, RuleRun, RuleWarning
from hark.automation.templates import RuleTemplate, templates
from hark.automation.texts import BLANKS
from hark.flows.automation.known import load_known
from hark.flows.automation.trial import DryRun, RuleTrial, dry_run, try_rule
from hark.flows.context import Hark
from hark.inbox.listing.conversations import load_conversation
from hark.infra.db import Connection
from hark.journal import Fact
from hark.kernel.pages import Page, bounded, decode_cursor, encode_cursor
from hark.workspaces.rights import Actor

LAST_ID = UUID(int=(1 << 128) - 1)


class RuleList(msgspec.Struct, frozen=True):
    """All rules in the order in which they look at an event."""

    items: list[Rule]


class RuleSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    enabled: bool


class RuleOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every rule once."""

    ids: Annotated[list[UUID], Meta(max_length=500)]


class RuleCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id`: of the rule that is being changed, so that it is not taken for another one."""

    rule: RuleDraft
    id: UUID | None = None


class RuleWarnings(msgspec.Struct, frozen=True):
    warnings: list[RuleWarning]


class RuleTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: RuleDraft
    conversation_id: UUID
    id: UUID | None = None


class RuleDryRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`after`: the `next` of the step before."""

    rule: RuleDraft
    days: Annotated[int, Meta(ge=1, le=30)] = 7
    after: Annotated[str, Meta(max_length=600)] | None = None
    id: UUID | None = None


class RuleTemplates(msgspec.Struct, frozen=True):
    items: list[RuleTemplate]


class Vocabulary(msgspec.Struct, frozen=True):
    """What conditions may ask about, by which operators, and the blanks of texts."""

    fields: list[RuleField]
    operators: dict[str, list[str]]
    blanks: list[str]


@get("/api/v1/rules", right="policies:write", tags=["rules"], operation_id="listRules")
async def list_rules(hark: NamedDependency[Hark], actor: NamedDependency[Actor]) -> RuleList:
    """All rules in their order, with what looks wrong about them."""
    async with hark.db.connection() as connection:
        return RuleList(await keep.list_rules(connection, actor.workspace_id, hark.clock()))


@get("/api/v1/rules/vocabulary", right="policies:write", tags=["rules"], operation_id="getRuleVocabulary")
async def vocabulary() -> Vocabulary:
    """Fields, operators and blanks that rules can have."""
    operators: dict[str, list[str]] = {kind: list(names) for kind, names in OPERATORS.items()}
    return Vocabulary(list(FIELDS.values()), operators, list(BLANKS))


@get("/api/v1/rules/templates", right="policies:write", tags=["rules"], operation_id="listRuleTemplates")
async def list_templates(
    locale: Annotated[Literal["en", "de"], QueryParameter(description="Of names and texts.")] = "en",
) -> RuleTemplates:
    """Ready rules to begin with."""
    return RuleTemplates(templates(locale))


@post("/api/v1/rules", right="policies:write", tags=["rules"], operation_id="createRule")
async def create(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    once: NamedDependency[Once],
    data: JSONBody[RuleDraft],
) -> Rule:
    """Makes a rule, at the end of the order. What is wrong is told by field."""

    async def work(connection: Connection) -> tuple[Rule, list[Fact]]:
        known = await load_known(hark, connection, actor.workspace_id)
        return await keep.create_rule(connection, hark.secrets, actor, data, known, hark.clock()), []

    return await write_once(hark, actor, once, Rule, work)


@put("/api/v1/rules/order", right="policies:write", tags=["rules"], operation_id="orderRules")
async def order(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[RuleOrder]
) -> RuleList:
    """Sets the order in which rules look at an event."""

    async def work(connection: Connection) -> tuple[RuleList, list[Fact]]:
        return RuleList(await keep.order_rules(connection, actor, data.ids, hark.clock())), []

    return await write(hark, actor, work)


@post(
    "/api/v1/rules/check", right="policies:write", tags=["rules"], operation_id="checkRule", status_code=200
)
async def check(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[RuleCheck]
) -> RuleWarnings:
    """What saving this rule would refuse (as a problem), or warn about."""
    async with hark.db.connection() as connection:
        known = await load_known(hark, connection, actor.workspace_id, data.id)
        check_rule(data.rule, known)
        others = await keep.list_rules(connection, actor.workspace_id, hark.clock())
    return RuleWarnings(warnings_of(data.rule, data.id, others))


@post("/api/v1/rules/test", right="policies:write", tags=["rules"], operation_id="testRule", status_code=200)
async def test(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[RuleTest]
) -> RuleTrial:
    """What a rule would say about a conversation now, and what it would do. Nothing is done."""
    async with hark.db.connection() as connection:
        check_rule(data.rule, await load_known(hark, connection, actor.workspace_id, data.id))
        return await try_rule(hark, connection, actor.workspace_id, data.rule, data.conversation_id)


@post(
    "/api/v1/rules/dry-run",
    right="policies:write",
    tags=["rules"],
    operation_id="dryRunRule",
    status_code=200,
)
async def run_dry(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], data: JSONBody[RuleDryRun]
) -> DryRun:
    """On what a rule would have run during the last days: one step of at most 500 events, newest first."""
    async with hark.db.connection() as connection:
        check_rule(data.rule, await load_known(hark, connection, actor.workspace_id, data.id))
        return await dry_run(hark, connection, actor.workspace_id, data.rule, data.days, data.after)


@get("/api/v1/rules/{rule_id:uuid}", right="policies:write", tags=["rules"], operation_id="getRule")
async def get_one(
    hark: NamedDependency[Hark], actor: NamedDependency[Actor], rule_id: FromPath[UUID]
) -> Rule:
    """One rule."""
    async with hark.db.connection() as connection:
        return await keep.load_rule(connection, actor.workspace_id, rule_id, hark.clock())


@put("/api/v1/rules/{rule_id:uuid}", right="policies:write", tags=["rules"], operation_id="updateRule")
async def update(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    rule_id: FromPath[UUID],
    data: JSONBody[RuleDraft],
) -> Rule:
    """The whole rule anew; its place in the order stays, and secrets that are not given."""

    async def work(connection: Connection) -> tuple[Rule, list[Fact]]:
        known = await load_known(hark, connection, actor.workspace_id)
        return await keep.change_rule(connection, hark.secrets, actor, rule_id, data, known, hark.clock()), []

    return await write(hark, actor, work)


@patch("/api/v1/rules/{rule_id:uuid}", right="policies:write", tags=["rules"], operation_id="switchRule")
async def switch(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    rule_id: FromPath[UUID],
    data: JSONBody[RuleSwitch],
) -> Rule:
    """Switches a rule on or off. Switched on, a timed rule looks at what falls due from now on."""

    async def work(connection: Connection) -> tuple[Rule, list[Fact]]:
        return await keep.enable_rule(connection, actor, rule_id, data.enabled, hark.clock()), []

    return await write(hark, actor, work)


@delete("/api/v1/rules/{rule_id:uuid}", right="policies:write", tags=["rules"], operation_id="deleteRule")
async def remove(hark: NamedDependency[Hark], actor: NamedDependency[Actor], rule_id: FromPath[UUID]) -> None:
    """Removes a rule. Its log stays for a while."""

    async def work(connection: Connection) -> tuple[None, list[Fact]]:
        await keep.remove_rule(connection, actor, rule_id, hark.clock())
        return None, []

    await write(hark, actor, work)


@get("/api/v1/rules/{rule_id:uuid}/runs", right="policies:write", tags=["rules"], operation_id="listRuleRuns")
async def list_runs(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    rule_id: FromPath[UUID],
    limit: Limit = None,
    after: After = None,
) -> Page[RuleRun]:
    """On what a rule ran, why it matched, and what became of its actions; newest first."""
    size = bounded(limit)
    async with hark.db.connection() as connection:
        await keep.find_row(connection, actor.workspace_id, rule_id, hark.clock())
        rows = await repository.RUNS_OF_RULE.all(
            connection, actor.workspace_id, rule_id, *_from(after, hark), size + 1
        )
    return _page(rows, size)


@get(
    "/api/v1/conversations/{conversation_id:uuid}/rule-runs",
    right="conversations:read",
    tags=["rules"],
    operation_id="listConversationRuns",
)
async def list_conversation_runs(
    hark: NamedDependency[Hark],
    actor: NamedDependency[Actor],
    conversation_id: FromPath[UUID],
    limit: Limit = None,
    after: After = None,
) -> Page[RuleRun]:
    """Which rules ran on a conversation, and why; newest first."""
    size = bounded(limit)
    async with hark.db.connection() as connection:
        await load_conversation(connection, actor.workspace_id, conversation_id)
        rows = await repository.RUNS_OF_CONVERSATION.all(
            connection, actor.workspace_id, conversation_id, *_from(after, hark), size + 1
        )
    return _page(rows, size)


def _from(after: str | None, hark: Hark) -> tuple[datetime, UUID]:
    if after is None:
        return hark.clock(), LAST_ID
    found: tuple[datetime, UUID] = decode_cursor(after, tuple[datetime, UUID])
    return found


def _page(rows: list[RuleRun], size: int) -> Page[RuleRun]:
    following = encode_cursor(rows[size - 1].at, rows[size - 1].id) if len(rows) > size else None
    return Page(rows[:size], following)


HANDLERS = [
    list_rules,
    vocabulary,
    list_templates,
    create,
    order,
    check,
    test,
    run_dry,
    get_one,
    update,
    switch,
    remove,
    list_runs,
    list_conversation_runs,
]
