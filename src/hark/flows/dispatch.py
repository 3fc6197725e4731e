"""The call of step 11: one queued piece becomes one platform call, whatever happens to it one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import msgspec

from hark.channels.accounts.loading import load_account
from hark.channels.contract import (
    Account,
    Adapter,
    NotSent,
    Outbound,
    OutboundAttachment,
    PlatformProblem,
    Reconnect,
    Rejected,
    Sent,
    Source,
    TryAgain,
    Unconfirmed,
)
from hark.delivery.capability import check_places, window_state
from hark.delivery.models import Address, AnsweredComment, Claimed, DraftAttachment, Outcome, Piece
from hark.delivery.thread import repository as thread
from hark.flows.context import Hark
from hark.flows.reply import answered_comment, private_reply_state, rules_for
from hark.flows.tokens import with_fresh_token
from hark.infra.http import CallFailed, GuardedHttp
from hark.infra.telemetry import logger
from hark.kernel.errors import HarkError, Invalid, NotFound

CALL_CAP = 30.0
"""Seconds that one call may take, whatever the adapter allows it (reliability.md, P4)."""
PREPARE_CAP = 15.0
"""Seconds for reading the address and the files."""

NOT_THERE = "not_there"
"""The code of a look-up by which the platform surely does not have the message."""

log = logger(__name__)

Answer = Sent | PlatformProblem


class Order(msgspec.Struct, frozen=True):
    """A call ready to be made."""

    outbound: Outbound
    adapter: Adapter
    account: Account


async def dispatch(hark: Hark, claimed: Claimed) -> Answer:
    """Makes the call. Never raises for what can go wrong with it; a doubtful one is looked up at once."""
    order = await _prepared(hark, claimed)
    if isinstance(order, PlatformProblem):
        return order
    answer = await _called(hark, order.adapter.send, order, claimed)
    return await _looked_up(hark, order, claimed, answer) if isinstance(answer, Unconfirmed) else answer


async def resolve(hark: Hark, claimed: Claimed) -> Answer:
    """What became of a call whose worker went silent; never repeats it."""
    doubt = Unconfirmed("interrupted", "Sending was interrupted; whether the message arrived is not known.")
    order = await _prepared(hark, claimed, again=False)
    return await _looked_up(hark, order, claimed, doubt) if isinstance(order, Order) else doubt


async def _looked_up(hark: Hark, order: Order, claimed: Claimed, doubt: Unconfirmed) -> Answer:
    if order.adapter.look_up is None:
        return doubt
    found = await _called(hark, order.adapter.look_up, order, claimed)
    return found if isinstance(found, Sent | TryAgain) and _settles(found) else doubt


def _settles(found: Sent | TryAgain) -> bool:
    """A look-up that could not be made itself settles nothing."""
    return isinstance(found, Sent) or found.code == NOT_THERE


async def _called(
    hark: Hark,
    function: Callable[[Outbound, Account, GuardedHttp], Awaitable[Sent | NotSent | None]],
    order: Order,
    claimed: Claimed,
) -> Answer:
    """The answer as a value. Whatever is not known to have stayed here is Unconfirmed."""

    async def call(account: Account, http: GuardedHttp) -> Sent | NotSent | None:
        return await function(order.outbound, account, http)

    try:
        async with asyncio.timeout(CALL_CAP):
            sent = await with_fresh_token(hark, order.adapter, order.account, call)
    except PlatformProblem as problem:
        return problem
    except CallFailed as error:
        return _failed(error)
    except TimeoutError:
        return Unconfirmed("timeout", f"The platform did not answer within {CALL_CAP:g} seconds.")
    except Exception:
        log.exception("an adapter failed while sending", delivery=str(claimed.id))
        return Unconfirmed(
            "internal", "An error interrupted sending; whether the message arrived is not known."
        )
    if isinstance(sent, NotSent):
        return TryAgain(NOT_THERE, "The message did not arrive; it is sent again.")
    return sent or Unconfirmed("not_found", "The platform does not know the message.")


def _failed(error: CallFailed) -> PlatformProblem:
    if not error.sent:
        return TryAgain("not_connected", "The platform could not be reached.")
    return Unconfirmed("broken", "The connection broke; whether the message arrived is not known.")


async def _prepared(hark: Hark, claimed: Claimed, *, again: bool = True) -> Order | PlatformProblem:
    """The order, or why nothing was sent. `again` checks what time forbids: a window may have closed while the
    message waited."""
    try:
        async with asyncio.timeout(PREPARE_CAP):
            return await _prepare(hark, claimed, check=again)
    except PlatformProblem as problem:
        return problem
    except (NotFound, Invalid) as error:
        return Rejected("gone", error.detail)
    except (HarkError, TimeoutError) as error:
        return TryAgain("not_ready", str(error) or "The message could not be read in time.")
    except Exception:
        log.exception("a delivery could not be prepared", delivery=str(claimed.id))
        return TryAgain("internal", "An error kept the message from being sent; it will be tried again.")


async def _prepare(hark: Hark, claimed: Claimed, *, check: bool) -> Order:
    piece = msgspec.json.decode(claimed.outbound, type=Piece)
    async with hark.db.connection() as connection:
        address = await thread.ADDRESS.find(connection, claimed.workspace_id, claimed.conversation_id)
        if address is None:
            raise Rejected("gone", "The conversation no longer exists.")
        account = await load_account(connection, hark.secrets, claimed.account_id)
        files = await thread.FILES.all(connection, claimed.workspace_id, list(piece.attachments))
        comment = await answered_comment(
            connection,
            claimed.workspace_id,
            claimed.conversation_id,
            address,
            piece.private_to if check else None,
            by=claimed.message_id,
        )
    adapter = hark.registry.load(address.platform)
    if check:
        _check_places(hark, adapter, address, piece, comment)
    named = {each.id: each for each in files}
    attachments = [await _load(hark, named[each]) for each in piece.attachments if each in named]
    # A look-up searches around the time at which the call was made, however much later it is asked.
    at = hark.clock() if check else claimed.started_at
    outbound = _outbound(claimed.message_id, at, address, piece, tuple(attachments))
    return Order(outbound, adapter, account)


def _check_places(
    hark: Hark, adapter: Adapter, address: Address, piece: Piece, comment: AnsweredComment | None
) -> None:
    rules, now = rules_for(adapter.manifest, address, piece.private_to is not None), hark.clock()
    window = window_state(rules.window, address.window_opened_at, now)
    private = private_reply_state(rules, comment, now)
    for refusal in check_places(window, private, piece.by_human, template=piece.template is not None):
        raise Rejected(refusal.code, refusal.detail)


async def _load(hark: Hark, file: DraftAttachment) -> OutboundAttachment:
    if not file.blob_key:
        raise Rejected("file_gone", f"The file “{file.name}” is no longer kept.")
    content = await hark.blobs.get(file.blob_key)
    return OutboundAttachment(
        kind=file.kind, name=file.name, mime_type=file.mime_type, content=content, alt=file.alt
    )


def _outbound(
    message_id: UUID,
    at: datetime,
    address: Address,
    piece: Piece,
    attachments: tuple[OutboundAttachment, ...],
) -> Outbound:
    """The message's id is the reference: an echo that carries it is recognized as this message."""
    return Outbound(
        reference=message_id,
        source=Source(address.source),
        thread_key=address.thread_key,
        recipient=address.recipient,
        at=at,
        text=piece.text,
        attachments=attachments,
        reply_to=address.reply_to,
        quoted=piece.quoted,
        private_to=piece.private_to,
        by_human=piece.by_human,
        last_opened_at=address.window_opened_at,
        template=piece.template,
    )


def outcome_of(answer: Answer) -> Outcome:
    """One word for metrics and for the attempt's row."""
    match answer:
        case Sent():
            return "sent"
        case TryAgain():
            return "retry"
        case Reconnect():
            return "reconnect"
        case Unconfirmed():
            return "unknown"
        case _:
            return "rejected"
