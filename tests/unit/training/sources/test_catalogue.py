import pytest
import soundfile

from musicai.catalogue import correcting, ledger
from musicai.catalogue.session import open_engine, transaction
from musicai.errors import ConfigError, DatasetError, NodeFaultError, OutsideError, QueryError
from musicai.front_end import FrontEnd
from musicai.services.scan_options import ScanOptions, Target
from musicai.states import CorrectionSource, JobKind, Priority
from musicai.training.loading.rows import audio_rows
from musicai.training.sources import open_source
from musicai.training.sources.source import content_hash
from musicai.training.split_plan import SplitPlan
from tests.acceptance.synth import RATE, clip
from tests.songs import add_library, add_track


def test_tracks_that_a_person_has_confirmed_are_examples(catalogue_url, tmp_path):
    engine = open_engine(catalogue_url)
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


def test_what_the_catalogue_says_is_read_inside_its_library_only(catalogue_url, tmp_path):
    engine = open_engine(catalogue_url)
    (tmp_path / "music" / "live").mkdir(parents=True)
    soundfile.write(tmp_path / "secret.wav", clip(1), RATE)
    (tmp_path / "music" / "linked.wav").symlink_to(tmp_path / "secret.wav")
    with transaction(engine) as session:
        library = add_library(session, root=str(tmp_path / "music"))
        words = {add_track(session, library, path).id: "jazz" for path in ("../secret.wav", "linked.wav")}
        correcting.record(session, words, source=CorrectionSource.PERSON, actor="me@here")
    for example in open_source("catalogue:", engine=engine).examples():
        with pytest.raises(OutsideError):
            audio_rows(example, FrontEnd(), 60, None)
        with pytest.raises(OutsideError):
            content_hash(example.place)
    options = ScanOptions((Target(library.id),), follow_symlinks=True).to_json()
    with transaction(engine) as session:
        ledger.create_job(
            session,
            JobKind.CLASSIFY,
            model_id=None,
            library_id=library.id,
            options=options,
            priority=Priority.NORMAL,
        )
    up, linked = open_source("catalogue:", engine=engine).examples()
    assert content_hash(linked.place) == content_hash(tmp_path / "secret.wav")
    with pytest.raises(OutsideError):
        content_hash(up.place)
    engine.dispose()


def test_a_folder_that_holds_a_genre_is_no_group(catalogue_url, tmp_path):
    engine = open_engine(catalogue_url)
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
