"""Which decoder a file is given to: its content decides, never its name."""

from musicai.audio import mpeg
from musicai.audio.audio_file import AudioFile
from musicai.audio.reader import Reader
from musicai.audio.sndfile_reader import SndfileReader
from musicai.errors import NotAudioError, UnsupportedCodecError

# libsndfile would also guess, and hand anything like MP3 to a decoder that writes to standard error
_SNDFILE_MAGIC = (
    *(b"RIFF", b"RIFX", b"RF64", b"FORM", b"caff", b"riff", b".snd", b"dns."),
    *(b"Crea", b"2BIT", b"NIST", b" paf", b"fap ", b"PVF1", b"\0\0\x3a\x64", b"\x64\xa3"),
)
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_ENCRYPTION = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
_ASF_HEADER = 1 << 16


def open_reader(file: AudioFile) -> Reader:
    """Return a decoder over the file.

    Raises
    ------
    NotAudioError, UnsupportedCodecError, CorruptError: no decoder here takes it, and why.
    """
    head = file.read_at(0, 16)
    if head == _ASF and _ASF_ENCRYPTION in file.read_at(0, _ASF_HEADER):
        raise UnsupportedCodecError("the sound is encrypted")
    if head.startswith(_SNDFILE_MAGIC) or _is_plain_flac(file):
        try:
            return SndfileReader(file)
        except NotAudioError:
            return _av_reader(file)
    try:
        return _av_reader(file)
    except NotAudioError:
        if not mpeg.has_frames(file):
            raise
        return _av_reader(file, forced="mp3")


def _av_reader(file: AudioFile, forced: str | None = None) -> Reader:
    # imported late: ffmpeg takes a fifth of a second to load, and a library of FLAC never needs it
    from musicai.audio.av_reader import AvReader  # noqa: PLC0415

    return AvReader(file, forced)


def _is_plain_flac(file: AudioFile) -> bool:
    """Tell FLAC that states its length; without one (a live stream) libsndfile cannot seek."""
    head = file.read_at(mpeg.after_id3(file), 26)
    stated = int.from_bytes(head[21:26]) & ((1 << 36) - 1)
    return head[:4] == b"fLaC" and stated > 0
