"""A person's word: kept, replaced, taken back, about one sound, and what a model may be taught."""

import os
import threading

import pytest
from sqlalchemy import Engine, select

from musicai.catalogue import correcting
from musicai.catalogue.correcting import Recorded
from musicai.catalogue.corrections import Confirmed, confirmed
from musicai.catalogue.session import reading, transaction
from musicai.catalogue.tables import Correction, Track
from musicai.states import CorrectionSource
from tests.songs import add_collection, add_library, add_track


def say(engine: Engine, words: dict[int, str], actor: str = "ann@home") -> Recorded:
    with transaction(engine) as session:
        return correcting.record(session, words, source=CorrectionSource.PERSON, actor=actor)


def history(engine: Engine, track_id: int) -> list[tuple[str, bool]]:
    with reading(engine) as session:
        rows = session.scalars(
            select(Correction).where(Correction.track_id == track_id).order_by(Correction.id)
        )
        return [(row.genre, row.withdrawn_at is None) for row in rows]


def taught(engine: Engine, expression: str = "") -> dict[bytes, str]:
    with reading(engine) as session:
        return {one.path: one.genre for one in confirmed(session, expression)}


def set_sound(engine: Engine, track_id: int, sound: str | None) -> None:
    with transaction(engine) as session:
        session.get_one(Track, track_id).audio_hash = sound


@pytest.fixture
def tracks(engine: Engine) -> dict[str, int]:
    with transaction(engine) as session:
        library = add_library(session)
        return {
            name: add_track(session, library, f"{name}.wav", audio_hash=sound).id
            for name, sound in (("a", "1:a"), ("b", "1:b"), ("twin", "1:a"), ("unheard", None))
        }


def test_the_latest_word_counts_and_none_is_lost(engine: Engine, tracks: dict[str, int]) -> None:
    a = tracks["a"]
    assert say(engine, {a: "jazz"}) == Recorded(1, 0, 0)
    assert say(engine, {a: "jazz"}, actor="bob@work") == Recorded(0, 0, 1)
    assert say(engine, {a: "blues", tracks["b"]: "rock"}) == Recorded(2, 1, 0)
    assert history(engine, a) == [("jazz", False), ("blues", True)]
    assert taught(engine) == {b"a.wav": "blues", b"b.wav": "rock"}
    with transaction(engine) as session:
        assert correcting.withdraw(session, [a, tracks["unheard"]]) == 1
    assert history(engine, a) == [("jazz", False), ("blues", False)]
    assert taught(engine) == {b"b.wav": "rock"}
    assert say(engine, {a: "blues"}) == Recorded(1, 0, 0)


def test_a_word_about_another_sound_does_not_count(engine: Engine, tracks: dict[str, int]) -> None:
    b = tracks["b"]
    say(engine, {b: "rock"})
    set_sound(engine, b, None)
    assert taught(engine) == {}
    set_sound(engine, b, "1:b")  # only its tags had changed
    assert taught(engine) == {b"b.wav": "rock"}
    set_sound(engine, b, "1:other")
    assert taught(engine) == {}
    # said again it is a word about the new sound
    assert say(engine, {b: "rock"}) == Recorded(1, 1, 0)
    assert taught(engine) == {b"b.wav": "rock"}


def test_a_word_before_the_first_hearing_is_about_what_is_heard_then(
    engine: Engine, tracks: dict[str, int]
) -> None:
    unheard = tracks["unheard"]
    say(engine, {unheard: "lofi"})
    assert taught(engine) == {}
    with transaction(engine) as session:
        session.get_one(Track, unheard).audio_hash = "1:new"
        session.flush()
        correcting.hear(session, [unheard])
    assert taught(engine) == {b"unheard.wav": "lofi"}


def test_a_file_that_changed_before_it_was_heard_has_no_word(
    engine: Engine, tracks: dict[str, int]
) -> None:
    unheard = tracks["unheard"]
    say(engine, {unheard: "lofi"})
    with transaction(engine) as session:
        correcting.change(session, [unheard])
        session.get_one(Track, unheard).audio_hash = "1:new"
        session.flush()
        correcting.hear(session, [unheard])
    assert taught(engine) == {}
    assert history(engine, unheard) == [("lofi", True)]


def test_a_copy_takes_over_the_word_on_its_sound(engine: Engine, tracks: dict[str, int]) -> None:
    say(engine, {tracks["a"]: "jazz"})
    with transaction(engine) as session:
        correcting.hear(session, [tracks["twin"], tracks["b"]])
        session.get_one(Track, tracks["a"]).state = "missing"
    assert history(engine, tracks["twin"]) == [("jazz", True)]
    assert history(engine, tracks["b"]) == []
    assert taught(engine) == {b"twin.wav": "jazz"}
    with transaction(engine) as session:
        correcting.withdraw(session, [tracks["twin"]])
        correcting.hear(session, [tracks["twin"]])
    assert history(engine, tracks["twin"]) == [("jazz", False)]


def test_one_sound_is_taught_once_and_as_what_was_said_last(engine: Engine, tracks: dict[str, int]) -> None:
    say(engine, {tracks["a"]: "jazz"})
    say(engine, {tracks["twin"]: "blues"})
    assert taught(engine) == {b"twin.wav": "blues"}
    assert taught(engine, "path:a.wav") == {b"a.wav": "jazz"}


def test_two_people_at_once_leave_one_word(engine: Engine, tracks: dict[str, int]) -> None:
    people = [
        threading.Thread(target=say, args=(engine, dict.fromkeys(tracks.values(), genre)))
        for genre in ("jazz", "blues", "rock")
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    for track_id in tracks.values():
        said = history(engine, track_id)
        assert len(said) == 3
        assert [counts for _, counts in said].count(True) == 1


def test_expressions_choose_what_is_taught(engine: Engine) -> None:
    with transaction(engine) as session:
        add_collection(session)
        ids = dict(iter(session.execute(select(Track.path, Track.id))))
        correcting.record(
            session, dict.fromkeys(ids.values(), "jazz"), source=CorrectionSource.TAGS, actor="ann@home"
        )
    assert set(taught(engine, "artist:davis")) == {b"jazz/Miles Davis/So What.flac"}
    # two models have heard it
    assert set(taught(engine, "model::. artist:davis")) == {b"jazz/Miles Davis/So What.flac"}
    everything = taught(engine)
    assert b"gone.flac" not in everything
    assert b"new.flac" not in everything
    assert len(everything) == 5


def _track(path: str = "x/y.wav", artist: str | None = None, album: str | None = None) -> Confirmed:
    return Confirmed(1, "music", "/music", os.fsencode(path), "jazz", "1:a", artist, album)


@pytest.mark.parametrize(
    ("track", "group"),
    [
        (_track(artist="Miles Davis", album="Kind of Blue"), "artist:milesdavis"),
        (_track(artist="MILES  DAVIS!"), "artist:milesdavis"),
        (_track(artist="!!!"), "artist:!!!"),
        (_track(artist="Various Artists", album="Café Hits"), "album:caféhits"),
        (_track(artist=" ", album="Café Hits"), "album:caféhits"),
        (_track(), "folder:music:x"),
        (_track("y.wav", artist="Unknown Artist", album=" "), "folder:music:"),
    ],
)
def test_a_group_is_the_artist_else_the_album_else_the_folder(track: Confirmed, group: str) -> None:
    assert track.group == group
    assert track.grouped_by == group.partition(":")[0]
