"""Alembic runs the migrations on the connection it is handed, inside that connection's transaction."""

from alembic import context

from sql.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
context.run_migrations()
