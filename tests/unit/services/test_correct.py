"""`musicai correct`: which tracks are meant, what is written, and what is refused."""

import os
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from musicai.catalogue.query.vocabulary import Vocabulary
from musicai.catalogue.session import reading, transaction
from musicai.catalogue.tables import Correction, Library, Track
from musicai.config import Settings
from musicai.errors import ConfigError, NotFoundError, QueryError
from musicai.services.correct import Wish, correct
from musicai.services.genre_names import Named, name_genre
from musicai.services.query import stream_rows
from musicai.services.tag_genres import NO_GENRE, NO_TAG, SEVERAL, genre_of_tag
from tests.songs import add_collection, add_library, add_track

KNOWN = Vocabulary(("small",), ("blues", "hiphop", "jazz", "pop", "rock"), ("Lo-Fi",))
SETTINGS = Settings(home=Path("/nowhere"))
NAIMA, SO_WHAT = "jazz/John Coltrane/Naima (live).mp3", "jazz/Miles Davis/So What.flac"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    with transaction(engine) as session:
        add_collection(session)
    return engine


def words(engine: Engine, expression: str = "corrected:yes") -> dict[str, str | None]:
    with reading(engine) as session:
        return {row.path: row.correction for row in stream_rows(session, SETTINGS, expression)}


def test_a_folder_is_all_that_is_present_below_it(engine: Engine) -> None:
    done = correct(engine, SETTINGS, Wish(("music:jazz/",), genre="JAZZ"))
    assert (done.tracks, done.recorded, done.replaced, done.genres) == (2, 2, 1, {"jazz": 2})
    assert words(engine, "path:jazz") == {NAIMA: "jazz", SO_WHAT: "jazz"}
    again = correct(engine, SETTINGS, Wish(("jazz", "hum.wav"), genre="jazz"))
    assert (again.tracks, again.recorded, again.unchanged) == (3, 1, 2)
    everything = correct(engine, SETTINGS, Wish(("music:",), withdraw=True))
    assert (everything.tracks, everything.withdrawn) == (8, 5)
    assert correct(engine, SETTINGS, Wish(("gone.flac",), genre="rock")).recorded == 1


