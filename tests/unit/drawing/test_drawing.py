import numpy as np
import pytest

from musicai.audio.colours import oklab
from musicai.drawing.canvas import TEXT, Canvas
from musicai.drawing.genre_colours import colours
from musicai.drawing.lettering import lettering

GTZAN = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")


def test_genres_keep_their_colours_and_differ_from_one_another() -> None:
    all_ten = colours(GTZAN)
    assert colours(["rock"])["rock"] == all_ten["rock"]
    labs = np.array([oklab(f"#{r:02x}{g:02x}{b:02x}") for r, g, b in all_ten.values()])
    distances = np.linalg.norm(labs[:, None] - labs[None], axis=-1) + np.eye(len(labs))
    assert distances.min() > 0.08


@pytest.mark.parametrize("text", ["plain", "Überfluß", "Ночь", "夜の歌", "\x00\x1b[31m", "\udcff", ""])
def test_any_title_can_be_written(text: str) -> None:
    written, font = lettering(text, 20)
    assert font.getlength(written) >= 0
    assert "\x1b" not in written


def test_upward_letters_end_where_they_are_told_and_stay_within_their_length():
    canvas = Canvas(60, 200)
    canvas.upward((30, 150), "a name that is far too long", 14, most=80)
    written = np.argwhere((np.asarray(canvas.finished()).astype(int) > np.array(TEXT) // 2).all(axis=-1))
    (top, left), (bottom, right) = written.min(axis=0), written.max(axis=0)
    assert 65 <= top < bottom <= 150
    assert 20 <= left < right <= 40
