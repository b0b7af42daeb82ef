"""Add schedules and their firings, and the reconciler as the first of them.

Revision ID: 0006
Revises: 0005
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# the types as they were on this day: a migration must not follow the tables of later versions
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
FLOAT = sa.Float(precision=53)


def upgrade() -> None:
    schedule = op.create_table(
        "schedule",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("options", JSON, nullable=False),
        sa.Column("cron", sa.String(length=200), nullable=True),
        sa.Column("every_s", FLOAT, nullable=True),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("misfire", sa.String(length=12), nullable=False),
        sa.Column("grace_s", FLOAT, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("reckoned_at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedule"),
        sa.UniqueConstraint("name", name="uq_schedule_name"),
    )
    op.create_table(
        "firing",
        sa.Column("id", ID, nullable=False),
        sa.Column("schedule_id", ID, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("fired_at", INSTANT, nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("missed_since", INSTANT, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("job_id", ID, nullable=True),
        sa.Column("outcome", JSON, nullable=False),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error_reason", sa.Text(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name="fk_firing_schedule_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_firing_job_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_firing"),
    )
    op.create_index("ix_firing_schedule_id", "firing", ["schedule_id"])
    op.create_index("ix_firing_job_id", "firing", ["job_id"])
    op.bulk_insert(schedule, [_reconcile(datetime.now(UTC))])


def _reconcile(moment: datetime) -> dict[str, object]:
    """Return what the scheduler did once a minute before there were schedules."""
    return {
        "name": "reconcile",
        "kind": "reconcile",
        "options": {},
        "every_s": 60.0,
        "zone": "UTC",
        "misfire": "run_once",
        "grace_s": 60.0,
        "state": "active",
        "next_at": moment,
        "reckoned_at": moment,
        "actor": "musicai",
        "created_at": moment,
    }
