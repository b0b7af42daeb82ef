"""What another model would say is asked of real files, summed, drawn, and written nowhere."""

import json
from pathlib import Path

import pytest
import soundfile
from PIL import Image
from sqlalchemy import func, select

from musicai.audio.track import open_track
from musicai.catalogue import migrate
from musicai.catalogue.session import open_engine, reading, transaction
from musicai.catalogue.tables import Model, Prediction
from musicai.config import Settings
from musicai.errors import ConfigError, NotFoundError
from musicai.services.registry.flow_picture import write_flows
from musicai.services.registry.what_if import what_if
from tests.acceptance.synth import RATE, clip
from tests.songs import add_library, add_model, add_prediction, add_track
from tests.unit.services.registry.candidates import write_candidate

PAGE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "json.md"
SCORES = [{"jazz": 0.9}, {"blues": 0.8}, {"blues": 0.3}, {"rock": 0.7}]


def test_nothing_is_written_and_every_track_flows_somewhere(tmp_path):
    settings = Settings(home=tmp_path / "home")
    engine = open_engine(settings.catalogue_url)
    migrate.upgrade(engine)
    music = tmp_path / "Music"
    music.mkdir()
    with transaction(engine) as session:
        library, model = add_library(session, root=str(music)), add_model(session)
        for number, scores in enumerate(SCORES):
            file = music / f"{number}.flac"
            soundfile.write(file, clip(number), RATE)
            with open_track(file, max_duration_s=60) as opened:
                track = add_track(session, library, file.name, audio_hash=opened.audio_hash())
            add_prediction(session, track, model, **scores)
        add_prediction(session, add_track(session, library, "gone.flac"), model, jazz=0.9)
    write_candidate(settings.home / "models", "duo-1")
    with reading(engine) as session:
        found = what_if(session, settings, "duo-1")
        some = what_if(session, settings, "duo-1", "genre:blues", library="music", sample=1)
        with pytest.raises(ConfigError, match="no track"):
            what_if(session, settings, "duo-1", "genre:metal")
        with pytest.raises(NotFoundError, match="music"):
            what_if(session, settings, "duo-1", library="attic")
        assert session.scalars(select(Model.name)).all() == ["small"]
        assert session.scalars(select(func.count(Prediction.id))).one() == 5
    assert (found.tracks, found.of, list(found.failed)) == (4, 5, ["gone.flac"])
    assert (some.tracks, some.of, some.cached) == (1, 1, 1)
    assert (found.model, found.active, found.unknown_before) == ("duo-1", "small", 0.25)
    before = {
        genre: sum(f.tracks for f in found.flows if f.before == genre)
        for genre in {f.before for f in found.flows}
    }
    assert before == {"jazz": 1, "blues": 1, "unknown": 1, "rock": 1}
    assert {flow.after for flow in found.flows} <= {"jazz", "rock", "unknown"}
    assert found.changed == sum(f.tracks for f in found.flows if f.before != f.after) >= 1
    assert found.most_changed[0].before != found.most_changed[0].after
    shown = json.loads(json.dumps(found.to_json()))
    promised = PAGE.read_text("utf-8").partition("`musicai models what-if NAME`")[2]
    for part in (shown, shown["flows"][0], shown["most_changed"][0]):
        assert all(f"`{key}`" in promised for key in part)
    write_flows(found, tmp_path / "flows.png")
    with Image.open(tmp_path / "flows.png") as picture:
        assert picture.width == 1100
