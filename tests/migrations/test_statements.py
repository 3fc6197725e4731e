"""SQL cannot rot: every statement prepares against the migrated schema, and its columns are its struct's
fields.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import asyncpg
import msgspec
import pytest

import hark
from hark.infra.db import STATEMENTS, Database, Statement


def load_all_statements() -> list[Statement[Any]]:
    for module in pkgutil.walk_packages(hark.__path__, "hark."):
        if module.name.rsplit(".", 1)[-1] in {"repository", "queries"}:
            importlib.import_module(module.name)
    return [statement for statement in STATEMENTS if statement.module.startswith("hark.")]


def difference(columns: tuple[str, ...], row: type) -> str | None:
    """What is wrong with `columns` for the struct `row`, or None: as many, in the order of the fields, named
    alike.
    """
    if not (isinstance(row, type) and issubclass(row, msgspec.Struct)):
        return None
    fields = [field.name for field in msgspec.structs.fields(row)]
    return (
        None
        if list(columns) == fields
        else f"columns {list(columns)} are not {row.__name__}'s fields {fields}"
    )


async def problems_of(db: Database, statements: list[Statement[Any]]) -> list[str]:
    found: list[str] = []
    async with db.connection() as connection:
        for statement in statements:
            first = " ".join(statement.text.split())[:70]
            try:
                prepared = await connection.prepare(statement.text)
            except asyncpg.PostgresError as error:
                found.append(f"{statement.module}: {error} in {first}")
                continue
            columns = tuple(attribute.name for attribute in prepared.get_attributes())
            if statement.row is not None and (wrong := difference(columns, statement.row)):
                found.append(f"{statement.module}: {wrong} in {first}")
    return found


async def test_every_statement_fits_the_schema_and_its_struct(db: Database) -> None:
    statements = load_all_statements()
    assert len(statements) > 5
    assert await problems_of(db, statements) == []


class Pair(msgspec.Struct):
    id: int
    name: str


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT no_such_column FROM workspace", "no_such_column"),
        ("SELECT 1 AS name, 2 AS id", "are not Pair's fields"),
        ("SELECT 1 AS id", "are not Pair's fields"),
    ],
)
async def test_a_rotten_statement_is_noticed(db: Database, text: str, expected: str) -> None:
    statement = Statement(text, Pair)
    STATEMENTS.remove(statement)
    (problem,) = await problems_of(db, [statement])
    assert expected in problem
