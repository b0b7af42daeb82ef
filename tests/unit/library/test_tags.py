"""Tags of every container, and of files that only claim to have some."""

import os
import random
import struct
from collections.abc import Callable
from pathlib import Path

import av
import mutagen
import numpy as np
import pytest
import soundfile as sf
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3, TALB, TCON, TIT2, TPE1

from musicai.library import tags as tags_module
from musicai.library.tags import Tags, read_tags

WANTED = Tags(title="Straße", artist="Ann; Bob", album="Live", genre="Jazz")
RATE = 24_000


def sound() -> np.ndarray:
    return (0.1 * np.sin(np.arange(RATE // 4) * 0.1)).astype(np.float32)


def by_soundfile(path: Path, container: str, subtype: str | None = None) -> None:
    sf.write(path, sound(), RATE, format=container, subtype=subtype)


def by_av(path: Path, container: str, codec: str, rate: int = RATE, **metadata: str) -> None:
    with av.open(str(path), "w", format=container) as out:
        out.metadata.update(metadata)
        stream = out.add_stream(codec, rate=rate, layout="mono", bit_rate=64_000)
        samples = np.zeros((1, RATE), np.float32) + 0.05
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            stream.format.name, "mono", rate, stream.codec_context.frame_size or None
        )
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))


def id3() -> ID3:
    frames = ID3()
    frames.add(TIT2(encoding=3, text="Straße"))
    frames.add(TPE1(encoding=3, text=["Ann", "Bob"]))
    frames.add(TALB(encoding=3, text="Live"))
    frames.add(TCON(encoding=3, text="(8)"))
    return frames


def write_mp3(path: Path) -> None:
    by_soundfile(path, "MP3")
    id3().save(path)


def write_old_mp3(path: Path) -> None:
    by_soundfile(path, "MP3")
    id3().save(path, v2_version=3, v23_sep="/")


def write_ape_tagged_mp3(path: Path) -> None:
    by_soundfile(path, "MP3")
    ape = APEv2()
    ape.update({"Title": "Straße", "Artist": ["Ann", "Bob"], "Album": "Live", "Genre": "Jazz"})
    ape.save(path)


def write_vorbis_comments(container: str, subtype: str | None = None) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        by_soundfile(path, container, subtype)
        file = mutagen.File(path)
        file.update({"TITLE": ["Straße"], "artist": ["Ann", "Bob"], "album": ["Live"], "genre": ["Jazz"]})
        file.save()

    return write


