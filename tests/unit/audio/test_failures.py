"""Every failure code, from files that really are broken so."""

import io
import os
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from musicai import errors
from musicai.audio import formats
from musicai.audio.regular_file import RegularFile
from musicai.audio.track import open_track
from tests.unit.audio.sounds import RATE, Samples, encode, sweep, write

MAX_S = 60 * 3600.0

LENGTH_S = 6.5


def outcome(path: Path | bytes, max_duration_s: float = MAX_S, *, whole: bool = True) -> str:
    """The error's code, or "heard"."""
    try:
        with open_track(path, max_duration_s=max_duration_s) as track:
            for _ in track.excerpts(22_050, 3.0, whole=whole):
                pass
            track.audio_hash()
    except errors.TrackError as err:
        return err.code if str(err) else "no reason given"
    return "heard"


def silence(duration_s: float = 5) -> Samples:
    return np.zeros((round(duration_s * RATE), 2), np.float32)


def cut(path: Path, keep: float) -> Path:
    os.truncate(path, int(path.stat().st_size * keep))
    return path


def patch(path: Path, at: int, data: bytes) -> Path:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)
    return path


CUT: dict[str, Callable[[Path], Path]] = {
    "wav": lambda p: write(p, sweep(LENGTH_S), format="WAV"),
    "rf64": lambda p: write(p, sweep(LENGTH_S), format="RF64", subtype="PCM_16"),
    "w64": lambda p: write(p, sweep(LENGTH_S), format="W64"),
    "aiff": lambda p: write(p, sweep(LENGTH_S), format="AIFF"),
    "au": lambda p: write(p, sweep(LENGTH_S), format="AU"),
    "caf": lambda p: write(p, sweep(LENGTH_S), format="CAF", subtype="PCM_16"),
    "flac": lambda p: write(p, sweep(LENGTH_S), format="FLAC"),
    "mp3": lambda p: write(p, sweep(LENGTH_S), format="MP3"),
    "vorbis": lambda p: write(p, sweep(LENGTH_S), format="OGG"),
    "opus": lambda p: encode(p, sweep(LENGTH_S, 48_000), "libopus", "ogg", 48_000),
    "m4a": lambda p: encode(p, sweep(LENGTH_S), "aac", "ipod"),
    "m4a-faststart": lambda p: encode(p, sweep(LENGTH_S), "aac", "ipod", movflags="faststart"),
    "wma": lambda p: encode(p, sweep(LENGTH_S), "wmav2", "asf"),
    "wavpack": lambda p: encode(p, sweep(LENGTH_S), "wavpack", "wv"),
    "tta": lambda p: encode(p, sweep(LENGTH_S), "tta", "tta"),
    "webm": lambda p: encode(p, sweep(LENGTH_S, 48_000), "libopus", "webm", 48_000),
    "avi": lambda p: encode(p, sweep(LENGTH_S), "libmp3lame", "avi"),
}


@pytest.mark.parametrize("keep", [0.9, 0.4])
@pytest.mark.parametrize("kind", CUT)
def test_a_file_that_stops_early_is_truncated_and_never_a_shorter_track(
    kind: str, keep: float, tmp_path: Path
) -> None:
    path = CUT[kind](tmp_path / "cut")
    assert outcome(path) == "heard"
    assert outcome(cut(path, keep), whole=False) == "truncated"


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_sizes_that_streaming_programs_write_promise_nothing(size: int, tmp_path: Path) -> None:
    path = write(tmp_path / "a", sweep(LENGTH_S), format="WAV", subtype="PCM_16")
    data = path.read_bytes().index(b"data")
    patch(path, data + 4, struct.pack("<I", size))
    patch(path, 4, struct.pack("<I", size))
    assert outcome(path) == ("heard" if size else outcome(path))
    assert outcome(path) != "truncated"


def test_flac_without_a_stated_length_is_heard(tmp_path: Path) -> None:
    path = write(tmp_path / "a", sweep(LENGTH_S), format="FLAC")
    head = bytearray(path.read_bytes()[21:26])
    head[0] &= 0xF0
    patch(path, 21, bytes([head[0], 0, 0, 0, 0]))
    with open_track(path, max_duration_s=MAX_S) as track:
        assert track.facts.duration_s == pytest.approx(LENGTH_S, abs=0.01)
    assert outcome(path) == "heard"


