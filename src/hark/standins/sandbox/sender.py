"""The network's webhook: signs, sends in order, repeats what was not taken, and asks a new address whether
it is ours."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

import httpx
import msgspec

from hark.infra.telemetry import logger
from hark.kernel.ids import new_id
from hark.standins.kit.faults import Faults
from hark.standins.sandbox.models import Event, Webhook
from hark.standins.sandbox.network import Network

Deliver = Callable[[str, str, Mapping[str, str], bytes], Awaitable[tuple[int, bytes]]]
"""(method, url, headers, body) to (status, body). Raises OSError or httpx.HTTPError when nobody answers."""

SIGNATURE = "x-sandbox-signature"
FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0
"""Seconds between tries; doubled from the first to the longest, with jitter."""

_log = logger(__name__)


class WebhookSender:
    """Takes events from the network and brings them to the webhook, head of the line first, until they are
    taken."""

    def __init__(self, network: Network, faults: Faults, deliver: Deliver) -> None:
        self.network = network
        self.faults = faults
        self.withheld: list[Event] = []
        self.requests = 0
        self.refused = 0
        self._deliver = deliver
        self._queue: deque[Event] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        network.emitted = self.take
        self._requeue()

    def _requeue(self) -> None:
        """After a restart: what the state file says was not sent."""
        unsent = set(self.network.state.unsent)
        self._queue.extend(event for event in self.network.state.history if event.id in unsent)

    @property
    def webhook(self) -> Webhook:
        return self.network.state.webhook

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="sandbox-webhook")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    def take(self, event: Event) -> None:
        if self.faults.withholds():
            self.withheld.append(event)
            return
        self._queue.append(event)
        self._wake.set()

    def release(self) -> int:
        """Sends what was withheld; gives how many."""
        count = len(self.withheld)
        self._queue.extend(self.withheld)
        self.withheld.clear()
        self._wake.set()
        return count

    def subscribe(self, url: str, secret: str) -> None:
        """A new address has to answer the challenge first. The same address with the same secret stays
        verified."""
        webhook = self.webhook
        if (webhook.url, webhook.secret) != (url, secret):
            self.network.state.webhook = Webhook(url=url, secret=secret)
        self._changed()

    def unsubscribe(self) -> None:
        self.network.state.webhook = Webhook()
        self._changed()

    def _changed(self) -> None:
        self._failures = 0
        self._tell()
        self._wake.set()

    def unsent(self) -> list[str]:
        return [event.id for event in self._queue] + [event.id for event in self.withheld]

    async def _run(self) -> None:
        while True:
            if self.webhook.url is None or (self.webhook.verified and not self._queue):
                self._wake.clear()
                await self._wake.wait()
                continue
            done = await self._step()
            if not done:
                await self._back_off()

    async def _step(self) -> bool:
        """One request. Whatever goes wrong in it counts as not taken."""
        self.requests += 1
        try:
            taken = await (self._post() if self.webhook.verified else self._challenge())
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            _log.info("sandbox webhook unanswered", error=type(error).__name__)
            taken = False
        self._note(taken)
        return taken

    async def _post(self) -> bool:
        events = [self._queue[place] for place in range(min(len(self._queue), self.faults.webhook.batch))]
        if self.faults.webhook.delay:
            await asyncio.sleep(self.faults.webhook.delay)
        body = msgspec.json.encode(
            {
                "account": self.network.account.id,
                "events": [event.body for event in self.faults.arranged(events)],
            }
        )
        headers = {"content-type": "application/json", SIGNATURE: signature(body, self.webhook.secret)}
        status, _ = await self._deliver("POST", self.webhook.url or "", headers, body)
        if not 200 <= status < 300:
            return False
        for _ in events:
            self._queue.popleft()
        self.network.dirty()
        return True

    async def _challenge(self) -> bool:
        webhook = self.webhook
        text = new_id(self.network.clock()).hex
        query = urlencode({"challenge": text, "signature": signature(text.encode(), webhook.secret)})
        join = "&" if "?" in (webhook.url or "") else "?"
        status, body = await self._deliver("GET", f"{webhook.url}{join}{query}", {}, b"")
        webhook.verified = status == 200 and body.strip() == text.encode()
        return webhook.verified

    def _note(self, taken: bool) -> None:
        webhook = self.webhook
        before = (webhook.verified, webhook.failing_since)
        if taken:
            self._failures = 0
            webhook.failing_since = None
        else:
            self.refused += 1
            self._failures += 1
            webhook.failing_since = webhook.failing_since or self.network.now()
        if taken or before != (webhook.verified, webhook.failing_since):
            self._tell()

    def _tell(self) -> None:
        self.network.tell("webhook", self.status())

    def status(self) -> dict[str, object]:
        """What the page and the control API show. Never the secret."""
        webhook = self.webhook
        return {
            "url": webhook.url,
            "verified": webhook.verified,
            "failing_since": webhook.failing_since,
            "waiting": len(self._queue),
            "withheld": len(self.withheld),
        }

    async def _back_off(self) -> None:
        """Waits, shorter when the webhook is set anew."""
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self._failures - 1, 10))
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait * (0.75 + self.faults.chance.random() / 2)):
                while self._failures:
                    await self._wake.wait()
                    self._wake.clear()


def signature(content: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


class HttpDeliver:
    """Sends over HTTP: 15 seconds for an answer, no redirects, no proxies."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes]:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=15.0, trust_env=False, follow_redirects=False)
        answer = await self._client.request(method, url, headers=dict(headers), content=body)
        return answer.status_code, answer.content

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None
