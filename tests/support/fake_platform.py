"""A platform in this process that keeps its promises: it counts what it accepted, and fails when and how it is told to.

Its webhooks have the sandbox network's form, so that customers' messages come in by the real steps 1 to 8.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import msgspec

from hark.adapters.sandbox import ADAPTER as SANDBOX
from hark.channels.contract import (
    Ability,
    Account,
    Action,
    Adapter,
    AttachmentRule,
    FetchedPage,
    Manifest,
    MediaRequest,
    NotSent,
    Outbound,
    Post,
    RateLimit,
    Rejected,
    ReplyWindow,
    Sent,
    Source,
    SourceRules,
    Template,
    TextLimit,
    TryAgain,
    Unconfirmed,
    Unit,
)
from hark.infra.http import GuardedHttp
from hark.kernel.clock import Clock

DM = SourceRules(
    abilities=frozenset(
        {
            Ability.REPLY,
            Ability.QUOTE,
            Ability.TYPING,
            Ability.DELETE,
            Ability.EDIT,
            Ability.REACT,
            Ability.BAN,
            Ability.UNBAN,
            Ability.TEMPLATE,
        }
    ),
    text=TextLimit(40, Unit.CODEPOINTS),
    splits=True,
    caption=TextLimit(20, Unit.CODEPOINTS),
    max_attachments=2,
    kinds={"image": AttachmentRule(1000, ("image/png",), alt=20), "file": AttachmentRule(1000)},
    window=ReplyWindow(24 * 3600, 7 * 24 * 3600),
)
COMMENT = SourceRules(
    abilities=frozenset(
        {
            Ability.REPLY,
            Ability.PRIVATE_REPLY,
            Ability.HIDE,
            Ability.UNHIDE,
            Ability.LIKE,
            Ability.UNLIKE,
            Ability.DELETE,
            Ability.BAN,
            Ability.UNBAN,
        }
    ),
    text=TextLimit(30, Unit.CODEPOINTS),
    public=True,
    private_window=ReplyWindow(7 * 24 * 3600),
    private_once=True,
)
TEMPLATES = (
    Template("order", "en", "Hello {{1}}, order {{2}} is on its way."),
    Template("named", "en", "Hello {{name}}.", ("name",)),
    Template("plain", "en", "We are open again."),
)


class Call(msgspec.Struct, frozen=True):
    """One request that reached the platform."""

    at: datetime
    account: UUID
    reference: UUID
    thread: str
    text: str
    attachments: int


Fault = Callable[[Outbound], "Awaitable[None] | None"]
"""Raises what goes wrong, or waits, or does nothing."""


class FakePlatform:
    """`before` runs before a call is accepted, `after` once it is; both may raise. `rate` refuses more than that many
    calls within a second or other span by 429, as a sliding window over the calls. `certain`: what its look-up does not find was
    surely not accepted. `acting`: what the next acts raise, one each (None: nothing); `asked` has all of them, `actions`
    those that were done."""

    def __init__(
        self,
        clock: Clock,
        *,
        platform: str = "fakenet",
        looks_up: bool = True,
        certain: bool = False,
        rates: tuple[RateLimit, ...] = (),
        rules: SourceRules = DM,
    ) -> None:
        self.clock = clock
        self.calls: list[Call] = []
        self.accepted: list[Call] = []
        self.actions: list[Action] = []
        self.asked: list[Action] = []
        self.acting: list[BaseException | None] = []
        self.outbounds: list[Outbound] = []
        self.certain = certain
        self.looked_up = 0
        self.looked_around: list[datetime] = []
        self.looking: Exception | None = None
        self.templates: tuple[Template, ...] | Exception = TEMPLATES
        self.listed = 0
        self.posts: dict[str, Post | Exception] = {}
        self.asked_posts: list[str] = []
        self.refused_by_rate = 0
        self.running = 0
        self.most_running = 0
        self.before: Fault | None = None
        self.after: Fault | None = None
        self.limit: RateLimit | None = None
        self.parts: tuple[str, ...] = ()
        self.pages: Callable[[str | None, datetime | None], Awaitable[FetchedPage]] | None = None
        self.adapter = self._adapter(platform, looks_up, rates, rules)

    def _adapter(
        self, platform: str, looks_up: bool, rates: tuple[RateLimit, ...], rules: SourceRules
    ) -> Adapter:
        manifest = Manifest(
            platform=platform,
            name="Fakenet",
            sources={Source.DM: rules, Source.COMMENT: COMMENT},
            fields=(),
            hosts=("fakenet.example",),
            base_url="https://fakenet.example",
            rates=rates,
            imports_history=True,
            lacking={Ability.QUOTE: "Fakenet quotes nobody in public."},
        )
        return Adapter(
            manifest=manifest,
            verify=SANDBOX.verify,
            split=SANDBOX.split,
            normalize=SANDBOX.normalize,
            send=self.send,
            connect=SANDBOX.connect,
            check=SANDBOX.check,
            look_up=self.look_up if looks_up else None,
            perform=self.perform,
            fetch_page=self.fetch_page,
            locate_media=self.locate_media,
            list_templates=self.list_templates,
            fetch_post=self.fetch_post,
        )

    async def send(self, outbound: Outbound, account: Account, http: GuardedHttp) -> Sent:
        call = Call(
            self.clock(),
            account.id,
            outbound.reference,
            outbound.thread_key,
            outbound.text,
            len(outbound.attachments),
        )
        self.calls.append(call)
        self.outbounds.append(outbound)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            self._check_rate()
            await _run(self.before, outbound)
            self.accepted.append(call)
            await _run(self.after, outbound)
        finally:
            self.running -= 1
        return self._sent(call, outbound)

    def _check_rate(self) -> None:
        if self.limit is None:
            return
        now = self.clock()
        recent = sum(1 for call in self.calls if (now - call.at).total_seconds() < self.limit.seconds)
        if recent > self.limit.calls:
            self.refused_by_rate += 1
            raise TryAgain("rate", "Too many requests.", http_status=429, retry_after=5, scope="account")

    async def look_up(self, outbound: Outbound, account: Account, http: GuardedHttp) -> Sent | NotSent | None:
        self.looked_up += 1
        self.looked_around.append(outbound.at)
        if self.looking is not None:
            raise self.looking
        found = [call for call in self.accepted if call.reference == outbound.reference]
        if found:
            return self._sent(found[0], outbound)
        return NotSent() if self.certain else None

    async def list_templates(self, account: Account, http: GuardedHttp) -> tuple[Template, ...]:
        self.listed += 1
        if isinstance(self.templates, Exception):
            raise self.templates
        return self.templates

    async def fetch_post(self, post_id: str, account: Account, http: GuardedHttp) -> Post | None:
        self.asked_posts.append(post_id)
        found = self.posts.get(post_id)
        if isinstance(found, Exception):
            raise found
        return found

    async def perform(self, action: Action, account: Account, http: GuardedHttp) -> None:
        self.asked.append(action)
        fault = self.acting.pop(0) if self.acting else None
        if fault is not None:
            raise fault
        if action.text == "forbidden":
            raise Rejected("no", "The platform does not allow it.")
        self.actions.append(action)

    async def locate_media(self, file_id: str, account: Account, http: GuardedHttp) -> MediaRequest:
        return MediaRequest(url=f"{account.base_url('')}/{file_id}", headers={"x-token": "t"})

    async def fetch_page(
        self, cursor: str | None, since: datetime | None, account: Account, http: GuardedHttp
    ) -> FetchedPage:
        assert self.pages is not None
        return await self.pages(cursor, since)

    def _sent(self, call: Call, outbound: Outbound) -> Sent:
        """A private reply goes to the direct messages of whom the conversation is with."""
        private = outbound.private_to is not None
        return Sent(
            platform_message_id=f"out-{call.reference}",
            at=call.at,
            parts=self.parts,
            thread_key=outbound.recipient if private else None,
            thread_source=Source.DM if private else None,
        )

    def doubles(self) -> list[UUID]:
        """References that the customer has got more than once."""
        return [
            reference
            for reference, count in Counter(call.reference for call in self.accepted).items()
            if count > 1
        ]

    def texts(self, thread: str) -> list[str]:
        """What the customer of a thread has got, in order."""
        return [call.text for call in self.accepted if call.thread == thread]


async def _run(fault: Fault | None, outbound: Outbound) -> None:
    waiting = fault(outbound) if fault is not None else None
    if waiting is not None:
        await waiting


def server_error(_: Outbound) -> None:
    """An answer of 500, from before anything was accepted."""
    raise TryAgain("500", "The platform failed.", http_status=500)


def timed_out(_: Outbound) -> None:
    """No answer in time."""
    raise Unconfirmed("timeout", "The platform did not answer.")


def forbidden(_: Outbound) -> None:
    """A final refusal."""
    raise Rejected("no", "The platform does not allow it.", http_status=403)


def too_many(retry_after: float | None, scope: str) -> Fault:
    def refuse(_: Outbound) -> None:
        raise TryAgain("429", "Too many requests.", http_status=429, retry_after=retry_after, scope=scope)

    return refuse


def first(count: int, fault: Fault) -> Fault:
    """The fault for the first calls only."""
    left = [count]

    def once(outbound: Outbound) -> Awaitable[None] | None:
        if left[0] > 0:
            left[0] -= 1
            return fault(outbound)
        return None

    return once


class Killed(BaseException):
    """The process ends here: nothing catches it."""


def killed(_: Outbound) -> None:
    raise Killed


async def hang(_: Outbound) -> None:
    """Answers only when cancelled."""
    await asyncio.Event().wait()
