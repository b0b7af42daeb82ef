"""In which libraries somebody asked for links to be followed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from musicai.catalogue.tables import Job, Library


def followed(session: Session) -> frozenset[str]:
    """Return the names of the libraries that a job scanned with `--follow-symlinks`."""
    asked = select(Job.options).where(Job.options["follow_symlinks"].as_boolean())
    ids = {target["library_id"] for options in session.scalars(asked) for target in options["targets"]}
    return frozenset(session.scalars(select(Library.name).where(Library.id.in_(ids))))
