import io

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from musicai.drawing.ramp import AMBER, TEAL, shade
from musicai.training.evaluation.confusion_picture import draw_confusion
from musicai.training.evaluation.evaluate import evaluate
from musicai.training.evaluation.reliability_picture import draw_reliability, wilson
from musicai.training.evaluation.tables import confusion_table, genre_table, level_table
from musicai.training.metrics import softmax


def evaluation(genres: int, rows: int = 270):
    random = np.random.default_rng(genres)
    labels = np.arange(rows) % genres
    logits = random.standard_normal((rows, genres)) + 3 * np.eye(genres)[labels]
    # nobody confuses the first genre
    logits[labels == 0] = 20 * np.eye(genres)[0]
    names = [f"Genre {k}: a long name" if k % 7 == 3 else f"夜{k}" for k in range(genres)]
    return evaluate(softmax(logits), labels, range(rows), names, resamples=50)


def written(picture: Image.Image) -> np.ndarray:
    file = io.BytesIO()
    picture.save(file, "PNG")
    with Image.open(file) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(int)


def holds(pixels: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((np.abs(pixels - colour).max(axis=-1) <= 2).sum())


@pytest.mark.parametrize(("genres", "most"), [(2, 800), (10, 1200), (40, 1600), (90, 2100)])
def test_a_confusion_matrix_shows_shares_of_rows_at_any_number_of_genres(genres, most):
    pixels = written(draw_confusion(evaluation(genres), "a model"))
    assert pixels.shape[0] <= most
    assert pixels.shape[1] <= most
    # the first genre's row is all right, and its cell has the full colour
    assert holds(pixels, shade(1.0, TEAL)) > 300
    legend = holds(pixels[-60:], shade(0.9, AMBER))
    assert legend > 0


def test_a_reliability_diagram_has_its_size_and_marks_the_threshold():
    found = evaluation(5)
    without, marked = (written(draw_reliability(found, "a model", t)) for t in (None, 0.5))
    assert without.shape == marked.shape == (1060, 900, 3)
    changed = np.abs(without - marked).max(axis=-1) > 100
    line = np.median(np.nonzero(changed[500:700])[1])
    assert line == pytest.approx(118 + (852 - 118) * 0.5, abs=2)


@pytest.mark.parametrize(("right", "count"), [(0, 3), (1, 2), (7, 9), (31, 31), (20, 60)])
def test_intervals_of_bins_are_wilson_s(right, count):
    found = stats.binomtest(right, count).proportion_ci(0.95, method="wilson")
    assert wilson(right / count, count) == pytest.approx((found.low, found.high), abs=1e-4)


def test_tables_hold_every_count_and_genre():
    found = evaluation(4, rows=40)
    lines = confusion_table(found.tracks).splitlines()
    assert lines[2] == "| 夜0 | **10** |  |  |  |"
    assert len(lines) == 6
    assert "| 夜0 | 1.00 (1.0–1.0) |" in genre_table(found.tracks)
    assert level_table(found.excerpts, found.tracks).splitlines()[0] == "|  | 40 tracks |"
