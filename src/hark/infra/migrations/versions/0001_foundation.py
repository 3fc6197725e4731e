"""Workspaces, channel accounts, raw events, customers, conversations, messages, deliveries, the journal."""

from hark.infra.migrations.steps import run_sql_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql_beside(__file__)
