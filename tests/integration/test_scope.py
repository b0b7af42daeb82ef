"""The summary of a job lists what the job was about, whatever its paths are called."""

from pathlib import Path

import pytest

from musicai.catalogue import ledger
from musicai.catalogue.session import open_engine, transaction
from musicai.config import Settings
from musicai.services.query import stream_rows
from musicai.services.scan_options import ScanOptions, Target
from musicai.services.scope import job_scope
from musicai.states import JobKind, Priority
from tests.songs import add_library, add_model, add_track

AWKWARD = [
    'a"b',
    "back\\slash",
    "dots.and (brackets) [x] {y} ^$*+?|",
    "comma , minus -x",
    "naïve ☃",
    "it's",
]


@pytest.mark.parametrize("name", AWKWARD)
def test_only_what_is_below_the_path(catalogue_url: str, tmp_path: Path, name: str) -> None:
    engine = open_engine(catalogue_url)
    settings = Settings.from_env({"MUSICAI_HOME": str(tmp_path), "MUSICAI_DATABASE_URL": catalogue_url})
    with transaction(engine) as session:
        model = add_model(session)
        library = add_library(session, name, str(tmp_path))
        for path in (f"{name}/in.wav", f"{name}x/out.wav", "other.wav"):
            add_track(session, library, path)
        job = ledger.create_job(
            session,
            JobKind.CLASSIFY,
            model_id=model.id,
            library_id=library.id,
            options=ScanOptions((Target(library.id, name.encode()),)).to_json(),
            priority=Priority.NORMAL,
        )
        rows = list(stream_rows(session, settings, job_scope(session, job.id)))
    engine.dispose()
    assert [row.path for row in rows] == [f"{name}/in.wav"]
