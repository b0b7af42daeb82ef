"""Index the tracks in quarantine: the exporter counts them at every scrape.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    failed = sa.text("error_code IS NOT NULL")
    op.create_index(
        "ix_track_failed",
        "track",
        ["state", "error_code"],
        sqlite_where=failed,
        postgresql_where=failed,
    )
