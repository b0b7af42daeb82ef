"""Alembic's environment: runs on the connection that `musicai.catalogue.migrate` hands over."""

from alembic import context

from musicai.catalogue.tables import Base

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run `musicai db upgrade` instead: it knows where the catalogue is")

context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
