"""PgQueuer's tables, from its own installation script."""

from hark.infra.migrations.steps import run_sql_beside

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_sql_beside(__file__)
