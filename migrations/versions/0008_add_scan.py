"""Add who reads the folders of a job, and until when that is believed.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# the types as they were on this day: a migration must not follow the tables of later versions
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "scan",
        sa.Column("job_id", ID, autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=300), nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("called_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_scan_job_id"),
        sa.PrimaryKeyConstraint("job_id", name="pk_scan"),
    )
