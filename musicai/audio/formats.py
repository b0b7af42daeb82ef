"""Which decoder a file is given to: its content decides, never its name."""

from musicai.audio import mpeg
from musicai.audio.reader import Reader
from musicai.audio.regular_file import RegularFile
from musicai.audio.sndfile_reader import SndfileReader
from musicai.errors import NotAudioError, UnsupportedCodecError

_SNDFILE_MAGIC = (b"RIFF", b"RIFX", b"RF64", b"FORM", b"caff", b"riff", b".snd", b"dns.")
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_ENCRYPTION = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
_ASF_HEADER = 1 << 16


def open_reader(file: RegularFile) -> Reader:
    """Return a decoder over the file.

    Raises
    ------
    NotAudioError, UnsupportedCodecError, CorruptError: no decoder here takes it, and why.
    """
    head = file.read_at(0, 4)
    if head == _ASF[:4] and _ASF_ENCRYPTION in file.read_at(0, _ASF_HEADER):
        raise UnsupportedCodecError("the sound is encrypted")
    readers = [_av_reader, SndfileReader]
    if head in _SNDFILE_MAGIC or _is_plain_flac(file):
        readers.reverse()
    try:
        return readers[0](file)
    except NotAudioError:
        return readers[1](file)


def _av_reader(file: RegularFile) -> Reader:
    # imported late: ffmpeg takes a fifth of a second to load, and a library of FLAC never needs it
    from musicai.audio.av_reader import AvReader  # noqa: PLC0415

    return AvReader(file)


def _is_plain_flac(file: RegularFile) -> bool:
    """Tell FLAC that states its length; without one (a live stream) libsndfile cannot seek."""
    head = file.read_at(mpeg.after_id3(file), 26)
    stated = int.from_bytes(head[21:26]) & ((1 << 36) - 1)
    return head[:4] == b"fLaC" and stated > 0
