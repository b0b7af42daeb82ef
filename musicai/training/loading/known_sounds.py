"""Which sound a file of some content holds, where that was found before: hashing bytes, not decoding."""

import hashlib
import re

from musicai.audio.sound_hash import VERSION
from musicai.cache.folder import CacheFolder

_SOUND = re.compile(re.escape(VERSION) + r":[0-9a-f]{32}")


def known_sound(folder: CacheFolder, content: str) -> str | None:
    """Return the audio hash of a file by the hash of its bytes; None when nobody has heard it."""
    found = folder.read(_key(content))
    if found is None:
        return None
    audio_hash = found.decode("ascii", errors="replace")
    return audio_hash if _SOUND.fullmatch(audio_hash) else None


def remember_sound(folder: CacheFolder, content: str, audio_hash: str) -> None:
    """Keep which sound a file holds."""
    folder.write(_key(content), audio_hash.encode())


def _key(content: str) -> str:
    return hashlib.sha256(f"sound {VERSION} of {content}".encode()).hexdigest()
