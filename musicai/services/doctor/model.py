"""Which model the doctor looks at: the one that `musicai enqueue` would take."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from musicai.catalogue import migrate
from musicai.catalogue.session import open_engine, reading
from musicai.catalogue.tables import Model
from musicai.config import Settings
from musicai.errors import CatalogueOutdatedError, CatalogueUnavailableError
from musicai.models.side_car import SideCar
from musicai.models.store import DEFAULT_MODEL
from musicai.services.doctor.storage import is_still_to_come
from musicai.services.models import find_files, model_and_former


@dataclass(frozen=True)
class WantedModel:
    """The model that a job of this node would get now.

    Parameters
    ----------
    digest: of all that decides its answers, as the catalogue has it; empty when the catalogue lacks it.
    former: the model whose place it takes with the next job; empty when it is active already.
    """

    name: str
    digest: str = ""
    former: str = ""

    def folder(self, settings: Settings) -> Path:
        """Return the folder of its files.

        Raises
        ------
        MusicAIError: as `musicai enqueue` would.
        """
        return find_files(settings, self.name, None)

    @property
    def outlook(self) -> str:
        """What will change; empty when nothing will."""
        if not self.former:
            return ""
        return (
            f"; takes the place of {self.former}, which this version does not come with, with the next job"
        )


def wanted_model(settings: Settings) -> WantedModel:
    """Return the model of the setting, of the catalogue, or the default one. Changes nothing."""
    unknown = WantedModel(settings.model or DEFAULT_MODEL)
    if is_still_to_come(settings.catalogue_url):
        return unknown
    engine = open_engine(settings.catalogue_url)
    try:
        migrate.check(engine)
        with reading(engine) as session:
            return _read(session, settings)
    except (CatalogueUnavailableError, CatalogueOutdatedError, SQLAlchemyError):
        return unknown  # the finding about the catalogue says what is wrong
    finally:
        engine.dispose()


def _read(session: Session, settings: Settings) -> WantedModel:
    name, former = model_and_former(session, settings, None)
    row = session.scalars(select(Model).where(Model.name == name)).first()
    return WantedModel(
        name,
        digest=SideCar.from_json(row.side_car).answers_digest if row else "",
        former=former or "",
    )
