"""Teams, agents, what they can do, routing policies, and the log of assignments."""

from hark.infra.migrations.steps import run_sql_beside

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_sql_beside(__file__)
