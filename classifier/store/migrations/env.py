"""What Alembic runs a migration in: the connection and transaction of whoever opens the store."""

from alembic import context

from classifier.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
