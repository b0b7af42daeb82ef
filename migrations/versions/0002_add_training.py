"""Add training runs, the audit trail of models, and corrections.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# the types as they were on this day: a migration must not follow the tables of later versions
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.alter_column("model_id", existing_type=ID, nullable=True)
    with op.batch_alter_table("model") as model:
        model.add_column(sa.Column("archived_at", INSTANT, nullable=True))
    op.create_table(
        "model_event",
        sa.Column("id", ID, nullable=False),
        sa.Column("model_id", ID, nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name="fk_model_event_model_id"),
        sa.PrimaryKeyConstraint("id", name="pk_model_event"),
    )
    op.create_index("ix_model_event_model_id", "model_event", ["model_id"])
    op.create_table(
        "run",
        sa.Column("id", ID, nullable=False),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("request", JSON, nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("folder", sa.Text(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("epochs", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=300), nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error_reason", sa.Text(), nullable=True),
        sa.Column("model_id", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_run_job_id"),
        sa.ForeignKeyConstraint(["model_id"], ["model.id"], name="fk_run_model_id"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.UniqueConstraint("job_id", name="uq_run_job_id"),
    )
    op.create_index("ix_run_state", "run", ["state"])
    op.create_table(
        "epoch",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("train_loss", sa.Float(precision=53), nullable=False),
        sa.Column("train_accuracy", sa.Float(precision=53), nullable=True),
        sa.Column("test_loss", sa.Float(precision=53), nullable=True),
        sa.Column("test_accuracy", sa.Float(precision=53), nullable=True),
        sa.Column("rate", sa.Float(precision=53), nullable=False),
        sa.Column("seconds", sa.Float(precision=53), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_epoch_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "epoch", name="pk_epoch"),
    )
    op.create_table(
        "correction",
        sa.Column("id", ID, nullable=False),
        sa.Column("track_id", ID, nullable=False),
        sa.Column("genre", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("audio_hash", sa.String(length=40), nullable=True),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name="fk_correction_track_id"),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
    )
    op.create_index("ix_correction_track_id", "correction", ["track_id"])
    op.create_index("ix_correction_genre", "correction", ["genre"])
