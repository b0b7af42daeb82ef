"""Keep with each prediction how narrowly it was won, and how much its excerpts differ.

Revision ID: 0005
Revises: 0004
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

AT_ONCE = 2000
PREDICTION = sa.table(
    "prediction",
    sa.column("id", sa.BigInteger),
    sa.column("excerpts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
    sa.column("margin", sa.Float(53)),
    sa.column("discord", sa.Float(53)),
)


def upgrade() -> None:
    for name in ("margin", "discord"):
        # not in a batch: SQLite would copy the table, and deleting the old one would take the scores along
        op.add_column(
            "prediction",
            sa.Column(name, sa.Float(precision=53), nullable=False, server_default=sa.text("0")),
        )
    for rows in _portions():
        op.get_bind().execute(
            sa.update(PREDICTION)
            .where(PREDICTION.c.id == sa.bindparam("prediction_id"))
            .values(margin=sa.bindparam("new_margin"), discord=sa.bindparam("new_discord")),
            [_measured(row.id, [excerpt["scores"] for excerpt in row.excerpts]) for row in rows],
        )
    op.create_index("ix_prediction_model_id_margin", "prediction", ["model_id", "margin"])
    op.create_index("ix_prediction_model_id_discord", "prediction", ["model_id", "discord"])


def _portions() -> Iterator[Sequence[Any]]:
    wanted = sa.select(PREDICTION.c.id, PREDICTION.c.excerpts).order_by(PREDICTION.c.id).limit(AT_ONCE)
    last = 0
    while rows := op.get_bind().execute(wanted.where(PREDICTION.c.id > last)).all():
        yield rows
        last = rows[-1].id


def _measured(prediction_id: int, heard: list[Mapping[str, float]]) -> dict[str, float]:
    """Return both measures, from the scores of the excerpts: the track's are their mean."""
    genres = {genre for scores in heard for genre in scores}
    means = {genre: sum(scores.get(genre, 0.0) for scores in heard) / len(heard) for genre in genres}
    best, second = sorted((*means.values(), 0.0, 0.0), reverse=True)[:2]
    apart = [sum(abs(s.get(g, 0.0) - mean) for g, mean in means.items()) / 2 for s in heard]
    discord = sum(apart) / len(apart) if apart else 0.0
    return {"prediction_id": prediction_id, "new_margin": best - second, "new_discord": discord}
