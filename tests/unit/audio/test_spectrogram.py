from dataclasses import replace
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile as sf
from PIL import Image

from musicai.audio.bands import band_matrix, image_bins, measured_bins
from musicai.audio.spectrogram import compute, from_pixels
from musicai.errors import CorruptError, ModelError
from musicai.front_end import GTZAN_FRONT_END, MUSICNN_FRONT_END, REPORT_FRONT_END


@pytest.fixture
def music():
    """Ten seconds of decaying tones over a little noise."""
    random = np.random.default_rng(7)
    t = np.arange(10 * 22_050) / 22_050
    tones = sum(
        np.sin(2 * np.pi * f * t) * np.exp(-((t * r) % 1) * 3) for f, r in ((110, 2), (440, 3), (3000, 8))
    )
    return (0.2 * tones + 0.01 * random.standard_normal(len(t))).astype(np.float32)


def test_audio_and_image_of_every_shared_clip_give_the_same_spectrogram(shared_data: Path):
    clips = sorted((shared_data / "gtzan" / "audio").glob("*/*.flac"))
    assert len(clips) == 94
    for clip in clips:
        y, sr = sf.read(clip, dtype="float32")
        from_audio = compute(y[: 30 * sr], GTZAN_FRONT_END)
        image = shared_data / "gtzan" / "spectrograms" / clip.parent.name / f"{clip.stem}.png"
        from_image = from_pixels(np.asarray(Image.open(image)), GTZAN_FRONT_END)
        assert from_audio.shape == from_image.shape == (80, 344)
        assert np.corrcoef(from_audio.ravel(), from_image.ravel())[0, 1] > 0.9999, clip.name


def test_image_rows_follow_the_formula(shared_data: Path):
    table = np.loadtxt(shared_data / "gtzan" / "fft_bins.txt", dtype=np.int64)
    np.testing.assert_array_equal(image_bins(), table)


def test_one_image_row_holds_another_bin_than_the_table_says(shared_data: Path):
    y, _ = sf.read(shared_data / "gtzan" / "audio" / "metal" / "metal.00000.flac", dtype="float32")
    image = Image.open(shared_data / "gtzan" / "spectrograms" / "metal" / "metal.00000.png")
    pixels = np.asarray(image)[::-1].astype(np.float64)
    frames = np.lib.stride_tricks.sliding_window_view(y[: 30 * 22_050], 2048)[::1920]
    level = np.log(np.abs(np.fft.rfft(frames * np.hanning(2048), axis=1)).T)
    row = int(np.flatnonzero(image_bins() != measured_bins())[0])
    agreement = [
        np.corrcoef(level[b], pixels[row])[0, 1] for b in (image_bins()[row], measured_bins()[row])
    ]
    assert agreement[0] < 0.9 < 0.99 < agreement[1]


def test_bands_weigh_to_one_and_leave_out_what_lies_beyond_the_edges():
    matrix = band_matrix(GTZAN_FRONT_END)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, rtol=1e-5)
    hz = measured_bins() * 22_050 / 2048
    assert not matrix[:, (hz < 20) | (hz >= 10_500)].any()


@pytest.mark.parametrize("gain", [0.5, 0.25])
def test_gain_changes_nothing(music, gain):
    loud, quiet = compute(music, GTZAN_FRONT_END), compute(music * np.float32(gain), GTZAN_FRONT_END)
    np.testing.assert_allclose(quiet, loud, atol=2e-4)


def test_spectrogram_is_z_scored_float32(music):
    bands = compute(music, GTZAN_FRONT_END)
    assert bands.dtype == np.float32
    assert bands.shape == (80, (len(music) - 2048) // 1920 + 1)
    assert abs(bands.mean()) < 1e-4
    assert bands.std() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("front_end", [GTZAN_FRONT_END, REPORT_FRONT_END])
@pytest.mark.parametrize("samples", [1, 2047, 2048, 30_000])
def test_silence_and_shortness_give_finite_frames(front_end, samples):
    bands = compute(np.zeros(samples, np.float32), front_end)
    assert bands.shape[0] == front_end.n_mels
    assert bands.shape[1] >= 1
    assert not bands.any()


@pytest.mark.parametrize("front_end", [GTZAN_FRONT_END, REPORT_FRONT_END])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_sample_that_is_no_number_is_refused(music, front_end, value):
    music[5000] = value
    with pytest.raises(CorruptError, match="finite"):
        compute(music, front_end)


def test_mel_db_is_librosas(music):
    expected = librosa.power_to_db(librosa.feature.melspectrogram(y=music, sr=22_050), ref=np.max)
    np.testing.assert_allclose(compute(music, REPORT_FRONT_END), expected, atol=1e-3)


def test_silent_frames_of_an_image_stand_no_deeper_than_its_lowest_sound():
    random = np.random.default_rng(3)
    pixels = random.integers(100, 200, (544, 50)).astype(np.uint8)
    silent = pixels.copy()
    silent[:, :5] = 0
    bands = from_pixels(silent, GTZAN_FRONT_END)
    assert bands[:, :5].min() == pytest.approx(bands[:, :5].max(), abs=1e-4)
    assert bands[:, :5].mean() > -8


def test_images_cannot_give_a_mel_spectrogram():
    with pytest.raises(ModelError, match="mel_db"):
        from_pixels(np.zeros((544, 344), np.uint8), REPORT_FRONT_END)


@pytest.mark.parametrize(
    ("setting", "value", "reason"), [("n_fft", 1024, "n_fft 2048"), ("n_mels", 600, "too many")]
)
def test_settings_that_do_not_fit_are_refused(setting, value, reason):
    with pytest.raises(ModelError, match=reason):
        compute(np.zeros(4096, np.float32), replace(GTZAN_FRONT_END, **{setting: value}))


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_the_front_end_of_musicnn_is_librosas_mel_spectrogram_on_a_scale_of_its_own(music, scale):
    y = librosa.resample(music, orig_sr=22_050, target_sr=16_000)
    mel = librosa.feature.melspectrogram(
        y=y,
        sr=16_000,
        n_fft=512,
        hop_length=256,
        n_mels=96,
        fmin=0.0,
        fmax=8_000.0,
        htk=scale == "htk",
        window=np.hanning(512),
        center=True,
        pad_mode="constant",
    )
    found = compute(y, replace(MUSICNN_FRONT_END, mel_scale=scale))
    assert found.shape == mel.shape == (96, 626)
    np.testing.assert_allclose(found, np.log10(1 + 10_000 * mel), atol=2e-3)
    assert not compute(np.zeros(16_000, np.float32), MUSICNN_FRONT_END).any()
