"""One track: file, or what the cache kept of it, to spectrograms to scores."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from musicai.audio.network_input import as_input
from musicai.audio.track import AudioTrack, open_track
from musicai.cache.spectrograms import SpectrogramCache, state_of
from musicai.catalogue.orders import JobOrder, TrackOrder
from musicai.catalogue.predictions import NewPrediction
from musicai.errors import InternalError, MusicAIError, TrackError
from musicai.front_end import FrontEnd
from musicai.library.tags import read_tags_of
from musicai.library_file import LibraryFile
from musicai.logs import bound
from musicai.models.inference import Classifier, track_scores
from musicai.pipeline.answer import Answer, Answered, Refused
from musicai.pipeline.stopwatch import Stopwatch
from musicai.pipeline.stretches import Kept, Stretch, heard_stretches, kept_stretches
from musicai.pipeline.watchdog import Watchdog
from musicai.states import Stage

log = logging.getLogger(__name__)

Scored = tuple[dict[str, Any], Any]
"""The place of an excerpt, and its scores."""
_NO_ERROR = {"error_code": None, "error_reason": None}


@dataclass(frozen=True)
class Listener:
    """Answers for tracks with one model.

    Parameters
    ----------
    watchdog: ends a track that does not get on from one excerpt to the next.
    max_duration_s: longest track that is believed.
    track_memory: most bytes that a decoder may take for one; 0 for any number.
    cache: spectrograms that were made before; None when they are not kept.
    alive: called after every excerpt, to lengthen the lease of a long track.
    stopwatch: is told how long each stage took.
    """

    classifier: Classifier
    job: JobOrder
    watchdog: Watchdog
    max_duration_s: float
    track_memory: int = 0
    cache: SpectrogramCache | None = None
    alive: Callable[[], None] = field(default=lambda: None)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    def answer(self, order: TrackOrder, path: LibraryFile) -> Answer:
        """Return a prediction or a reason why there is none; the file's faults never raise."""
        where = order.path.decode(errors="replace")
        with bound(track=order.track_id, library=order.library, path=where):
            return self._answer(order, path)

    def _answer(self, order: TrackOrder, path: LibraryFile) -> Answer:
        try:
            with self.watchdog.time_limit():
                return self._listen(order, path)
        except TrackError as err:
            log.info("%s: %s", err.code, err)
            return Refused(order, err.code, str(err))
        except MusicAIError:
            raise
        except Exception as err:
            # whatever a damaged file made a decoder do: it is that file's row, not the job's end
            log.exception("track %d of job %d", order.track_id, self.job.job_id)
            return Refused(order, InternalError.code, f"{type(err).__name__}: {err}")

    def _listen(self, order: TrackOrder, path: LibraryFile) -> Answered:
        if (kept := self._kept(order, path)) is not None:
            prediction = self._predict(order, kept.audio_hash, self._score(kept.stretches))
            return Answered(order, _NO_ERROR, prediction)
        with self.stopwatch.stage(Stage.DECODE):
            most_s, most = self.max_duration_s, self.track_memory
            opened = open_track(path, max_duration_s=most_s, most_memory=most)
        with opened as track:
            if self._is_answered(order, track):
                return Answered(order, self._facts(track), None)
            excerpts = self._score(self._heard(track))
            facts = self._facts(track)
            return Answered(order, facts, self._predict(order, track.audio_hash(), excerpts))

    def _kept(self, order: TrackOrder, path: LibraryFile) -> Kept | None:
        with self.stopwatch.stage(Stage.CACHE):
            return kept_stretches(self.cache, order, path, self._front_end, whole=self.job.whole)

    def _heard(self, track: AudioTrack) -> Iterator[Stretch]:
        return heard_stretches(
            self.cache,
            track,
            self._front_end,
            whole=self.job.whole,
            file=state_of(track.size, track.mtime_ns),
            stopwatch=self.stopwatch,
        )

    def _facts(self, track: AudioTrack) -> dict[str, Any]:
        with self.stopwatch.stage(Stage.DECODE):
            return _facts(track)

    @property
    def _front_end(self) -> FrontEnd:
        return self.classifier.side_car.front_end

    def _is_answered(self, order: TrackOrder, track: AudioTrack) -> bool:
        if order.predicted is None or self.job.force:
            return False
        with self.stopwatch.stage(Stage.DECODE):
            return order.predicted == track.audio_hash()

    def _score(self, stretches: Iterable[Stretch]) -> list[Scored]:
        return list(self._scores(stretches))

    def _scores(self, stretches: Iterable[Stretch]) -> Iterator[Scored]:
        for stretch in stretches:
            with self.stopwatch.stage(Stage.FRONT_END):
                excerpt = as_input(stretch.spectrogram, self._front_end)
            with self.stopwatch.stage(Stage.NETWORK):
                scores = self.classifier.scores(excerpt)
            span = {"start_s": round(stretch.start_s, 3), "duration_s": round(stretch.duration_s, 3)}
            yield span, scores
            self.alive()
            self.watchdog.still_alive()

    def _predict(self, order: TrackOrder, audio_hash: str, excerpts: list[Scored]) -> NewPrediction:
        total = track_scores([scores for _, scores in excerpts])
        return NewPrediction(
            track_id=order.track_id,
            model_id=self.job.model_id,
            audio_hash=audio_hash,
            whole=self.job.whole,
            scores=self._named(total),
            threshold=self.classifier.side_car.threshold,
            excerpts=[{**span, "scores": self._named(scores)} for span, scores in excerpts],
        )

    def _named(self, scores: Any) -> dict[str, float]:
        return dict(zip(self.classifier.side_car.genres, map(float, scores), strict=True))


def _facts(track: AudioTrack) -> dict[str, Any]:
    facts, tags = track.facts, read_tags_of(track.content())
    return {
        "audio_hash": track.audio_hash(),
        "container": facts.container,
        "codec": facts.codec,
        "duration_s": facts.duration_s,
        "sample_rate": facts.sample_rate,
        "channels": facts.channels,
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "tag": tags.genre,
        "error_code": None,
        "error_reason": None,
    }
