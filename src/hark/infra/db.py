"""PostgreSQL access: a pool, transactions, and statements that know the struct their rows become.

Every SQL statement of the program is a module-level `Statement`; a test prepares each against the migrated
schema and compares its columns with the struct, so that SQL cannot rot.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Generic, TypeVar, cast

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from hark.kernel.errors import Collided, Unavailable

Row = TypeVar("Row")
Result = TypeVar("Result")
Connection = asyncpg.Connection | PoolConnectionProxy

STATEMENTS: list[Statement[Any]] = []
"""Every statement that has been defined, for the test that prepares them all."""

_UNREACHABLE = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DiskFullError,
    asyncpg.OutOfMemoryError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.QueryCanceledError,
)
_COLLISIONS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
TRIES = 6
"""How often `transact` begins before it gives up; collisions are rare, and the second try nearly always succeeds."""


class Statement(Generic[Row]):
    """One SQL text. With `row`, records become that struct, column by column in order."""

    __slots__ = ("module", "row", "text")

    def __init__(self, text: str, row: type[Row] | None = None) -> None:
        self.text = text
        self.row = row
        self.module = sys._getframe(1).f_globals.get("__name__", "?")
        STATEMENTS.append(self)

    async def all(self, connection: Connection, *values: Any) -> list[Row]:
        return [self._make(record) for record in await connection.fetch(self.text, *values)]

    async def find(self, connection: Connection, *values: Any) -> Row | None:
        record = await connection.fetchrow(self.text, *values)
        return None if record is None else self._make(record)

    async def one(self, connection: Connection, *values: Any) -> Row:
        record = await connection.fetchrow(self.text, *values)
        if record is None:
            raise LookupError(f"no row: {self.text[:80]}")
        return self._make(record)

    async def value(self, connection: Connection, *values: Any) -> Any:
        return await connection.fetchval(self.text, *values)

    async def run(self, connection: Connection, *values: Any) -> int:
        """Executes and gives the number of rows touched."""
        status = await connection.execute(self.text, *values)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    def _make(self, record: asyncpg.Record) -> Row:
        if self.row is None:
            return cast("Row", record)
        return self.row(*record)


async def prepare_connection(connection: Connection) -> None:
    """JSON columns travel as Python values."""
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda raw: msgspec.json.decode(raw[1:]),
        schema="pg_catalog",
        format="binary",
    )


async def _leave_as_it_is(_connection: Connection) -> None:
    """Nothing here changes a session beyond its transaction, so there is nothing to undo between two users of a connection,
    and a round trip less for each."""


class Database:
    """The pool. `transaction` and `connection` raise Unavailable when PostgreSQL cannot be reached or cannot store, and Collided
    when it ended the transaction for the sake of another one."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    @classmethod
    async def connect(
        cls, url: str, *, min_size: int = 2, max_size: int = 12, timeout: float = 8.0
    ) -> Database:
        """`timeout` in seconds bounds every command, so that a frozen server cannot hold a caller."""
        pool = await asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            command_timeout=timeout,
            timeout=timeout,
            init=prepare_connection,
            reset=_leave_as_it_is,
            server_settings={"jit": "off", "timezone": "UTC", "application_name": "hark"},
        )
        return cls(pool)

    async def close(self, patience: float = 5.0) -> None:
        try:
            async with asyncio.timeout(patience):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()

    @asynccontextmanager
    async def connection(self, *, timeout: float = 8.0) -> AsyncIterator[Connection]:
        async with _answering(), self.pool.acquire(timeout=timeout) as connection:
            with _hanging_up(connection):
                yield connection

    @asynccontextmanager
    async def transaction(self, *, timeout: float = 8.0) -> AsyncIterator[Connection]:
        async with self.connection(timeout=timeout) as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            except (TimeoutError, asyncio.CancelledError):
                # The connection is cut, which undoes everything; an attempt to roll back on it would fail, and its error
                # would stand in for the cancellation, so that who was told to end goes on.
                raise
            except BaseException:
                await transaction.rollback()
                raise
            await transaction.commit()

    async def transact(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """`work` in a transaction, from its beginning again where it collided with another one; so `work` must do nothing
        outside the database. Raises Collided when every try did."""
        for _ in range(TRIES - 1):
            try:
                return await self._transact_once(work)
            except Collided:
                await asyncio.sleep(random.random() / 10)  # noqa: S311 - jitter, no secret
        return await self._transact_once(work)

    async def _transact_once(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        async with self.transaction() as connection:
            return await work(connection)


@contextmanager
def _hanging_up(connection: Connection) -> Iterator[None]:
    """A connection on which somebody waited in vain is cut. To roll back or to give it back, asyncpg would first wait for
    the server's word on the canceled command, and a frozen server says nothing."""
    try:
        yield
    except (TimeoutError, asyncio.CancelledError):
        connection.terminate()
        raise


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    try:
        yield
    except _COLLISIONS as error:
        raise Collided("Somebody else changed the same at the same moment: please try again.") from error
    except _UNREACHABLE as error:
        raise Unavailable("The database does not answer or cannot store.") from error


def columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows turned into the column arrays that `unnest` takes; `width` columns even when there are no rows."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]
