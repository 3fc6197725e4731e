"""Which addresses may be called: only public ones, judged when they are connected to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

import anyio
import httpcore
from httpcore._backends.anyio import AnyIOBackend

from hark.infra.failures import AddressRefused


class PublicOnly(httpcore.AsyncNetworkBackend):
    """Connects to the resolved address itself, after looking at it. `own` are `host:port` of this very program, which may be
    called in spite of all."""

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
        for address in await self.allowed(host, port):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                last = error
        raise last or httpcore.ConnectError(f"{host} has no address")

    async def allowed(self, host: str, port: int) -> list[str]:
        """The addresses that the name leads to. Raises AddressRefused where one of them is private, ConnectError where the
        name leads nowhere."""
        found = await self._resolve(host, port)
        for address in found:
            if not self._allow_private and not is_public(address) and f"{host}:{port}" not in self._own:
                raise AddressRefused(f"{host} leads to the private address {address}")
        return found

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
