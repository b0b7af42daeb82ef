"""Let a track have one word that counts, and find words by the sound that was meant.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STANDING = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_correction_standing",
        "correction",
        ["track_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
    op.create_index("ix_correction_audio_hash", "correction", ["audio_hash"])
