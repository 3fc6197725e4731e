"""The only way to the outside: allowed hosts, no private addresses, caps on size and time, no redirects.

The address check happens on the address that is connected to, after name resolution, so a name that answers
differently the second time gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpcore
import httpx
import msgspec
from httpcore._backends.anyio import AnyIOBackend

from hark.infra.metering import Meter, Unmetered

# They log whole addresses (httpx at INFO), and an address may contain a token: Telegram's do.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

MAX_ANSWER = 10 * 1024 * 1024
DEFAULT_TIMEOUT = 20.0
"""Seconds for the whole call, from connecting to the last byte."""


class CallFailed(Exception):
    """Base of what a call can fail with. `sent` is False when the request surely never reached the other
    side.
    """

    sent = True


class NotConnected(CallFailed):
    """No connection came about, so nothing was sent."""

    sent = False


class AddressRefused(NotConnected):
    """The host is not allowed, or its name leads to a private address."""


class TimedOut(CallFailed):
    """The answer did not come in time; the request may have been carried out."""


class Broken(CallFailed):
    """The connection broke after the request went out, or the answer is not HTTP."""


class AnswerTooLarge(CallFailed):
    """More bytes than the cap; reading stopped."""


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, or None where it is none (an HTML error page with status 502, an empty 200)."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None


class _PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to the resolved address itself, after looking at it."""

    def __init__(self, allow_private: bool, own: frozenset[str]) -> None:
        self._inner = AnyIOBackend()
        self._allow_private = allow_private
        self._own = own

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        last: Exception | None = None
        for address in await self._resolve(host, port):
            if not self._allow_private and not is_public(address) and f"{host}:{port}" not in self._own:
                raise AddressRefused(f"{host} leads to the private address {address}")
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                last = error
        raise last or httpcore.ConnectError(f"{host} has no address")

    async def _resolve(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved: {error}") from error
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise AddressRefused("Unix sockets are not called")

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


def is_public(address: str) -> bool:
    """Whether an IP address is globally reachable; IPv4-mapped and 6to4/NAT64 forms are judged by the address
    inside.
    """
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            ip = inner
        elif ip in ipaddress.ip_network("64:ff9b::/96"):
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.is_global and not ip.is_multicast


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
        hosts: tuple[frozenset[str], ...] = (),
        client: httpx.AsyncClient | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.meter: Meter = meter or Unmetered()
        self._allow_private = allow_private
        self._own = own
        self._hosts = hosts
        self._client = client or self._make_client(allow_private, own)

    @staticmethod
    def _make_client(allow_private: bool, own: frozenset[str]) -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(), retries=0)
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=200,
            max_keepalive_connections=50,
            keepalive_expiry=15.0,
            network_backend=_PublicOnly(allow_private, own),
        )
        return httpx.AsyncClient(
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "Hark/1 (+customer service)"},
        )

    def allowing(self, hosts: tuple[str, ...], *urls: str) -> GuardedHttp:
        """The same client, for these hosts and the hosts of these addresses only. It only ever narrows: what was
        not allowed before is not allowed after.
        """
        names = frozenset(host.lower() for host in hosts) | {host_of(url) for url in urls if url}
        return GuardedHttp(
            allow_private=self._allow_private,
            own=self._own,
            hosts=(*self._hosts, names),
            client=self._client,
            meter=self.meter,
        )

    def metered(self, meter: Meter) -> GuardedHttp:
        """The same client, whose calls are counted by `meter`."""
        return GuardedHttp(
            allow_private=self._allow_private,
            own=self._own,
            hosts=self._hosts,
            client=self._client,
            meter=meter,
        )

    async def aclose(self) -> None:
        await self._client.aclose()

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
            method, url, headers=send_headers, params=query, content=content, data=form, files=files
        )
        try:
            async with asyncio.timeout(timeout):
                return await self._exchange(request, max_bytes)
        except TimeoutError as error:
            raise TimedOut(f"no answer within {timeout:g} s") from error

    async def _exchange(self, request: httpx.Request, max_bytes: int) -> Answer:
        try:
            answer = await self._client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotConnected(str(error) or type(error).__name__) from error
        except httpx.TimeoutException as error:
            raise TimedOut(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise Broken(str(error) or type(error).__name__) from error
        try:
            body = await _read(answer, max_bytes)
        except httpx.HTTPError as error:
            raise Broken(str(error) or type(error).__name__) from error
        finally:
            await answer.aclose()
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(status=answer.status_code, headers=lowered, body=body)

    def _check_address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username is not None:
            raise AddressRefused("only plain http and https addresses are called")
        if parts.scheme == "http" and not self._allow_private and parts.netloc not in self._own:
            raise AddressRefused("only https addresses are called")
        host = parts.hostname.lower()
        if not all(_host_allowed(host, allowed) for allowed in self._hosts):
            raise AddressRefused(f"{parts.hostname} is not among the allowed hosts")


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
