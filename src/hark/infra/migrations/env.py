"""Alembic's entry: runs the steps on the connection of `migrate`, each in its own transaction."""

from alembic import context

from hark.infra.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
