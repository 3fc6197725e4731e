"""How a step runs its SQL file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import op


def run_sql_beside(module_file: str) -> None:
    """Runs the .sql file with the name of the step's module, as one script inside the step's transaction."""
    script = Path(module_file).with_suffix(".sql").read_text("utf-8")
    connection: Any = op.get_bind().connection.dbapi_connection
    connection.run_async(lambda driver: driver.execute(script))