def write_id3_chunk(container: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        by_soundfile(path, container)
        file = mutagen.File(path)
        file.add_tags()
        file.tags.update(id3())
        file.save()

    return write


def write_info(path: Path) -> None:
    with sf.SoundFile(path, "w", RATE, 1, format="WAV") as file:
        file.title, file.artist, file.album, file.genre = "Straße", "Ann; Bob", "Live", "Jazz"
        file.write(sound())


def write_m4a(path: Path) -> None:
    by_av(path, "ipod", "aac")
    file = mutagen.File(path)
    file.update(
        {"\xa9nam": ["Straße"], "\xa9ART": ["Ann", "Bob"], "\xa9alb": ["Live"], "\xa9gen": ["Jazz"]}
    )
    file.save()


def write_wma(path: Path) -> None:
    by_av(path, "asf", "wmav2", rate=44_100)
    file = mutagen.File(path)
    file.update(
        {"Title": ["Straße"], "Author": ["Ann", "Bob"], "WM/AlbumTitle": ["Live"], "WM/Genre": ["Jazz"]}
    )
    file.save()


def write_wavpack(path: Path) -> None:
    by_av(path, "wv", "wavpack")
    file = mutagen.File(path)
    file.update({"Title": "Straße", "Artist": ["Ann", "Bob"], "Album": "Live", "Genre": "Jazz"})
    file.save()


WRITERS = {
    "new.mp3": write_mp3,
    "old.mp3": write_old_mp3,
    "ape.mp3": write_ape_tagged_mp3,
    "x.flac": write_vorbis_comments("FLAC"),
    "x.ogg": write_vorbis_comments("OGG", "VORBIS"),
    "x.opus": write_vorbis_comments("OGG", "OPUS"),
    "x.aiff": write_id3_chunk("AIFF"),
    "x.wav": write_id3_chunk("WAV"),
    "info.wav": write_info,
    "x.m4a": write_m4a,
    "x.wma": write_wma,
    "x.wv": write_wavpack,
}


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tagged")
    for name, write in WRITERS.items():
        write(folder / name)
    return {name: folder / name for name in WRITERS}


@pytest.mark.parametrize("name", WRITERS)
def test_every_container_tells_its_tags(tagged, name):
    found = read_tags(str(tagged[name]))
    artist = found.artist.replace("Ann/Bob", "Ann; Bob")  # ID3v2.3 knows only one text per field
    assert Tags(found.title, artist, found.album, found.genre) == WANTED


@pytest.mark.parametrize("name", WRITERS)
def test_the_content_decides_and_not_the_name(tagged, name, tmp_path):
    other = tmp_path / os.fsdecode(b"\xff.jpg")
    other.write_bytes(tagged[name].read_bytes())
    assert read_tags(os.fsencode(other)) == read_tags(tagged[name].as_posix())


@pytest.mark.parametrize("content", [b"", b"ID3", b"\0" * 5000, b"fLaC", b"OggS" * 500, b"text\n" * 1000])
def test_what_has_no_tags_says_nothing(content, tmp_path):
    path = tmp_path / "x.mp3"
    path.write_bytes(content)
    assert read_tags(str(path)) == Tags()


def test_what_is_no_file_says_nothing(tmp_path):
    os.mkfifo(tmp_path / "fifo.mp3")
    for path in (tmp_path, tmp_path / "absent.mp3", tmp_path / "fifo.mp3"):
        assert read_tags(str(path)) == Tags()


def test_numbered_genres_become_names(tmp_path):
    path = tmp_path / "x.mp3"
    by_soundfile(path, "MP3")
    frames = ID3()
    frames.add(TCON(encoding=3, text="(17)(8)Polka"))
    frames.save(path)
    assert read_tags(str(path)).genre == "Rock; Jazz; Polka"


def test_texts_are_bounded_and_fit_for_a_database(tmp_path):
    path = tmp_path / "x.flac"
    by_soundfile(path, "FLAC")
    file = mutagen.File(path)
    file.update({"title": ["x" * 100_000], "artist": ["a\0b"], "album": ["\0 "]})
    file.save()
    found = read_tags(str(path))
    assert (len(found.title), found.artist, found.album) == (1000, "a b", None)


def test_lone_surrogates_are_dropped():
    assert tags_module.clean("a\ud800b") == "ab"


def test_a_tag_that_claims_to_be_huge_is_not_read(tmp_path):
    path = tmp_path / "x.mp3"
    with path.open("wb") as file:
        file.write(b"ID3\x04\0\0\x7f\x7f\x7f\x7f")
        file.truncate(300 << 20)
    assert read_tags(str(path)) == Tags()


@pytest.mark.parametrize("name", WRITERS)
def test_damage_harms_nothing(tagged, name, tmp_path):
    """Bytes are changed, cut out and doubled, mostly near the start, where the tags are."""
    original, dice = tagged[name].read_bytes(), random.Random(name)
    path = tmp_path / name
    for _ in range(60):
        path.write_bytes(damaged(original, dice))
        assert isinstance(read_tags(str(path)), Tags)


def damaged(content: bytes, dice: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(dice.randint(1, 12)):
        at = min(int(dice.expovariate(1 / 300)), len(data) - 1)
        data[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
    cut = dice.randrange(len(data))
    match dice.randrange(4):
        case 0:
            return bytes(data[:cut])
        case 1:
            return bytes(data[:cut] + data[cut + dice.randint(1, 50) :])
        case _:
            return bytes(data)


def test_atoms_within_atoms_without_end(tmp_path):
    atoms = b""
    for _ in range(5000):
        atoms = struct.pack(">I4s", len(atoms) + 8, b"moov") + atoms
    path = tmp_path / "x.m4a"
    path.write_bytes(b"\0\0\0\x10ftypM4A \0\0\0\0" + atoms)
    assert read_tags(str(path)) == Tags()


def test_a_packet_of_no_length_is_not_read_for_ever(tmp_path):
    path = tmp_path / "x.mpc"
    path.write_bytes(b"MPCKZ\0\0\0\0\2\1" + bytes(300))
    assert read_tags(str(path)) == Tags()
