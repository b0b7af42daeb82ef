"""Note which jobs have lost the rows of their tracks to old age.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # not in a batch: SQLite would copy the table
    op.add_column("job", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