def test_folders_are_told_apart_by_their_bytes(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as session:
        library = add_library(session, "odd", str(tmp_path))
        for path in (b"caf\xe9/a.wav", b"caf\xe8/b.wav", "caf\ufffd/c.wav".encode(), b"Caf\xe9/d.wav"):
            add_track(session, library, path)
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    assert correct(engine, SETTINGS, Wish((folder,), genre="jazz")).tracks == 1
    assert correct(engine, SETTINGS, Wish((f"{tmp_path}",), genre="jazz")).tracks == 4


def test_all_tracks_get_the_word_or_none_does(engine: Engine, tmp_path: Path) -> None:
    before = words(engine)
    (tmp_path / "new").mkdir()
    with pytest.raises(NotFoundError) as caught:
        correct(engine, SETTINGS, Wish(("jazz", str(tmp_path / "new"), "nothing.wav"), genre="rock"))
    message = str(caught.value)
    assert "nothing was written, for 2 of 3 paths" in message
    assert f"musicai enqueue '{tmp_path / 'new'}'" in message
    assert "'nothing.wav'" in message
    assert words(engine) == before


def test_a_folder_of_several_libraries_must_be_named(engine: Engine) -> None:
    with transaction(engine) as session:
        vinyl = session.scalars(select(Library).where(Library.name == "vinyl")).one()
        add_track(session, vinyl, "jazz/a.wav")
    with pytest.raises(NotFoundError, match="'music:jazz' or 'vinyl:jazz'"):
        correct(engine, SETTINGS, Wish(("jazz",), genre="jazz"))
    assert correct(engine, SETTINGS, Wish(("vinyl:jazz",), genre="jazz")).tracks == 1


def test_an_expression_chooses_tracks(engine: Engine) -> None:
    done = correct(engine, SETTINGS, Wish(where="guess:metal ^path:riff", genre="pop song"))
    assert (done.tracks, done.replaced, done.new_genres) == (1, 1, ["pop song"])
    assert words(engine, "final:popsong") == {"hum.wav": "pop song"}
    # every model has a row for it, the track is one
    assert correct(engine, SETTINGS, Wish(where="model::. so what", genre="jazz")).tracks == 1
    assert correct(engine, SETTINGS, Wish(where="zebra", genre="jazz")).tracks == 0
    with pytest.raises(QueryError):
        correct(engine, SETTINGS, Wish(where="gerne:jazz", genre="jazz"))


def test_a_dry_run_says_the_same_and_writes_nothing(engine: Engine) -> None:
    before = words(engine)
    would = correct(engine, SETTINGS, Wish(("jazz",), genre="rock", dry_run=True))
    assert words(engine) == before
    done = correct(engine, SETTINGS, Wish(("jazz",), genre="rock"))
    assert would.to_json() == {**done.to_json(), "dry_run": True}


def test_a_word_taken_back_stays_in_the_history(engine: Engine) -> None:
    done = correct(engine, SETTINGS, Wish(where="path:naima , so what", withdraw=True))
    assert (done.tracks, done.withdrawn) == (2, 1)
    with reading(engine) as session:
        said = select(Correction.genre).join(Track, Track.id == Correction.track_id)
        assert session.scalars(said.where(Track.path == NAIMA).order_by(Correction.id)).all() == [
            "jazz",
            "blues",
        ]
    assert words(engine, "naima corrected:no") == {NAIMA: None}


def test_tags_are_a_person_s_word_when_they_name_one_genre(engine: Engine) -> None:
    done = correct(engine, SETTINGS, Wish(where="state:classified , new , unknown", from_tags=True))
    assert words(engine) == {
        NAIMA: "blues",
        SO_WHAT: "jazz",
        "Björk/Army of Me.ogg": "hiphop",
        "hum.wav": "rock",
        "new.flac": "jazz",
    }
    assert done.genres == {"blues": 1, "jazz": 1, "hiphop": 1, "rock": 1}
    assert (done.recorded, done.unchanged) == (3, 1)
    left = {reason: left.first for reason, left in done.left_out.items()}
    assert left == {
        "not heard yet, so that the tags are not known": ["music:new.flac"],
        NO_TAG: ["vinyl:riff_1.wav"],
    }
    with reading(engine) as session:
        source = select(Correction.source, Correction.actor).join(Track, Track.id == Correction.track_id)
        ((kind, actor),) = session.execute(source.where(Track.path == SO_WHAT))
    assert kind == "tags"
    assert "@" in actor


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("Jazz", "jazz"),
        ("Cool; Jazz", "jazz"),
        ("Hip-Hop/Rap", "hiphop"),
        ("Rock, Pop", SEVERAL),
        ("Cool; Bebop", SEVERAL),
        ("Krautrock", "Krautrock"),
        ("lofi", "Lo-Fi"),
        ("Other", NO_GENRE),
        ("Unknown; Blues", "blues"),
        (" ; ", NO_GENRE),
        ("x" * 100, NO_GENRE),
        (" ", NO_TAG),
        (None, NO_TAG),
    ],
)
def test_what_a_tag_says(tag: str | None, said: str) -> None:
    got = genre_of_tag(tag, KNOWN)
    assert (got.genre if isinstance(got, Named) else got) == said


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Hip Hop", Named("hiphop")),
        ("LOFI", Named("Lo-Fi", is_known=False)),
        ("  drum &  bass ", Named("drum & bass", is_known=False)),
        ("Folk", Named("Folk", is_known=False)),
        ("jaz", Named("jaz", is_known=False, near="jazz")),
        ("cafe\u0301", Named("café", is_known=False)),
    ],
)
def test_a_genre_has_one_spelling(text: str, named: Named) -> None:
    assert name_genre(text, KNOWN) == named


@pytest.mark.parametrize("text", ["", "!!", "Unknown", "x" * 81, "rock; pop", "a/b", "a\u202eb"])
def test_what_is_no_genre_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        name_genre(text, KNOWN)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(genre="jazz"),
        Wish(("a",), where="b", genre="jazz"),
        Wish(where=" ", genre="jazz"),
        Wish(("a",)),
        Wish(("a",), genre="jazz", withdraw=True),
        Wish(("a",), from_tags=True, withdraw=True),
    ],
)
def test_a_wish_says_which_tracks_and_what_is_right(wish: Wish) -> None:
    with pytest.raises(ConfigError, match=r"say w|needs an expression"):
        wish.check()