def test_no_bytes_are_empty(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").touch()
    assert outcome(tmp_path / "a.mp3") == "empty"


@pytest.mark.parametrize(
    "content",
    [
        b"no sound, only words\n" * 500,
        b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\x89PNG\r\n\x1a\n" + bytes(5000),
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(5000),
        b"%PDF-1.4\n" + b"stream endstream\n" * 900,
        b"\x7fELF" + bytes(9000),
        b"x",
        bytes(100_000),
        np.random.default_rng(1).bytes(300_000),
        b"ID3\x03\x00\x00\x00\x00\x07\x76" + bytes(1014),
    ],
    ids=["text", "m3u", "hls", "concat", "png", "jpeg", "pdf", "elf", "byte", "zeros", "random", "id3"],
)
def test_other_content_is_no_audio_whatever_its_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    assert outcome(path) == "not_audio"


@pytest.mark.parametrize("magic", [b"OggS", b"fLaC", b"wvpk", b"TTA1", b"MAC "])
def test_content_that_only_begins_as_audio_does_is_corrupt(magic: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(magic + bytes(5000))
    assert outcome(tmp_path / "a") == "corrupt"


def test_a_film_without_sound_is_no_audio(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        for _ in range(20):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))))
        out.mux(stream.encode(None))
    assert outcome(path) == "not_audio"


def test_the_sound_of_a_film_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w", format="matroska") as out:
        film = out.add_stream("mpeg4", rate=10)
        film.width = film.height = 32
        sound = out.add_stream("aac", rate=RATE)
        sound.layout = "stereo"
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sweep(5).T), format="fltp", layout="stereo")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE, frame_size=1024)
        for part in resampler.resample(frame):
            out.mux(sound.encode(part))
        for _ in range(60):
            out.mux(film.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))))
        out.mux(film.encode(None))
        out.mux(sound.encode(None))
    assert outcome(path) == "heard"
    with open_track(path, max_duration_s=MAX_S) as track:
        assert track.facts.duration_s == pytest.approx(5, abs=0.1)
    assert outcome(cut(path, 0.4)) in {"truncated", "heard"}  # without an index nobody can tell


