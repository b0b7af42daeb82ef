"""What expressions find, on both databases."""

import pytest
from sqlalchemy import Engine

from musicai.errors import NotFoundError, QueryError
from tests.unit.catalogue.query.conftest import Ask

NAMES = {
    "jazz/Miles Davis/So What.flac": "so_what",
    "jazz/John Coltrane/Naima (live).mp3": "naima",
    "Björk/Army of Me.ogg": "army",
    "hum.wav": "hum",
    "riff_1.wav": "riff",
    "changed.flac": "changed",
    "new.flac": "new",
    "cut.mp3": "cut",
    "gone.flac": "gone",
    "caf\ufffd\n1.mp3": "cafe",
}

FINDS = {
    "": "so_what naima army hum riff changed new cut cafe",
    # bare words
    "jazz": "so_what naima",
    "MILES": "so_what",
    '"miles davis"': "so_what",
    "davis what": "so_what",
    "björk": "army",
    "BJÖRK": "army",
    "bjo\u0308rk": "army",
    "100%": "naima",
    "0%": "naima",
    "f_1": "riff",
    "o_m": "",
    '"riff \\"one\\""': "riff",
    "a\\\\b": "riff",
    "so , hum": "so_what hum",
    "so, hum": "so_what hum",
    "^jazz genre:metal": "riff",
    "::^h.m": "hum",
    # texts
    "artist:coltrane": "naima",
    "artist:=Coltrane": "",
    'artist:="John Coltrane"': "naima",
    "artist::^j": "naima",
    "path::\\.wav$": "hum riff",
    "path::(so|of)\\ ": "so_what army",
    "library:vin": "riff",
    "^artist::.": "hum changed new cut cafe",
    "caf\ufffd": "cafe",
    "codec:vorbis container:ogg": "army",
    # genres
    "genre:jazz": "so_what naima",
    "genre:JAZZ": "so_what naima",
    "genre:hip-hop": "army",
    "genre::^(ja|hi)": "so_what naima army",
    "guess:metal": "hum riff",
    "genre:unknown": "hum",
    "-genre:jazz": "army hum riff changed new cut cafe",
    "^^genre:jazz": "so_what naima",
    # numbers
    "confidence:0.8..": "so_what army",
    "confidence:..0.62": "naima hum",
    "confidence:0.6..0.8": "naima riff",
    "confidence:0.62": "naima",
    "confidence:0.9": "",
    "confidence:=0.7": "riff",
    "margin:..0.05": "hum",
    "margin:0.27": "naima",
    "discord:0.1..": "",
    "score.blues:0.3..": "naima",
    "score.Hip-Hop:0.5..": "army",
    "score.rock:0.29..0.3": "hum riff",
    "^score.jazz:0.5..": "army hum riff changed new cut cafe",
    "channels:1": "naima",
    "sample_rate:..22050": "naima",
    "length:3:45": "naima",
    "length:3:00..4:30": "naima army",
    "duration:545": "so_what",
    "length:9:05": "so_what",
    "length:1:01.4": "riff",
    # instants
    "added:2026-11": "army",
    "added:2026-11-23": "army",
    "added:2026-11-23T12:00": "army",
    "added:..2026-10 genre:jazz": "so_what naima",
    "added:2026-05-20..2026-05-20 genre:jazz": "so_what naima",
    "added:2025": "",
    # fields with one another
    "tag=genre": "so_what army",
    "tag!=genre": "naima",
    "tag!=guess": "naima hum",
    # people's words
    "correction:blues": "naima",
    "correction:lofi": "hum",
    "correction::^(lo|ja)": "hum new",
    "correction:rock": "",
    "corrected:yes": "naima hum new",
    "corrected:STALE": "changed",
    "corrected:no": "so_what army riff cut cafe",
    "^corrected:yes genre:jazz": "so_what",
    "final:blues": "naima",
    "final:jazz": "so_what new",
    "final:lo-fi , final:metal": "hum riff",
    "final:unknown": "",
    "final:rock missing": "gone",
    "correction!=genre": "naima",
    "correction=tag": "naima",
    "tag=final": "so_what naima army",
    # states
    "unknown": "hum",
    "failed": "cut",
    "error:truncated reason:12": "cut",
    "pending": "changed new cafe",
    "missing": "gone",
    "state:classified": "so_what naima army riff",
    "missing , genre:metal": "riff gone",
    "^missing genre:jazz": "so_what naima",
    "state:missing genre:rock": "gone",
    '"failed"': "",
    # models: all are looked at
    "model:large-2": "so_what",
    "model:small genre:jazz": "so_what naima",
}


@pytest.fixture
def found(ask: Ask):
    return lambda expression: {NAMES[row.path] for row in ask(expression)}


