"""`musicai review`: what is doubtful, why, in which order, and how little is read to say so."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, text

from musicai.catalogue.session import now, reading, transaction
from musicai.catalogue.tables import Model, Track
from musicai.config import Settings
from musicai.errors import NotFoundError, QueryError
from musicai.services.review import Doubtful, review
from musicai.states import Doubt
from tests.songs import add_correction, add_library, add_model, add_prediction, add_track

SETTINGS = Settings(home=Path("/nowhere"))
Look = Callable[..., list[Doubtful]]


@pytest.fixture
def look(engine: Engine) -> Look:
    def reviewed(expression: str = "", **options: object) -> list[Doubtful]:
        with reading(engine) as session:
            return review(session, SETTINGS, expression, **options)  # type: ignore[arg-type]

    return reviewed


def heard(*genres: str) -> list[dict[str, object]]:
    """Excerpts that each sound like one genre."""
    return [{"start_s": 0.0, "duration_s": 30.0, "scores": {genre: 1.0}} for genre in genres]


@pytest.fixture
def songs(engine: Engine) -> None:
    """One track for each kind of doubt, and two that nobody doubts."""
    with transaction(engine) as session:
        library = add_library(session)
        model, other = add_model(session), add_model(session, "other", active=False)

        def song(name: str, tag: str | None = None, **scores: float) -> Track:
            track = add_track(session, library, f"{name}.wav", tag=tag)
            add_prediction(session, track, model, **scores)
            return track

        song("sure", "Jazz", jazz=0.95, rock=0.03)
        song("new tag", "Krautrock", rock=0.95, jazz=0.03)
        song("wavers", jazz=0.45, blues=0.44)
        song("unsure", metal=0.39, rock=0.02)
        song("tagged", "Rock; Indie", jazz=0.9, rock=0.05)
        add_prediction(session, song("contradicted", metal=0.8, rock=0.1), other, rock=0.7, metal=0.3)
        add_prediction(session, song("agreed", metal=0.97), other, metal=0.6)
        mixed = add_track(session, library, "mixed.wav")
        thirds = heard("blues", "jazz", "blues")
        add_prediction(session, mixed, model, excerpts=thirds, blues=0.66, jazz=0.33)
        add_correction(session, song("said", rock=0.93, jazz=0.01), "jazz")
        add_correction(session, song("changed", rock=0.98), "blues", audio_hash="1:before")


def reasons(found: list[Doubtful]) -> dict[str, list[Doubt]]:
    return {d.row.path.removesuffix(".wav"): [reason.reason for reason in d.reasons] for d in found}


@pytest.mark.usefixtures("songs")
def test_each_answer_comes_with_its_reasons(look: Look) -> None:
    found = look()
    assert reasons(found) == {
        "changed": [Doubt.STALE],
        "wavers": [Doubt.UNCERTAIN],
        "tagged": [Doubt.TAG],
        "contradicted": [Doubt.MODEL],
        "unsure": [Doubt.UNCERTAIN],
        "mixed": [Doubt.EXCERPTS],
    }
    assert [d.row.path for d in found][:3] == ["changed.wav", "wavers.wav", "tagged.wav"]
    assert [d.doubt for d in found] == sorted((d.doubt for d in found), reverse=True)
    assert {d.reasons[0].text for d in found} == {
        "ann@home said blues, but the sound changed since",
        "jazz 0.45 or blues 0.44",
        "the tag says Rock; Indie",
        "other heard rock 0.70",
        "metal 0.39 or rock 0.02",
        "excerpts: 2 blues, 1 jazz",
    }


@pytest.mark.usefixtures("songs")
def test_what_a_person_has_decided_is_seen_only_when_asked_for(look: Look) -> None:
    assert reasons(look(with_corrected=True))["said"] == [Doubt.CORRECTION]
    assert set(reasons(look(by="uncertain"))) == {"wavers", "unsure"}
    assert set(reasons(look(by="disagree"))) == {"changed", "tagged", "contradicted", "mixed"}
    assert set(reasons(look("guess:metal"))) == {"contradicted", "unsure"}
    assert [d.row.path for d in look(limit=1)] == ["changed.wav"]


@pytest.mark.usefixtures("songs")
def test_another_model_has_its_own_doubts(look: Look) -> None:
    assert reasons(look(model="other")) == {"contradicted": [Doubt.MODEL]}
    with pytest.raises(NotFoundError, match="other"):
        look(model="othre")
    with pytest.raises(QueryError):
        look("gerne:jazz")


def test_a_catalogue_without_answers_has_no_doubts(look: Look) -> None:
    assert look() == []


@pytest.mark.usefixtures("songs")
def test_several_reasons_add_up(look: Look, engine: Engine) -> None:
    with transaction(engine) as session:
        track = session.scalars(select(Track).where(Track.path == "wavers.wav")).one()
        track.tag = "Hip-Hop"
    (found,) = look("path:wavers")
    assert [reason.reason for reason in found.reasons] == [Doubt.UNCERTAIN, Doubt.TAG]
    assert found.doubt == pytest.approx(1 - 0.01 * 0.55)
    assert (found.runner_up, found.margin) == ("blues", pytest.approx(0.01))


def test_only_the_heads_of_lists_are_read(engine: Engine, look: Look) -> None:
    """A list of a million answers costs what one of two thousand does, when that has enough."""
    _fill(engine, 20_000)
    statements: list[tuple[str, object]] = []
    event.listen(
        engine, "before_cursor_execute", lambda c, k, sql, bound, x, m: statements.append((sql, bound))
    )
    assert len(look(limit=5)) == 5
    lists = [pair for pair in statements if re.search(r"ORDER BY prediction\.(margin|discord)", pair[0])]
    assert len(lists) == 3
    for sql, bound in lists:
        plan = _plan(engine, sql, bound)
        assert "ix_prediction_model_id_" in plan, plan
        assert not re.search("SCAN (prediction|track)", plan), plan
    statements.clear()
    assert len(look("path:=17", by="uncertain")) == 1
    assert len([sql for sql, _ in statements if "ORDER BY prediction.margin" in sql]) == 3


def _plan(engine: Engine, sql: str, bound: object) -> str:
    explain = "EXPLAIN " if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(explain + sql, bound).all()  # type: ignore[arg-type]
    return "\n".join(str(row[-1]) for row in rows)


def _fill(engine: Engine, count: int) -> None:
    """Add many tracks with answers, in the database's own words."""
    with transaction(engine) as session:
        library, model = add_library(session), add_model(session)
        first = add_track(session, library, "0.wav", audio_hash="1:0")
        numbers = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
            if engine.dialect.name == "sqlite"
            else "WITH n(i) AS (SELECT generate_series(1, :count)) "
        )
        key = "CAST(i AS TEXT)" if engine.dialect.name == "sqlite" else "CAST(CAST(i AS TEXT) AS BYTEA)"
        columns = "library_id, folder_id, state, size, mtime_ns, device, inode, created_at, updated_at"
        session.execute(
            text(
                f"INSERT INTO track (path, key, audio_hash, tag, {columns}) {numbers}"
                f"SELECT CAST(i AS TEXT), {key}, '1:' || i, 'Rock', {columns} FROM track, n"
                " WHERE track.id = :first"
            ),
            {"count": count, "first": first.id},
        )
        session.execute(
            text(
                "INSERT INTO prediction (track_id, model_id, audio_hash, whole, genre, guess, confidence,"
                " margin, discord, excerpts, created_at)"
                " SELECT id, :model, audio_hash, false, 'jazz', 'jazz', 0.9, id % 1000 / 1000.0,"
                " id % 777 / 1000.0, '[]', :now FROM track"
            ),
            {"model": session.get_one(Model, model.id).id, "now": now()},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
