"""When credentials end and are renewed, and authorizations (OAuth) that are under way."""

from hark.infra.migrations.steps import run_sql_beside

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql_beside(__file__)
