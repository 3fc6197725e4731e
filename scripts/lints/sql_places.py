"""SQL stands in `repository.py` files and in the migrations, so that one test can prepare all of it."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.lints.findings import Finding, modules, texts

_SQL = re.compile(
    r"""^\s*(?:
        SELECT\s | INSERT\s+INTO\s | UPDATE\s+[\w."]+\s+(?:\w+\s+)?SET\s | DELETE\s+FROM\s | MERGE\s+INTO\s
        | WITH\s+(?:RECURSIVE\s+)?\w+\s+AS\s | TRUNCATE\s | COPY\s+\w+\s
        | (?:CREATE|ALTER|DROP)\s+(?:UNIQUE\s+)?(?:TABLE|INDEX|TYPE|VIEW|FUNCTION|TRIGGER|SEQUENCE|SCHEMA)\s
    )""",
    re.VERBOSE,
)

ALLOWED = {
    "src/hark/infra/postgres.py": "makes and looks after the server itself, outside of any schema",
    "src/hark/infra/external.py": "looks at a server before there is a schema",
    "src/hark/infra/bus.py": "LISTEN and NOTIFY touch no table",
    "src/hark/infra/jobs.py": "the job queue's own tables belong to its library",
}
AT_HOME = ("src/hark/infra/migrations/", "src/hark/bench/")
"""The bench fills tables in ways that no part of the product may."""


def check(root: Path) -> list[Finding]:
    return [
        Finding(place, text.lineno, "SQL belongs into a repository.py, as a Statement")
        for place, tree in modules(root)
        if not place.endswith("/repository.py") and not place.startswith(AT_HOME) and place not in ALLOWED
        for text in texts(tree)
        if _SQL.match(str(text.value))
    ]
