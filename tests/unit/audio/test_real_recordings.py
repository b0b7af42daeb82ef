"""Recordings as people have them: heard, and as another decoder hears them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from musicai.audio.track import open_track


def test_every_shared_recording_is_heard(shared_data: Path) -> None:
    files = [
        *sorted((shared_data / "library").iterdir()),
        *sorted(shared_data.glob("gtzan/audio/*/*0[01].flac")),
    ]
    assert len(files) > 20
    for path in files:
        with open_track(path, max_duration_s=3600) as track:
            excerpts = list(track.excerpts(track.facts.sample_rate, 30.0))
            seconds = soundfile.info(path).duration
            # libsndfile guesses the length of an MP3 without header from its size
            near = 0.1 if path.suffix == ".mp3" else 1e-3
            assert track.facts.duration_s == pytest.approx(seconds, abs=near), path.name
            assert len(excerpts) == min(3, max(1, int(seconds // 30))), path.name


@pytest.mark.parametrize("name", ["Jonathan Coulton - Flickr.mp3", "Kevin_MacLeod_-_Vibe_Ace.hq.ogg"])
def test_lossy_excerpts_are_those_of_another_decoder(name: str, shared_data: Path) -> None:
    path = shared_data / "library" / name
    with open_track(path, max_duration_s=3600) as track, soundfile.SoundFile(path) as other:
        rate = track.facts.sample_rate
        for excerpt in track.excerpts(rate, 5.0):
            other.seek(round(excerpt.start_s * rate))
            wanted = other.read(5 * rate, dtype="float32", always_2d=True).mean(axis=1)
            np.testing.assert_allclose(excerpt.y, wanted, atol=2e-4)
