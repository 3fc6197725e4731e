"""What rules do outside: signed webhooks, and acts on the networks. Outside of any transaction; what came of it goes into the
run's log. A receiver may get the same webhook twice (a kill after the call): `X-Hark-Delivery` tells it so."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from hark import journal
from hark.automation import repository
from hark.automation.models import ActionResult, TaskRow
from hark.channels.contract import Ability
from hark.flows.act import act
from hark.flows.automation.work import outcome_of
from hark.flows.context import Hark
from hark.inbox.snapshots import load_conversations, load_messages
from hark.infra.bus import FACTS
from hark.infra.http import AddressRefused, CallFailed
from hark.infra.telemetry import logger
from hark.journal import fact_of
from hark.kernel.errors import HarkError, TooMany, Unavailable
from hark.kernel.waiting import first_of
from hark.workspaces.rights import system_actor

BATCH = 20
LONGEST_SLEEP = 2.0
ATTEMPTS = 8
"""Over about four hours: 10 s, 30 s, 90 s, …"""
FIRST_PAUSE = 10.0
PATIENCE = 10.0
"""Seconds for a webhook."""
MAX_ANSWER = 64 * 1024

log = logger(__name__)


class Again(Exception):
    """It did not work out and may do so later."""


async def outside_loop(hark: Hark, stop: asyncio.Event) -> None:
    wake = asyncio.Event()
    unsubscribe = hark.bus.subscribe(FACTS, lambda _: wake.set())
    try:
        while not stop.is_set():
            wake.clear()
            if await do_outside(hark) == 0:
                await first_of(wake, stop, timeout=LONGEST_SLEEP)
    finally:
        unsubscribe()


async def do_outside(hark: Hark) -> int:
    """Does what is due; gives how many tasks that were."""
    async with hark.db.transaction() as connection:
        tasks = await repository.CLAIM_TASKS.all(connection, hark.clock(), BATCH)
    await asyncio.gather(*(_do(hark, task) for task in tasks))
    return len(tasks)


async def _do(hark: Hark, task: TaskRow) -> None:
    try:
        result = await _attempt(hark, task)
    except Again as error:
        if task.attempts < ATTEMPTS:
            await _try_later(hark, task)
            return
        result = ActionResult(_type(task), "failed", "gave_up", str(error))
    await _finish(hark, task, result)


async def _attempt(hark: Hark, task: TaskRow) -> ActionResult:
    """A bug of ours, or in an adapter, is no reason to ask for ever, nor to keep other tasks back."""
    try:
        return await (_call(hark, task) if task.kind == "webhook" else _act(hark, task))
    except (Again, HarkError):
        raise
    except Exception as error:
        log.exception("a task of a rule failed", task=str(task.id), workspace=str(task.workspace_id))
        raise Again("Something went wrong inside Hark.") from error


def _type(task: TaskRow) -> str:
    return "webhook" if task.kind == "webhook" else "moderate"


async def _try_later(hark: Hark, task: TaskRow) -> None:
    due = hark.clock() + timedelta(seconds=FIRST_PAUSE * 3 ** (task.attempts - 1))
    async with hark.db.transaction() as connection:
        await repository.RETRY_TASK.run(connection, task.workspace_id, task.id, due)


async def _act(hark: Hark, task: TaskRow) -> ActionResult:
    """Hiding what is hidden is no harm, so a repetition after a kill is none."""
    actor = system_actor(task.workspace_id, await _rule_name(hark, task))
    ability, message = Ability(task.body["ability"]), UUID(task.body["message_id"])
    try:
        await act(hark, actor, task.conversation_id, ability, message_id=message)
    except (Unavailable, TooMany) as error:
        raise Again(error.detail) from error
    except HarkError as error:
        return ActionResult("moderate", "failed", error.code, error.detail)
    return ActionResult("moderate", "done")


async def _rule_name(hark: Hark, task: TaskRow) -> str:
    async with hark.db.connection() as connection:
        row = await repository.FIND_RULE.find(connection, task.workspace_id, hark.clock(), task.rule_id)
    return row.name if row is not None else "Hark"


async def _call(hark: Hark, task: TaskRow) -> ActionResult:
    url = task.body["url"]
    secret = await _secret(hark, task, url)
    if secret is None:
        return ActionResult(
            "webhook", "failed", "no_secret", "The rule has no secret for this address any more."
        )
    body = await _body(hark, task)
    headers = {
        "content-type": "application/json",
        "x-hark-delivery": str(task.id),
        "x-hark-signature": "sha256=" + sign(secret, body),
    }
    try:
        answer = await hark.http.call(
            "POST", url, headers=headers, content=body, timeout=PATIENCE, max_bytes=MAX_ANSWER
        )
    except AddressRefused as error:
        return ActionResult("webhook", "failed", "address_refused", str(error))
    except CallFailed as error:
        raise Again(str(error)) from error
    if 200 <= answer.status < 300:
        return ActionResult("webhook", "done")
    if answer.status in {408, 425, 429} or answer.status >= 500:
        raise Again(f"The address answered {answer.status}.")
    return ActionResult(
        "webhook", "failed", f"http_{answer.status}", f"The address answered {answer.status}."
    )


def sign(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def _secret(hark: Hark, task: TaskRow, url: str) -> str | None:
    async with hark.db.connection() as connection:
        sealed: bytes | None = await repository.RULE_SECRETS.value(
            connection, task.workspace_id, task.rule_id
        )
    if sealed is None:
        return None
    found = hark.secrets.open(sealed).get(url)
    return None if found is None else found.reveal()


async def _body(hark: Hark, task: TaskRow) -> bytes:
    async with hark.db.connection() as connection:
        run = await repository.FIND_RUN.find(connection, task.workspace_id, task.run_id)
        conversations = await load_conversations(connection, task.workspace_id, [task.conversation_id])
        messages = (
            await load_messages(connection, task.workspace_id, [run.message_id])
            if run and run.message_id
            else []
        )
    told: dict[str, Any] = {
        "delivery": task.id,
        "event": run.event if run else None,
        "at": task.created_at,
        "rule": {"id": task.rule_id, "name": run.rule_name if run else None},
        "conversation": conversations[0] if conversations else None,
        "message": messages[0] if messages else None,
    }
    return msgspec.json.encode(told)


async def _finish(hark: Hark, task: TaskRow, result: ActionResult) -> None:
    """Into the log, with the end of the task."""
    async with hark.db.transaction() as connection:
        if not await repository.DELETE_TASK.run(connection, task.workspace_id, task.id):
            return
        run = await repository.LOCK_RUN.find(connection, task.workspace_id, task.run_id)
        if run is None:
            return
        actions = list(run.actions)
        actions[task.number] = msgspec.to_builtins(result)
        outcome = outcome_of([each["state"] for each in actions])
        await repository.UPDATE_RUN.run(connection, task.workspace_id, task.run_id, actions, outcome)
        told = msgspec.structs.replace(run, actions=actions, outcome=outcome)
        fact = fact_of("rule.ran", hark.clock(), told, conversation_id=run.conversation_id, actor="system")
        await journal.record(connection, task.workspace_id, [fact])
    hark.bus.publish(FACTS, str(task.workspace_id))
