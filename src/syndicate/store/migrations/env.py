"""Run the migrations on the connection of `Database`."""

from alembic import context

from syndicate.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
context.run_migrations()
