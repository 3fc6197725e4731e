"""One look at the newest threads: what is new, edited, answered, hidden, shown again and gone since the last look."""

from __future__ import annotations

from datetime import datetime, timedelta

from hark.adapters.youtube import lists
from hark.adapters.youtube.changes import deleted, held_in, hidden
from hark.adapters.youtube.memory import MOST_REPLIES, MOST_THREADS, Known, recall
from hark.adapters.youtube.split import items_of
from hark.channels.contract import Account, FetchedPage, RawItem, Rejected
from hark.infra.http import GuardedHttp

MOST_PAGES = 5
"""Pages of threads in one call; the rest is the next page's."""
MOST_REREAD = 40
"""Threads whose replies are read again in one look; the others have their turn in the next."""
SWEEP_EVERY = timedelta(hours=1)
"""How often the replies of older threads, beyond the first page, are looked at too."""


class Look:
    """`since` bounds how far back threads are read; what is known of them comes from the account's state."""

    def __init__(self, account: Account, http: GuardedHttp, since: datetime, now: datetime) -> None:
        self._account, self._http, self._since, self._now = account, http, since, now
        self._channel = account.platform_account_id
        self._memory = recall(account.state)
        self._items: list[RawItem] = []
        self._doubtful: list[str] = []
        self._reread = MOST_REREAD
        self._complete = False

    async def take(self, token: str | None) -> FetchedPage:
        """The look, or the stretch of it that begins at `token`. Comparing needs the whole of it: where it is longer than
        one call reads, only what is there is taken."""
        listed, rest = await self._walk(token)
        for thread in listed:
            await self._read(thread)
        if token is not None or rest is not None:
            return FetchedPage(tuple(self._items), rest)
        await self._compare(listed)
        return FetchedPage(tuple(self._items), None, self._memory.keep())

    async def _walk(self, token: str | None) -> tuple[list[lists.Thread], str | None]:
        swept = self._memory.swept_at
        sweep = token is None and swept is not None and self._now - swept >= SWEEP_EVERY
        if sweep or swept is None:
            self._memory.swept_at = self._now
        wanted = min(MOST_THREADS, len(self._memory.threads)) if sweep else 0
        found: list[lists.Thread] = []
        for _ in range(MOST_PAGES):
            page = await lists.threads(self._account, self._http, token)
            found += page.threads
            token = page.next
            self._complete = token is None
            if token is None or (len(found) >= wanted and page.threads and page.threads[-1].at < self._since):
                return found, None
        return found, token

    async def _read(self, thread: lists.Thread) -> None:
        """A thread with its replies: those that come along, or all of them where their number changed."""
        self._items += items_of([thread.resource], self._channel)
        known = self._memory.threads.get(thread.id)
        inline = [str(reply["id"]) for reply in thread.inline if reply.get("id")]
        if thread.count <= len(inline):
            self._remember(thread, inline, known)
        elif known is None or known.count != thread.count:
            await self._reread_replies(thread, known)

    async def _reread_replies(self, thread: lists.Thread, known: Known | None) -> None:
        if self._reread <= 0:
            return
        self._reread -= 1
        try:
            found = await lists.replies(self._account, self._http, thread.id)
        except Rejected as refusal:
            if refusal.http_status == 404:
                self._doubtful.append(thread.id)
            return
        self._items += items_of(found[::-1], self._channel, thread.video)
        self._remember(thread, [str(reply["id"]) for reply in found if reply.get("id")], known)

    def _remember(self, thread: lists.Thread, replies: list[str], known: Known | None) -> None:
        """What was there the last time and is not among all replies now is doubtful."""
        if known is not None and thread.count < MOST_REPLIES:
            self._doubtful += [each for each in known.replies if each not in replies]
        self._memory.threads[thread.id] = Known(thread.at, thread.count, replies[:MOST_REPLIES])

    async def _compare(self, listed: list[lists.Thread]) -> None:
        """Threads that should be among the listed ones and are not; and what waits for review now and before."""
        held = await self._held()
        seen = {thread.id for thread in listed}
        oldest = min((thread.at for thread in listed), default=None)
        self._doubtful += [
            each
            for each, known in self._memory.threads.items()
            if each not in seen and (self._complete or oldest is None or known.at > oldest)
        ]
        before = set(self._memory.held)
        replies = {reply for known in self._memory.threads.values() for reply in known.replies}
        for each in sorted(before - held):
            if each in seen or each in replies:
                self._items.append(hidden(self._channel, each, False, self._now))
            else:
                self._doubtful.append(each)
        self._items += [hidden(self._channel, each, True, self._now) for each in sorted(held - before)]
        self._memory.held = sorted(held)
        await self._judge([each for each in dict.fromkeys(self._doubtful) if each not in held])
        for each in held:
            self._forget(each)

    async def _held(self) -> set[str]:
        page = await lists.threads(self._account, self._http, None, held=True)
        held: set[str] = set()
        for thread in page.threads:
            self._items += items_of([thread.resource], self._channel)
            held.update(held_in(thread))
        return held

    async def _judge(self, doubtful: list[str]) -> None:
        """What can still be had by its id was only hidden, or the list is late; what cannot is deleted."""
        if not doubtful:
            return
        there = await lists.by_id(self._account, self._http, doubtful)
        for each in doubtful:
            status = lists.status_of(there[each]) if each in there else None
            if each not in there:
                self._items.append(deleted(self._channel, each, self._now))
            elif status in {"rejected", "likelySpam", "heldForReview"}:
                self._items.append(hidden(self._channel, each, True, self._now))
            else:
                continue
            self._forget(each)

    def _forget(self, comment_id: str) -> None:
        self._memory.threads.pop(comment_id, None)
        for known in self._memory.threads.values():
            if comment_id in known.replies:
                known.replies = [each for each in known.replies if each != comment_id]
