import shutil
from pathlib import Path

import numpy as np
import pytest

from musicai.errors import ConfigError
from musicai.front_end import GTZAN_FRONT_END
from musicai.training.negatives import collection, recordings, speech


@pytest.fixture
def _reader():
    if shutil.which("espeak-ng") is None:
        pytest.skip("needs espeak-ng")


@pytest.fixture
def _announcements():
    if not Path("/usr/share/asterisk/sounds/it_IT_m_Carlo").is_dir():
        pytest.skip("needs asterisk-core-sounds-fr-g722, -it-g722 and -ru-g722")


@pytest.mark.usefixtures("_reader", "_announcements")
def test_a_collection_holds_every_kind_as_the_front_end_shows_it():
    count = sum(share for _, share in collection.SHARES.values())
    clips, kinds = collection.make(count, 3, GTZAN_FRONT_END)
    assert clips.shape == (count, 80, 344)
    assert set(kinds) == set(collection.SHARES)
    np.testing.assert_allclose(clips.mean(axis=(1, 2)), 0, atol=1e-3)


@pytest.mark.usefixtures("_reader")
def test_the_same_seed_makes_the_same_voices():
    one, again = (speech.voices(np.random.default_rng(2), 22_050, 22_050) for _ in range(2))
    assert np.abs(one).max() > 0.05
    np.testing.assert_array_equal(one, again)


@pytest.mark.usefixtures("_announcements")
@pytest.mark.parametrize("seed", range(4))
def test_announcements_follow_one_another_for_as_long_as_is_asked_for(seed):
    one, again = (recordings.recorded_voices(np.random.default_rng(seed), 66_150, 22_050) for _ in range(2))
    assert one.shape == (66_150,)
    assert 0.02 < np.abs(one).max() < 1.5
    np.testing.assert_array_equal(one, again)


def test_without_announcements_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(recordings, "_SOUNDS", tmp_path)
    recordings._announcements.cache_clear()
    with pytest.raises(ConfigError, match="apt-get install asterisk-core-sounds"):
        recordings.recorded_voices(np.random.default_rng(0), 22_050, 22_050)


def test_without_espeak_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ConfigError, match="apt-get install espeak-ng"):
        speech.voices(np.random.default_rng(0), 22_050, 22_050)
