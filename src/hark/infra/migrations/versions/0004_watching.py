"""Polling, streams, what calls use up, health and outages of accounts."""

from hark.infra.migrations.steps import run_sql_beside

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_sql_beside(__file__)
