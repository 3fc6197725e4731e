"""Business calendars, SLA policies, the clocks of conversations, and by when each is to be answered."""

from hark.infra.migrations.steps import run_sql_beside

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql_beside(__file__)
