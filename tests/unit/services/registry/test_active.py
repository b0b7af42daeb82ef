"""Which model is active after the package came with another one."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from musicai.catalogue.session import reading, transaction
from musicai.catalogue.tables import Model
from musicai.errors import NotFoundError, StateError
from musicai.models.ever_shipped import EVER_SHIPPED
from musicai.models.side_car import read_side_car
from musicai.models.store import DEFAULT_MODEL, SHIPPED
from musicai.services.doctor.heavy import examine_heavy
from musicai.services.finding import Status
from musicai.services.models import choose_model, find_model, model_name
from musicai.services.registry.active import active_model, ensure_active, make_active
from musicai.services.registry.archive import restore
from musicai.services.registry.register import register
from musicai.services.registry.rollback import roll_back
from musicai.services.registry.trail import read_trail, record
from musicai.states import ModelEventKind
from tests.unit.services.registry.conftest import write_weights

OLD = "gtzan-texture-1"
WAY_OUT = rf"{OLD}.*neither in .*musicai models promote {DEFAULT_MODEL} --force"


@pytest.fixture
def old(engine: Engine) -> Model:
    """The active model of a catalogue that a former version made; its files are gone."""
    digest = next(sha for sha, name in EVER_SHIPPED.items() if name == OLD)
    with transaction(engine) as session:
        current = read_side_car(SHIPPED / DEFAULT_MODEL)
        model = register(session, replace(current, name=OLD, weights_sha256=digest))
        model.active = True
        return model


def events(session: Session, name: str) -> list[tuple[str, dict[str, object]]]:
    return [(line.event, line.detail) for line in read_trail(session, name)]


@pytest.mark.usefixtures("old")
def test_a_catalogue_moves_on_from_a_model_that_the_package_took_away(engine, settings):
    with reading(engine) as session:
        assert model_name(session, settings, None) == DEFAULT_MODEL
        assert active_model(session).name == OLD  # a look changes nothing
    assert "takes the place of gtzan-texture-1" in examine_heavy(settings)[-1].detail
    found = find_model(engine, settings, None)
    with transaction(engine) as session:
        assert choose_model(session, found).name == DEFAULT_MODEL
        assert ensure_active(session, settings).name == DEFAULT_MODEL
        assert session.scalars(select(Model.name).where(Model.active)).all() == [DEFAULT_MODEL]
        assert events(session, DEFAULT_MODEL) == [("registered", {}), ("took_over", {"former": OLD})]
        assert read_trail(session, DEFAULT_MODEL)[1].actor.startswith("musicai ")
    assert examine_heavy(settings)[-1].detail == f"{DEFAULT_MODEL}, 10 genres"
    with pytest.raises(StateError, match=f"files of model '{OLD}' are gone"):
        roll_back(engine, settings, actor="test")


def test_a_rollback_that_fails_does_not_undo_that_the_catalogue_moved_on(engine, settings, old):
    with transaction(engine) as session:
        record(session, old, ModelEventKind.TOOK_OVER, "musicai 0.0.1", {"former": "gtzan-rescnn-1"})
    with pytest.raises(StateError, match=f"files of model '{OLD}' are gone"):
        roll_back(engine, settings, actor="ann@desk")
    with reading(engine) as session:
        assert active_model(session).name == DEFAULT_MODEL


@pytest.mark.usefixtures("old")
def test_a_model_that_is_named_moves_nobody_on(engine, settings):
    write_weights(settings.home / "models" / "own-1", "own-1")
    for found in (
        find_model(engine, settings, "own-1"),
        find_model(engine, replace(settings, model="own-1"), None),
    ):
        with transaction(engine) as session:
            assert choose_model(session, found).name == "own-1"
            assert active_model(session).name == OLD
    with pytest.raises(NotFoundError, match=f"no model '{OLD}'"):
        find_model(engine, settings, OLD)


def test_a_model_that_somebody_chose_stays_and_the_error_says_the_ways_out(engine, settings, old):
    with transaction(engine) as session:
        record(session, old, ModelEventKind.PROMOTED, "ann@desk", {"former": "own-1", "forced": True})
    with pytest.raises(StateError, match=WAY_OUT):
        find_model(engine, settings, None)
    found = examine_heavy(settings)[-1]
    assert (found.subject, found.status) == ("model", Status.FAULT)
    assert "neither in" in found.detail


def test_a_model_that_somebody_rolled_back_to_stays(engine, settings, old):
    write_weights(settings.home / "models" / "own-1", "own-1")
    found = find_model(engine, settings, "own-1")
    with transaction(engine) as session:
        own = choose_model(session, found)
        make_active(session, old)
        record(session, own, ModelEventKind.ROLLED_BACK, "ann@desk", {"to": OLD})
    with pytest.raises(StateError, match=WAY_OUT):
        find_model(engine, settings, None)


@pytest.mark.usefixtures("old")
def test_nobody_moves_on_to_a_model_that_was_archived(engine, settings):
    found = find_model(engine, settings, DEFAULT_MODEL)
    with transaction(engine) as session:
        default = choose_model(session, found)
        default.archived_at = default.created_at
    with pytest.raises(StateError, match=WAY_OUT):
        find_model(engine, settings, None)
    with transaction(engine) as session:
        restore(session, settings, DEFAULT_MODEL, "ann@desk")
    found = find_model(engine, settings, None)
    with transaction(engine) as session:
        assert choose_model(session, found).name == DEFAULT_MODEL


@pytest.mark.usefixtures("old")
def test_nobody_moves_on_to_a_model_of_the_users_that_has_the_name(engine, settings):
    write_weights(settings.home / "models" / DEFAULT_MODEL, DEFAULT_MODEL)
    with pytest.raises(StateError, match=WAY_OUT):
        find_model(engine, settings, None)
    with transaction(engine) as session:
        assert ensure_active(session, settings).name == OLD  # so that a promotion has something to compare


def test_a_model_that_is_promoted_while_the_active_one_is_looked_for_stays(engine, settings):
    with transaction(engine) as session:
        active = ensure_active(session, settings).name
        current = read_side_car(SHIPPED / DEFAULT_MODEL)
        own = register(session, replace(current, name="own-1"))
    meanwhile = [own]

    def promote(_: object, __: object, statement: str, *___: object) -> None:
        if "WHERE model.active" in statement and meanwhile:
            model = meanwhile.pop()
            with transaction(engine) as session:
                make_active(session, model)

    event.listen(engine, "after_cursor_execute", promote)
    found = find_model(engine, settings, None)
    assert found.side_car.name == active
    with transaction(engine) as session:
        choose_model(session, found)
        assert active_model(session).name == "own-1"
    assert not meanwhile
