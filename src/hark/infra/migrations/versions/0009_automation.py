"""Rules, the events they wait for, what they did, and what they still have to do."""

from hark.infra.migrations.steps import run_sql_beside

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_sql_beside(__file__)
