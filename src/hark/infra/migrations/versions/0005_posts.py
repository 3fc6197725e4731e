"""Posts, descriptions of pictures, bans, private replies, templates."""

from hark.infra.migrations.steps import run_sql_beside

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql_beside(__file__)
