"""The audio hash knows the sound: tags do not change it, any change of the sound does."""

from collections.abc import Callable
from pathlib import Path

import mutagen
import numpy as np
import pytest
from mutagen.apev2 import APEv2
from mutagen.id3 import APIC, ID3, TIT2
from mutagen.mp4 import MP4

from musicai.audio.track import open_track
from tests.unit.audio.sounds import Samples, encode, sweep, write

LENGTH_S = 4.0


def audio_hash(path: Path) -> str:
    with open_track(path, max_duration_s=3600) as track:
        return track.audio_hash()


def small_id3(path: Path) -> None:
    tags = ID3()
    tags.add(TIT2(text="A title"))
    tags.save(path)


def large_id3(path: Path) -> None:
    tags = ID3()
    tags.add(TIT2(text="Another"))
    tags.add(APIC(mime="image/png", type=3, data=bytes(300_000)))
    tags.save(path, v1=2)


def vorbis_comment(path: Path) -> None:
    file = mutagen.File(path)
    file["title"] = "A title " * 2000
    file.save()


def mp4_atoms(path: Path) -> None:
    file = MP4(path)
    file["\xa9nam"] = "A title " * 2000
    file.save()


def wav_list(path: Path) -> None:
    chunk = b"INFOINAM" + (8).to_bytes(4, "little") + b"A title\0"
    data = path.read_bytes()
    body = data[12:] + b"LIST" + len(chunk).to_bytes(4, "little") + chunk
    path.write_bytes(b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WAVE" + body)


def apev2(path: Path) -> None:
    tags = APEv2()
    tags["Title"] = "A title " * 500
    tags.save(path)


def without_xing(path: Path, y: Samples) -> Path:
    write(path, y, format="MP3")
    path.write_bytes(path.read_bytes().replace(b"Xing", b"xxxx").replace(b"Info", b"xxxx"))
    return path


Make = Callable[[Path, Samples], Path]
MAKERS: dict[str, tuple[Make, list[Callable[[Path], None]]]] = {
    "mp3": (lambda p, y: write(p, y, format="MP3"), [small_id3, large_id3, apev2]),
    "mp3 without length": (without_xing, [small_id3, large_id3, apev2]),
    "flac": (lambda p, y: write(p, y, format="FLAC"), [vorbis_comment]),
    "vorbis": (lambda p, y: write(p, y, format="OGG"), [vorbis_comment]),
    "opus": (lambda p, y: encode(p, y, "libopus", "ogg", 48_000), [vorbis_comment]),
    "m4a": (lambda p, y: encode(p, y, "aac", "ipod"), [mp4_atoms]),
    "wav": (lambda p, y: write(p, y, format="WAV"), [wav_list]),
    "wavpack": (lambda p, y: encode(p, y, "wavpack", "wv"), [apev2]),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_retagged_file_is_the_same_sound(kind: str, tmp_path: Path) -> None:
    make, retags = MAKERS[kind]
    path = make(tmp_path / "song", sweep(LENGTH_S))
    before = audio_hash(path)
    for retag in retags:
        retag(path)
        assert audio_hash(path) == before, retag.__name__


@pytest.mark.parametrize("kind", MAKERS)
def test_a_changed_sound_is_another(kind: str, tmp_path: Path) -> None:
    make, _ = MAKERS[kind]
    y = sweep(LENGTH_S)
    late = y.copy()
    late[len(y) // 2 : len(y) // 2 + 2000] *= 0.5
    takes = [y, y * np.float32(0.99), sweep(LENGTH_S, seed=1), late]
    hashes = {audio_hash(make(tmp_path / f"{k}", take)) for k, take in enumerate(takes)}
    assert len(hashes) == len(takes)


def test_the_value_is_golden(tmp_path: Path) -> None:
    """Catalogues hold these values: whoever changes them must change the version in front."""
    steps = (np.arange(3 * 8000) * 37 % 2001 - 1000).astype(np.int16)
    path = write(tmp_path / "steps.wav", np.stack([steps, -steps // 3], axis=1), rate=8000)
    assert audio_hash(path) == "a1:a6ac5d3bc046a4ac3784d1a68ad223cd"


def test_equal_sound_in_lossless_formats_is_equal(tmp_path: Path) -> None:
    y = (sweep(LENGTH_S) * 32767).astype(np.int16)
    hashes = {audio_hash(write(tmp_path / form, y, format=form)) for form in ("WAV", "FLAC", "AIFF", "W64")}
    assert len(hashes) == 1
