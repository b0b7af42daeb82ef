import pytest

from musicai.catalogue import correcting, migrate
from musicai.catalogue.session import open_engine, transaction
from musicai.errors import ConfigError, DatasetError, NodeFaultError, QueryError
from musicai.states import CorrectionSource
from musicai.training.sources import open_source
from musicai.training.split_plan import SplitPlan
from tests.songs import add_library, add_track


def test_tracks_that_a_person_has_confirmed_are_examples(catalogue_url, tmp_path):
    engine = open_engine(catalogue_url)
    migrate.upgrade(engine)
    with transaction(engine) as session:
        library = add_library(session, root="/nowhere/music")
        words = {
            add_track(session, library, "live/a.mp3", artist="Nina Simone").id: "jazz",
            add_track(session, library, "b.flac", audio_hash="a1:b").id: "pop",
        }
        add_track(session, library, "nobody said.flac")
        correcting.record(session, words, source=CorrectionSource.PERSON, actor="me@here")
    with pytest.raises(NodeFaultError, match="library 'music' is not at /nowhere/music: mount it"):
        open_source("catalogue:", engine=engine).examples()
    place = tmp_path / "place"
    place.mkdir()  # to mount at, and nothing is mounted
    mounts = {"music": place}
    with pytest.raises(NodeFaultError, match=f"is not at {place}"):
        open_source("catalogue:", engine=engine, mounts=mounts).examples()
    (place / "live").mkdir()
    source = open_source("catalogue:", engine=engine, mounts=mounts)
    one, other = source.examples()
    assert (one.name, one.genre, one.audio_hash) == ("music/b.flac", "pop", "a1:b")
    assert (other.name, other.genre, other.artist) == ("music/live/a.mp3", "jazz", "Nina Simone")
    assert other.file == place / "live" / "a.mp3"
    assert [
        e.name for e in open_source("catalogue:artist:nina", engine=engine, mounts=mounts).examples()
    ] == [other.name]
    with pytest.raises(DatasetError, match="confirm genres first"):
        open_source("catalogue:artist:nobody", engine=engine).examples()
    with pytest.raises(QueryError):
        open_source("catalogue:confidence:high", engine=engine).listing()
    engine.dispose()


def test_a_folder_that_holds_a_genre_is_no_group(catalogue_url, tmp_path):
    engine = open_engine(catalogue_url)
    migrate.upgrade(engine)
    with transaction(engine) as session:
        library = add_library(session, root=str(tmp_path))
        words = {
            add_track(session, library, f"{g}/{n}.mp3").id: g for g in ("jazz", "pop") for n in range(4)
        }
        words |= {add_track(session, library, f"album {n % 4}/{n}.mp3").id: "rock" for n in range(8)}
        words[add_track(session, library, "jazz/x.mp3", artist="Nina Simone").id] = "jazz"
        correcting.record(session, words, source=CorrectionSource.PERSON, actor="me@here")
    (tmp_path / "jazz").mkdir()
    examples = open_source("catalogue:", engine=engine).examples()
    groups = {example.name.removeprefix("music/"): example.group for example in examples}
    assert groups["jazz/1.mp3"] is None
    assert groups["jazz/x.mp3"] == "artist:ninasimone"
    assert groups["album 1/5.mp3"] == "folder:music:album 1"
    split = SplitPlan().split(open_source("catalogue:", engine=engine), examples)
    assert split.provenance["made_by"] == "group"
    engine.dispose()


def test_without_a_catalogue_it_is_no_source():
    with pytest.raises(ConfigError, match="there is no catalogue here"):
        open_source("catalogue:")
