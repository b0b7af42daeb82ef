"""The catalogue as a version of MusicAI leaves it that is newer than the code under test."""

import shutil
from pathlib import Path

from alembic import command
from alembic.config import Config

from musicai.catalogue import migrate
from tests.acceptance.product import Product

REVISION = "9000"
_MIGRATION = '''
"""Give each track a mood."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{known}"


def upgrade():
    op.add_column("track", sa.Column("mood", sa.String(20)))
'''


def upgrade_further(product: Product, folder: Path) -> None:
    """Apply one more migration than this code knows, from a copy of its migrations in `folder`."""
    scripts = Path(shutil.copytree(migrate.scripts(), folder / "migrations"))
    text = _MIGRATION.format(revision=REVISION, known=migrate.head())
    (scripts / "versions" / f"{REVISION}_add_mood.py").write_text(text)
    config = Config()
    config.set_main_option("script_location", str(scripts))
    engine = product.engine()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