def test_a_codec_without_decoder_is_unsupported(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", sweep(LENGTH_S), "aac", "ipod")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"mp4a", b"ac-4").replace(b"esds", b"dac4"))
    assert outcome(path) == "unsupported_codec"
    path.write_bytes(data.replace(b"mp4a", b"drms"))
    assert outcome(path) == "unsupported_codec"


def test_encrypted_windows_media_is_unsupported(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.wma", sweep(LENGTH_S), "wmav2", "asf")
    data = bytearray(path.read_bytes())
    encryption = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e") + struct.pack("<Q", 40) + bytes(16)
    header = struct.unpack_from("<Q", data, 16)[0]
    objects = struct.unpack_from("<I", data, 24)[0]
    struct.pack_into("<QI", data, 16, header + 40, objects + 1)
    data[header:header] = encryption
    path.write_bytes(data)
    assert outcome(path) == "unsupported_codec"


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
def test_less_than_a_second_is_too_short(form: str, tmp_path: Path) -> None:
    assert outcome(write(tmp_path / "a", sweep(0.8), format=form)) == "too_short"
    assert outcome(write(tmp_path / "b", sweep(1.3), format=form)) == "heard"


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3", "AIFF"])
def test_digital_silence_is_silent(form: str, tmp_path: Path) -> None:
    assert outcome(write(tmp_path / "a", silence(), format=form)) == "silent"


def test_a_quiet_track_is_heard_and_a_silent_stretch_left_out(tmp_path: Path) -> None:
    quiet = write(tmp_path / "quiet.wav", sweep(4) * 0.01, subtype="PCM_24")
    assert outcome(quiet) == "heard"
    halves = write(tmp_path / "halves.wav", np.concatenate([silence(6), sweep(3)]))
    with open_track(halves, max_duration_s=MAX_S) as track:
        assert [e.start_s for e in track.excerpts(22_050, 3.0, whole=True)] == [6.0]


def test_channels_that_cancel_each_other_are_not_silent(tmp_path: Path) -> None:
    y = sweep(4)
    y[:, 1] = -y[:, 0]
    assert outcome(write(tmp_path / "a.wav", y)) == "heard"
    assert outcome(write(tmp_path / "a.ogg", y)) == "heard"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_samples_that_are_no_numbers_are_corrupt(value: float, tmp_path: Path) -> None:
    y = sweep(4)
    y[70_000, 1] = value
    assert outcome(write(tmp_path / "a.wav", y, subtype="FLOAT")) == "corrupt"


# wavpack is absent: its demuxer takes damage for the end of the file, which is then said to be truncated
@pytest.mark.parametrize("kind", ["flac", "vorbis", "opus", "m4a", "tta", "wma"])
def test_damage_in_the_middle_is_corrupt(kind: str, tmp_path: Path) -> None:
    path = CUT[kind](tmp_path / "a")
    middle = path.stat().st_size // 2
    patch(path, middle, np.random.default_rng(2).bytes(20_000))
    assert outcome(path) == "corrupt"


def test_damage_everywhere_is_not_taken_for_truncation(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", sweep(LENGTH_S))
    for at in range(1000, path.stat().st_size, 5000):
        patch(path, at, b"\x55")
    assert outcome(path) == "corrupt"


def test_one_flipped_bit_in_flac_is_corrupt(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", sweep(LENGTH_S))
    middle = path.stat().st_size // 2
    patch(path, middle, bytes([path.read_bytes()[middle] ^ 4]))
    assert outcome(path) == "corrupt"


def mp3() -> bytes:
    out = io.BytesIO()
    soundfile.write(out, sweep(LENGTH_S), RATE, format="MP3")
    return out.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: b"ID3\x03\x00\x00\x00\x00\x07\x76" + bytes(1014) + b"junk" * 500 + b,
        lambda b: b"junk" * 500 + b,
        lambda b: b + b"APETAGEX" + b"rubbish" * 9000,
        lambda b: b + b"TAG" + bytes(125),
        lambda b: b[: len(b) // 2] + bytes(700) + b[len(b) // 2 + 700 :],
        lambda b: b[: len(b) // 2] + b[len(b) // 2 + 300 :],
        lambda b: b.replace(b"Xing", b"xxxx").replace(b"Info", b"xxxx"),
        lambda b: b[:-100],
    ],
    ids=[
        "junk after tag",
        "junk first",
        "rubbish last",
        "id3v1",
        "hole",
        "lost bytes",
        "no header",
        "last frame",
    ],
)
def test_mp3_that_players_play_is_heard(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(damage(mp3()))
    assert outcome(path) == "heard"
    with open_track(path, max_duration_s=MAX_S) as track:
        assert track.facts.duration_s == pytest.approx(LENGTH_S, abs=0.1)


def test_mp3_of_which_little_is_left_is_corrupt(tmp_path: Path) -> None:
    data = bytearray(mp3())
    rng = np.random.default_rng(3)
    for at in range(5000, len(data) - 500, 900):
        data[at : at + 500] = rng.bytes(500)
    path = tmp_path / "a.mp3"
    path.write_bytes(data)
    assert outcome(path) == "corrupt"


def test_a_claim_beyond_the_limit_is_too_large(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", sweep(LENGTH_S))
    assert outcome(path, max_duration_s=6) == "too_large"
    patch(path, 21, bytes([path.read_bytes()[21] | 0x0F, 0xFF, 0xFF, 0xFF, 0xFF]))
    assert outcome(path) == "too_large"


@pytest.mark.parametrize("form", ["W64", "RF64", "CAF"])
def test_absurd_claims_are_refused_without_allocating(form: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a", sweep(LENGTH_S), format=form, subtype="PCM_16")
    data = path.read_bytes()
    if form == "RF64":
        patch(path, data.index(b"data") + 4, b"\xff" * 4)
        patch(path, data.index(b"ds64") + 16, struct.pack("<QQ", 1 << 60, 1 << 60))
    elif form == "W64":
        patch(path, data.index(b"data\xf3\xac") + 16, struct.pack("<Q", 1 << 60))
    else:
        patch(path, data.index(b"data") + 4, struct.pack(">q", 1 << 60))
    assert outcome(path) == "too_large"


def test_an_absurd_mp3_header_and_ogg_length_are_too_large(tmp_path: Path) -> None:
    data = mp3()
    at = max(data.find(b"Xing"), data.find(b"Info"))
    path = tmp_path / "a.mp3"
    path.write_bytes(data[: at + 8] + b"\x7f\xff\xff\xff" + data[at + 12 :])
    assert outcome(path) == "too_large"


def test_a_folder_a_fifo_and_a_device_are_no_audio_and_never_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.mp3")
    (tmp_path / "folder.mp3").mkdir()
    assert outcome(tmp_path / "fifo.mp3") == "not_audio"
    assert outcome(tmp_path / "folder.mp3") == "not_audio"
    assert outcome(Path("/dev/zero")) == "not_audio"


def test_a_socket_is_no_audio(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        assert stat.S_ISSOCK((tmp_path / "s").stat().st_mode)
        assert outcome(tmp_path / "s") == "not_audio"


def test_a_missing_file_a_loop_and_an_impossible_name_are_vanished(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for name in ("absent", "loop", "x" * 300, "zero\0byte"):
        assert outcome(tmp_path / name) == "vanished"


def test_a_file_without_permission_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", sweep(2))
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # root may read everything, so be somebody else for a moment
        os.seteuid(65_534)
    try:
        assert outcome(path) == "permission"
    finally:
        os.seteuid(user)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file whose storage fails")
def test_a_storage_that_fails_is_unreadable(tmp_path: Path) -> None:
    with RegularFile(write(tmp_path / "a.wav", sweep(2))) as file:
        # address 0 of a process's memory cannot be read: the kernel answers EIO
        memory = os.open("/proc/self/mem", os.O_RDONLY)
        os.dup2(memory, file.fd)
        os.close(memory)
        with pytest.raises(errors.UnreadableError):
            file.check_readable()
        with pytest.raises(errors.UnreadableError):
            formats.open_reader(file)


def test_a_file_that_changes_while_it_is_read_is_changed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", sweep(9))
    with open_track(path, max_duration_s=MAX_S) as track:
        excerpts = track.excerpts(22_050, 3.0, whole=True)
        next(excerpts)
        os.truncate(path, 50_000)
        with pytest.raises(errors.ChangedError):
            list(excerpts)


def test_a_file_that_is_deleted_while_it_is_read_is_heard_to_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", sweep(9))
    with open_track(path, max_duration_s=MAX_S) as track:
        path.unlink()
        assert len(list(track.excerpts(22_050, 3.0))) == 3


@pytest.mark.parametrize(
    "name", [b"\xff\xfe\x80.mp3", b"new\nline.mp3", b"a" * 251 + b".mp3", "ö☃.mp3".encode(), b"-rf *.mp3"]
)
def test_any_name_that_the_file_system_takes(name: bytes, tmp_path: Path) -> None:
    for form in ("FLAC", "MP3"):
        source = write(tmp_path / "a", sweep(2), format=form)
        path = os.fsencode(tmp_path) + b"/" + name
        source.rename(os.fsdecode(path))
        assert outcome(path) == "heard"
        Path(os.fsdecode(path)).unlink()


def test_a_sparse_file_is_judged_quickly(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.touch()
    os.truncate(path, 1 << 40)
    assert outcome(path) == "not_audio"


def test_decoders_write_nothing_to_standard_error(tmp_path: Path) -> None:
    data = bytearray(mp3())
    for at in range(9000, len(data), 7000):
        data[at : at + 300] = bytes(300)
    (tmp_path / "a.mp3").write_bytes(data)
    cut(CUT["m4a"](tmp_path / "b.m4a"), 0.5)
    patch(CUT["vorbis"](tmp_path / "c.ogg"), 30_000, bytes(5000))
    patch(CUT["flac"](tmp_path / "d.flac"), 100_000, bytes(5000))
    (tmp_path / "e.mp3").write_bytes(np.random.default_rng(1).bytes(100_000))
    code = (
        "import sys\nfrom tests.unit.audio.test_failures import outcome\n"
        "print(*[outcome(p, whole=True) for p in sys.argv[1:]])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *sorted(str(p) for p in tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert len(done.stdout.split()) == 5
