"""Passwords: Argon2id, computed in threads of its own so that the event loop never waits for a hash.

Parameters are the OWASP minimum for Argon2id (Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane): about
20 ms here, and
two at a time cost at most 38 MiB.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hark.kernel.errors import Invalid

MINIMUM = 10
MAXIMUM = 256
"""Characters of a password; the upper bound keeps a megabyte from being hashed."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
_NOBODY = _HASHER.hash("the password of nobody")


def check_password(password: str, email: str) -> None:
    """Refuses what can be guessed at once."""
    if not MINIMUM <= len(password) <= MAXIMUM:
        raise Invalid(
            f"A password has {MINIMUM} to {MAXIMUM} characters.",
            code="weak_password",
            fields={"password": f"{MINIMUM} to {MAXIMUM} characters"},
        )
    if password.casefold() in {email.casefold(), email.split("@")[0].casefold()} or len(set(password)) < 4:
        raise Invalid(
            "This password is too easy to guess.",
            code="weak_password",
            fields={"password": "too easy to guess"},
        )


async def hash_password(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _hash, password)


async def password_matches(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one. For nobody (None) the same work is done; the answer is no."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _matches, password, stored)


def _hash(password: str) -> str:
    return _HASHER.hash(password.encode("utf-8", "surrogatepass"))


def _matches(password: str, stored: str | None) -> bool:
    try:
        right = _HASHER.verify(stored or _NOBODY, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None
