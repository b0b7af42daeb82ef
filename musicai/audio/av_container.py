"""What ffmpeg finds in a file: the container, its audio stream and their names."""

from typing import Any, Never

import av

from musicai.audio.audio_file import AudioFile, FileView
from musicai.audio.reader import MOST_CHANNELS, MOST_RATE
from musicai.errors import CorruptError, NotAudioError, TrackError, UnsupportedCodecError

# Playlists, manifests and image sequences are left out: their content would make ffmpeg open other
# files and addresses. So are demuxers that take any text or any bytes for sound.
_DEMUXERS = """
    aa aac aax ac3 ac4 aea aiff amr ape aptx asf asf_o au avi boa caf codec2 dsf dts dtshd eac3 flac
    flv g729 iff ircam laf loas matroska matroska,webm mlp mov mov,mp4,m4a,3gp,3g2,mj2 mp3 mpc mpc8
    mpeg mpegts mxf nistsphere nut ogg oma osq paf pvf qcp qoa rm shn sol sox spdif swf tak truehd
    tta voc vqf w64 wav wsd wtv wv xa xwma
"""
_OPTIONS = {
    "format_whitelist": ",".join(_DEMUXERS.split()),
    "protocol_whitelist": "none",
    # ffmpeg decodes a cover to learn its size: a megabyte of PNG that unpacks to gigabytes is refused
    "max_pixels": str(1 << 25),
    "max_samples": str(1 << 25),
}

RESILIENT_CODECS = frozenset({"mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float"})
"""Their decoders find the way back after damage, and such files are common and play well."""

_AUDIO_MAGIC = (
    b"OggS",
    b"fLaC",
    b"wvpk",
    b"TTA1",
    b"MAC ",
    b"MPCK",
    b"MP+",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
)

_SHORT_NAMES = {"mov": "mp4"}
_ENCRYPTED = frozenset({"drms", "enca"})


def opened(file: AudioFile, forced: str | None = None) -> Any:
    """Return ffmpeg's container; NotAudioError when the content is none that it knows, or not `forced`."""
    try:
        return av.open(
            FileView(file),
            format=forced,
            options=_OPTIONS,
            metadata_errors="replace",
            io_open=_no_other_file,
        )
    except av.error.FFmpegError as err:
        raise refusal(file, err) from err


def refusal(file: AudioFile, err: av.error.FFmpegError) -> TrackError:
    """Return what to say of content that cannot be opened: damaged if it begins as audio does."""
    if file.read_at(0, 16).startswith(_AUDIO_MAGIC):
        return CorruptError(f"the beginning of the file is damaged: {err.strerror}")
    return NotAudioError(f"no audio format is recognised: {err.strerror}")


def _no_other_file(url: str, flags: int, options: dict[str, str]) -> Never:
    raise UnsupportedCodecError("the file refers to other files, which are never opened")


def audio_stream(container: Any) -> Any:
    """Return the first stream of sound that can be decoded."""
    sounds = [s for s in container.streams if s.type == "audio"]
    if not sounds:
        raise NotAudioError(f"{short_name(container)} content without sound")
    stream = sounds[0]
    context = stream.codec_context
    if context is None or context.type != "audio" or not context.codec.is_decoder:
        raise UnsupportedCodecError(f"no decoder for the sound in this {short_name(container)} file")
    if _tag(context) in _ENCRYPTED:
        raise UnsupportedCodecError("the sound is encrypted")
    if not 0 < context.sample_rate <= MOST_RATE or not 0 < context.channels <= MOST_CHANNELS:
        raise CorruptError(f"{context.channels} channels at {context.sample_rate} Hz cannot be true")
    context.thread_count = 1  # workers are as many as cores already
    return stream


def demuxer(container: Any) -> str:
    """Return the first of ffmpeg's names for the container."""
    return str(container.format.name).split(",")[0]


def _tag(context: Any) -> str:
    try:
        return str(context.codec_tag)
    except UnicodeDecodeError:  # PyAV takes tags for text; in damaged files they are any bytes
        return ""


def short_name(container: Any) -> str:
    """Return the container's name as people say it."""
    name = demuxer(container)
    return _SHORT_NAMES.get(name, name)


def codec_name(stream: Any) -> str:
    """Return the codec's name, the same for ffmpeg's several decoders of one codec."""
    return str(stream.codec_context.name).removesuffix("float").removesuffix("_at")