def test_expressions_find_what_they_say(found) -> None:
    wrong = {}
    for expression, names in FINDS.items():
        if (got := found(expression)) != set(names.split()):
            wrong[expression] = got
    assert not wrong


def test_a_genre_that_nobody_knows_is_an_error_and_not_an_empty_answer(ask: Ask) -> None:
    with pytest.raises(QueryError, match="did you mean 'jazz'") as caught:
        ask("so what genre:jaz")
    assert caught.value.position == len("so what genre:")


def test_a_genre_that_only_people_know_says_where_to_look(ask: Ask) -> None:
    with pytest.raises(QueryError, match=r"no model knows 'lofi' yet.*correction:lofi"):
        ask("genre:lofi")
    with pytest.raises(QueryError, match="did you mean 'Lo-Fi'"):
        ask("correction:lo-fy")


def test_a_word_stands_beside_the_prediction(ask: Ask) -> None:
    said = {NAMES[row.path]: (row.genre, row.correction, row.corrected, row.final) for row in ask("")}
    assert said["naima"] == ("jazz", "blues", "yes", "blues")
    assert said["hum"] == ("unknown", "Lo-Fi", "yes", "Lo-Fi")
    assert said["so_what"] == ("jazz", None, "no", "jazz")
    assert said["changed"] == (None, None, "stale", None)
    assert said["new"] == (None, "jazz", "yes", "jazz")
    assert [row.correction for row in ask("naima", all_models=True)] == ["blues"]


def test_a_pattern_that_the_database_refuses_is_a_query_error(ask: Ask, collection: Engine) -> None:
    if collection.dialect.name == "sqlite":
        assert len(ask("jazz path::(?P<who>miles)")) == 1
        return
    with pytest.raises(QueryError, match="database refuses") as caught:
        ask("jazz path::(?P<who>miles)")
    assert caught.value.position == len("jazz path::")


def test_every_state_carries_what_it_knows(ask: Ask) -> None:
    rows = {NAMES[row.path]: row for row in ask("", sort="path")} | {"gone": ask("missing")[0]}
    states = {name: (row.state, row.genre, row.confidence) for name, row in rows.items()}
    assert states["so_what"] == ("classified", "jazz", 0.91)
    assert states["hum"] == ("unknown", "unknown", 0.3)
    assert states["cut"] == ("failed", None, None)
    assert states["changed"] == ("pending", None, None)
    assert states["gone"] == ("missing", "rock", 0.88)
    assert rows["hum"].guess == "metal"
    assert rows["changed"].guess is None
    assert (rows["cut"].error, rows["cut"].reason) == ("truncated", "ends after 12 of 30 s")
    assert {row.model for row in rows.values()} == {"small"}


def test_files_stand_where_this_node_mounts_the_library(ask: Ask) -> None:
    assert ask("hum")[0].file == "/music/hum.wav"
    assert ask("riff")[0].file == "/here/riff_1.wav"


def test_names_that_are_not_utf_8_keep_their_bytes(ask: Ask) -> None:
    (row,) = ask("caf")
    assert row.path == "caf\ufffd\n1.mp3"
    assert row.file_base64 == "L211c2ljL2NhZukKMS5tcDM="


def test_all_models_give_a_row_each(ask: Ask) -> None:
    rows = ask("so what", all_models=True, sort="confidence-")
    assert [(row.model, row.confidence) for row in rows] == [("large-2", 0.97), ("small", 0.91)]
    assert [row.model for row in ask("new", all_models=True)] == [None]


def test_a_named_model_answers_for_all_tracks(ask: Ask) -> None:
    rows = ask("jazz", model="large-2", sort="path")
    assert [(row.state, row.model) for row in rows] == [("pending", "large-2"), ("classified", "large-2")]
    with pytest.raises(NotFoundError, match="small"):
        ask("jazz", model="lagre")


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("confidence-", "so_what"),
        ("-confidence", "so_what"),
        ("confidence", "hum"),
        ("title", "army"),
        ("score.rock-", "riff"),
        ("length+,path", "hum"),
        ("library-", "riff"),
        ("state,confidence", "naima"),
        ("added-", "army"),
    ],
)
def test_sorting(ask: Ask, sort: str, first: str) -> None:
    rows = ask("state:classified , unknown", sort=sort, limit=1)
    assert [NAMES[row.path] for row in rows] == [first]


def test_sorting_puts_the_unknown_last(ask: Ask) -> None:
    assert ask("", sort="confidence-")[-1].confidence is None
    assert ask("", sort="confidence+")[-1].confidence is None


@pytest.mark.parametrize(
    ("sort", "position"), [("artits", 0), ("-artits", 1), ("path, score.jaz-", 6), (",", 0), ("a:b", 0)]
)
def test_a_wrong_sort_order_points_at_the_field(ask: Ask, sort: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        ask("", sort=sort)
    assert caught.value.position == position
