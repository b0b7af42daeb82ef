"""What to do about a track that cannot be classified, by its error code."""

from musicai.errors import PASSING_CODES

_COPY_AGAIN = "Copy it again from where it came from, then enqueue its folder again."
_NOTHING = "Nothing needs to be done: it has no genre to be heard."

ADVICE = {
    "empty": _COPY_AGAIN,
    "truncated": _COPY_AGAIN,
    "corrupt": _COPY_AGAIN,
    "not_audio": "Rename or exclude it: its content is no sound (musicai enqueue --exclude GLOB).",
    "unsupported_codec": "Convert it to FLAC or MP3, or exclude it.",
    "too_short": _NOTHING,
    "silent": _NOTHING,
    "too_large": "Raise MUSICAI_MAX_DURATION if it is really that long; else its header is wrong.",
    "too_much_memory": "Convert it, or raise MUSICAI_TRACK_MEMORY and then: musicai jobs retry JOB",
    "permission": "Let the worker's user read it, then enqueue its folder again.",
    "vanished": "Enqueue its folder again: the scan will find where it went.",
    "changed": "Enqueue its folder again when nobody writes to it.",
    "outside": "Enqueue its folder again, with --follow-symlinks if links may be followed.",
    "unreadable": "Check the disk or the network mount, then enqueue its folder again.",
    "crashed": "It killed its decoder twice. Convert it, or retry it with: musicai jobs retry JOB",
    "timed_out": "Raise MUSICAI_ITEM_TIMEOUT if it is only slow, then: musicai jobs retry JOB",
    "internal": "The worker log says where it failed; report it, then: musicai jobs retry JOB",
}


def advice(code: str) -> str:
    """Return what to do about an error code; codes of a newer version get the general answer."""
    again = (
        "Enqueue its folder again." if code in PASSING_CODES else "musicai jobs retry JOB tries it again."
    )
    return ADVICE.get(code, again)
