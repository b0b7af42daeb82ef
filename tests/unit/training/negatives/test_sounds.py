import numpy as np
import pytest

from musicai.training.negatives import mixtures, noises, rooms, tones

RATE, SAMPLES = 22_050, 44_100
MAKERS = [
    noises.any_colour,
    noises.band,
    noises.gusts,
    noises.layers,
    noises.wrapped,
    mixtures.mixture,
    tones.steady,
    tones.hum,
    tones.sweep,
    tones.beeps,
    tones.chirps,
    tones.clicks,
    tones.silence,
]


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
@pytest.mark.parametrize("seed", range(6))
def test_a_seed_always_makes_the_same_sound_of_the_length_asked_for(maker, seed):
    one, again = (maker(np.random.default_rng(seed), SAMPLES, RATE) for _ in range(2))
    assert one.shape == (SAMPLES,)
    assert np.isfinite(one).all()
    np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize("slope", [-0.7, 0.0, 1.0, 2.0])
def test_coloured_noise_falls_by_its_slope(slope):
    y = noises.coloured(np.random.default_rng(0), 20 * RATE, slope, RATE)
    power = np.abs(np.fft.rfft(y)) ** 2
    low, high = (power[20 * f : 40 * f].mean() for f in (200, 3200))  # octaves, four apart
    assert np.log2(low / high) / 4 == pytest.approx(slope, abs=0.1)


@pytest.mark.parametrize("seed", range(8))
def test_a_recording_is_as_long_as_the_sound_and_never_too_loud(seed):
    random = np.random.default_rng(seed)
    y = rooms.recorded(random, 100 * random.standard_normal(SAMPLES), RATE)
    assert y.shape == (SAMPLES,)
    assert 0.01 < np.abs(y).max() <= 1.0
