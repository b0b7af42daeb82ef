"""The backlog that KEDA asks the catalogue for is the one that the ledgers tell."""

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from musicai.catalogue import ledger, runs
from musicai.catalogue.session import transaction
from musicai.catalogue.tables import Job
from musicai.states import JobKind, JobState, Priority
from tests.contracts.kubernetes import named, objects, pod_of

OVERLAY = "example"


def trigger(name: str) -> dict[str, str]:
    (found,) = named(OVERLAY, "ScaledObject", name)["spec"]["triggers"]
    assert found["type"] == "postgresql"
    metadata: dict[str, str] = found["metadata"]
    assert set(metadata) == {"query", "targetQueryValue"}
    assert int(metadata["targetQueryValue"]) > 0
    return metadata


@pytest.mark.parametrize("name", ["worker", "trainer"])
def test_keda_asks_the_catalogue_of_the_workers(name):
    scaled = named(OVERLAY, "ScaledObject", name)["spec"]
    assert scaled["scaleTargetRef"] == {"name": name}
    # two that set the number of pods would be at odds
    target = named(OVERLAY, "Deployment", name)
    assert "replicas" not in target["spec"]
    (reference,) = named(
        OVERLAY, "TriggerAuthentication", scaled["triggers"][0]["authenticationRef"]["name"]
    )["spec"]["secretTargetRef"]
    (url,) = [v for v in pod_of(target)["containers"][0]["env"] if v["name"] == "MUSICAI_DATABASE_URL"]
    assert reference == {"parameter": "connection", **url["valueFrom"]["secretKeyRef"]}
    assert reference["name"] in {found["metadata"]["name"] for found in objects(OVERLAY, "Secret")}


@pytest.fixture
def catalogue_url(postgres_catalogue_url: str) -> str:
    return postgres_catalogue_url


def asked(engine: Engine, name: str) -> object:
    """Return what the query of a trigger tells whoever is no SQLAlchemy, as KEDA is none."""
    url = make_url(engine.url)
    with psycopg.connect(host=url.query["host"], user=url.username, dbname=url.database) as connection:
        return connection.execute(trigger(name)["query"]).fetchone()[0]


def job(session: Session, state: JobState, total: int, **counters: int) -> Job:
    """Return a new job that stands there with its ledger."""
    new = ledger.create_job(
        session, JobKind.CLASSIFY, model_id=None, library_id=None, options={}, priority=Priority.NORMAL
    )
    new.state, new.total = state, total
    for name, count in counters.items():
        setattr(new, name, count)
    return new


def test_the_backlog_is_what_nobody_finished(engine):
    assert asked(engine, "worker") == 0
    with transaction(engine) as session:
        jobs = [job(session, state, 1000, done=100, failed=20, skipped=3) for state in JobState]
        backlog = sum(j.pending for j in jobs if j.state in (JobState.SCANNING, JobState.RUNNING))
        job(session, JobState.RUNNING, 7).fault = "no node mounts the library"
        runs.create(session, "jazzbox", {})
    assert asked(engine, "worker") == backlog == 2 * 877


def test_a_trainer_is_wanted_while_there_is_a_run(engine):
    assert asked(engine, "trainer") == 0
    with transaction(engine) as session:
        run = runs.create(session, "jazzbox", {})
        assert session.get(Job, run.job_id)
    assert asked(engine, "trainer") == 1
    with transaction(engine) as session:
        session.merge(run).state = "done"
    assert asked(engine, "trainer") == 0
