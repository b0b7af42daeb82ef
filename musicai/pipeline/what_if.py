"""Ask a model for tracks and write nothing: ``python -m musicai.pipeline.what_if FOLDER < TRACKS.json``.

TRACKS.json is an array of what the catalogue knows of each track:

    {"id": 7, "path": "L211c2ljL3NvbmcubXAz", "audio_hash": "1:...", "whole": false}

``path`` is in base64. Spectrograms that the cache has are used, else the file is decoded. Printed is an
array in the same order: ``{"id", "genre", "guess", "confidence", "cached"}``, or ``{"id", "error"}``.
"""

import base64
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musicai.audio.track import open_track
from musicai.cache.spectrograms import SpectrogramCache, file_state, state_of
from musicai.config import Settings
from musicai.errors import TrackError
from musicai.models.inference import Classifier, load_classifier, track_scores
from musicai.models.threads import use_threads
from musicai.pipeline.child import answer
from musicai.pipeline.stretches import heard_stretches
from musicai.states import UNKNOWN


@dataclass(frozen=True)
class Asker:
    """A model, and where it gets its spectrograms from."""

    classifier: Classifier
    cache: SpectrogramCache | None
    max_duration_s: float

    def ask(self, track: Mapping[str, Any]) -> dict[str, Any]:
        """Return the model's answer for a track, or why there is none."""
        try:
            kept = self._kept(track)
            spectrograms = self._decoded(track) if kept is None else kept
        except TrackError as err:
            return {"id": track["id"], "error": str(err)}
        scores = track_scores([self.classifier.scores(one) for one in spectrograms])
        side_car, best = self.classifier.side_car, int(scores.argmax())
        guess, confidence = side_car.genres[best], float(scores[best])
        genre = guess if confidence >= side_car.threshold else UNKNOWN
        found = {"genre": genre, "guess": guess, "confidence": round(confidence, 6)}
        return {"id": track["id"], **found, "cached": kept is not None}

    def _kept(self, track: Mapping[str, Any]) -> list[Any] | None:
        if self.cache is None:
            return None
        front_end = self.classifier.side_car.front_end
        file = file_state(base64.b64decode(track["path"]))
        kept = self.cache.read(track["audio_hash"], front_end, whole=track["whole"], file=file)
        return None if kept is None else [excerpt.spectrogram for excerpt in kept]

    def _decoded(self, track: Mapping[str, Any]) -> list[Any]:
        front_end = self.classifier.side_car.front_end
        path, whole = base64.b64decode(track["path"]), track["whole"]
        with open_track(path, max_duration_s=self.max_duration_s) as opened:
            file = state_of(opened.size, opened.mtime_ns)
            heard = heard_stretches(self.cache, opened, front_end, whole=whole, file=file)
            return [stretch.spectrogram for stretch in heard]


def ask_all(arguments: list[str], tracks: Any) -> list[dict[str, Any]]:
    """Return the answers of a model for tracks."""
    (folder,) = arguments
    use_threads(1)
    settings = Settings.from_env()
    asker = Asker(
        load_classifier(Path(folder)), SpectrogramCache.from_settings(settings), settings.max_duration_s
    )
    return [asker.ask(track) for track in tracks]


if __name__ == "__main__":
    sys.exit(answer(ask_all))
