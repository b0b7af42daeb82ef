"""What is kept of an answer: how narrowly it was won, and how much its excerpts differ."""

import pytest

from musicai.catalogue.predictions import NewPrediction


def answer(scores: dict[str, float], *excerpts: dict[str, float]) -> NewPrediction:
    return NewPrediction(1, 1, "1:a", False, scores, 0.4, [{"scores": heard} for heard in excerpts])


@pytest.mark.parametrize(
    ("scores", "margin"),
    [
        ({"jazz": 0.6, "rock": 0.3, "pop": 0.1}, 0.3),
        ({"jazz": 0.5, "rock": 0.5}, 0.0),
        ({"jazz": 1.0}, 1.0),
    ],
)
def test_the_margin_is_what_the_best_is_ahead_by(scores: dict[str, float], margin: float) -> None:
    assert answer(scores).margin == pytest.approx(margin)


def test_discord_is_the_mean_distance_from_the_track() -> None:
    jazz, rock = {"jazz": 1.0, "rock": 0.0}, {"jazz": 0.0, "rock": 1.0}
    half = {"jazz": 0.5, "rock": 0.5}
    assert answer(half, half, half).discord == 0
    assert answer(half, jazz, rock).discord == pytest.approx(0.5)
    assert answer({"jazz": 0.75, "rock": 0.25}, jazz, half).discord == pytest.approx(0.25)
    assert answer(jazz).discord == 0
