"""The only way to the outside: allowed hosts, no private addresses, caps on size and time, no redirects.

The address check happens on the address that is connected to, after name resolution, so a name that answers
differently the second time gains nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import logging
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx
import msgspec

from hark.infra.addresses import PublicOnly, is_public
from hark.infra.failures import (
    AddressRefused,
    Answer,
    AnswerTooLarge,
    Broken,
    CallFailed,
    NotConnected,
    SocketRefused,
    TimedOut,
)
from hark.infra.metering import Meter, Unmetered
from hark.infra.streams import IDLE, MAX_FRAME, MAX_LINE, Lines, Socket, open_socket

__all__ = [
    "DEFAULT_TIMEOUT",
    "MAX_ANSWER",
    "AddressRefused",
    "Answer",
    "AnswerTooLarge",
    "Broken",
    "CallFailed",
    "GuardedHttp",
    "Lines",
    "NotConnected",
    "Socket",
    "SocketRefused",
    "TimedOut",
    "host_of",
    "is_public",
]

# They log whole addresses (httpx at INFO) or headers (websockets at DEBUG), and those may contain a token.
for _name in ("httpx", "httpcore", "websockets"):
    logging.getLogger(_name).setLevel(logging.WARNING)

MAX_ANSWER = 10 * 1024 * 1024
DEFAULT_TIMEOUT = 20.0
"""Seconds for the whole call, from connecting to the last byte."""
CONNECTING = 5.0
CONNECTIONS = 200
USER_AGENT = "Hark/1 (+customer service)"


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The machine's certificates, read once: that takes longer than a call."""
    return ssl.create_default_context()


class GuardedHttp:
    """An HTTP client that refuses what must not be called. One per process; `allowing` narrows it to an
    account's hosts. `own` are addresses (`127.0.0.1:8000`) of this very program that may be called in spite of
    all: the sandbox network answers there.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        own: frozenset[str] = frozenset(),
        client: httpx.AsyncClient | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.meter: Meter = meter or Unmetered()
        self._allow_private = allow_private
        self._own = own
        self._hosts: tuple[frozenset[str], ...] = ()
        self._network = PublicOnly(allow_private, own)
        self._client = client or self._make_client(CONNECTIONS)
        # Streams stay open for days: they would use up the connections that calls need.
        self._streaming = client or self._make_client(None)

    def _make_client(self, connections: int | None) -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(verify=_trusted(), retries=0)
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=_trusted(),
            max_connections=connections,
            max_keepalive_connections=50 if connections else 0,
            keepalive_expiry=15.0,
            network_backend=self._network,
        )
        return httpx.AsyncClient(
            transport=transport, follow_redirects=False, trust_env=False, headers={"user-agent": USER_AGENT}
        )

    def allowing(self, hosts: tuple[str, ...], *urls: str) -> GuardedHttp:
        """The same client, for these hosts and the hosts of these addresses only. It only ever narrows: what was
        not allowed before is not allowed after.
        """
        narrowed = copy.copy(self)
        names = frozenset(host.lower() for host in hosts) | {host_of(url) for url in urls if url}
        narrowed._hosts = (*self._hosts, names)
        return narrowed

    def metered(self, meter: Meter) -> GuardedHttp:
        """The same client, whose calls are counted by `meter`."""
        counted = copy.copy(self)
        counted.meter = meter
        return counted

    async def aclose(self) -> None:
        await self._client.aclose()
        await self._streaming.aclose()

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        content: bytes | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        max_bytes: int = MAX_ANSWER,
    ) -> Answer:
        """One request. Raises a CallFailed; an HTTP error status is an Answer like any other."""
        self._check_address(url)
        send_headers = dict(headers or {})
        if json is not None:
            content = msgspec.json.encode(json)
            send_headers.setdefault("content-type", "application/json")
        request = self._client.build_request(
            method,
            url,
            headers=send_headers,
            params=query,
            content=content,
            data=form,
            files=files,
            timeout=_patience(timeout),
        )
        try:
            async with asyncio.timeout(timeout):
                return await self._exchange(request, max_bytes)
        except TimeoutError as error:
            raise TimedOut(f"no answer within {timeout:g} s") from error

    @contextlib.asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        timeout: float = IDLE,
        max_line: int = MAX_LINE,
    ) -> AsyncIterator[Lines]:
        """An answer that goes on for ever (server-sent events), line by line. `timeout` is how many seconds of silence
        it may have. Raises a CallFailed; an HTTP error status is a `Lines` whose `answer` tells more."""
        self._check_address(url)
        asked = {"accept": "text/event-stream", "accept-encoding": "identity", **(headers or {})}
        request = self._streaming.build_request(
            method, url, headers=asked, params=query, timeout=_patience(timeout)
        )
        response = await _open(self._streaming, request)
        try:
            yield Lines(response, max_line)
        finally:
            await response.aclose()

    @contextlib.asynccontextmanager
    async def websocket(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] = (),
        timeout: float | None = None,
        max_frame: int = MAX_FRAME,
    ) -> AsyncIterator[Socket]:
        """A WebSocket (wss://). A server that is gone is noticed within 40 s by pings; `timeout` ends one that
        answers them and sends nothing for so many seconds. Raises NotConnected or SocketRefused."""
        self._check_address(url, "wss", "ws")
        asked = {"user-agent": USER_AGENT, **(headers or {})}
        async with open_socket(
            url, self._network, headers=asked, subprotocols=subprotocols, idle=timeout, max_frame=max_frame
        ) as opened:
            yield opened

    async def _exchange(self, request: httpx.Request, max_bytes: int) -> Answer:
        answer = await _open(self._client, request)
        try:
            body = await _read(answer, max_bytes)
        except httpx.HTTPError as error:
            raise Broken(str(error) or type(error).__name__) from error
        finally:
            await answer.aclose()
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(status=answer.status_code, headers=lowered, body=body)

    def _check_address(self, url: str, encrypted: str = "https", plain: str = "http") -> None:
        parts = urlsplit(url)
        if parts.scheme not in {encrypted, plain} or not parts.hostname or parts.username is not None:
            raise AddressRefused(
                f"only {plain} and {encrypted} addresses without a user name are called here"
            )
        if parts.scheme == plain and not self._allow_private and parts.netloc not in self._own:
            raise AddressRefused(f"only {encrypted} addresses are called")
        host = parts.hostname.lower()
        if not all(_host_allowed(host, allowed) for allowed in self._hosts):
            raise AddressRefused(f"{parts.hostname} is not among the allowed hosts")


async def _open(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    try:
        return await client.send(request, stream=True)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise NotConnected(str(error) or type(error).__name__) from error
    except httpx.TimeoutException as error:
        raise TimedOut(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise Broken(str(error) or type(error).__name__) from error


def _patience(timeout: float) -> httpx.Timeout:
    """The time for each read is the caller's; a connection that does not come about is given up sooner."""
    return httpx.Timeout(timeout, connect=min(timeout, CONNECTING), pool=min(timeout, CONNECTING))


async def _read(answer: httpx.Response, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in answer.aiter_bytes():
        size += len(chunk)
        if size > max_bytes:
            raise AnswerTooLarge(f"more than {max_bytes} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _host_allowed(host: str, allowed: frozenset[str]) -> bool:
    """Exact, or below an allowed `*.domain`."""
    return host in allowed or any(rule.startswith("*.") and host.endswith(rule[1:]) for rule in allowed)
