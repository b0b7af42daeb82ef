"""A run that failed, in the catalogue alone."""

from sqlalchemy import Engine

from musicai.catalogue import runs
from musicai.catalogue.session import transaction
from musicai.process import ProcessIdentity
from musicai.training.request import TrainRequest


def failed_run(engine: Engine) -> int:
    """Return the job of a run that failed."""
    me = ProcessIdentity.current()
    with transaction(engine) as session:
        run = runs.create(session, "jazzbox", TrainRequest("jazzbox", ("/data",)).to_json())
        runs.claim(session, me, lease_s=60, only=run.id)
        runs.fail(session, run.id, me, "dataset", "there are no tracks of jazz")
        return run.job_id
