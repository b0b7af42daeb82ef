"""Which stretches are heard: as many as promised, within the track, and nothing forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicai.audio.windows import consecutive, spread

RATE = 100


@pytest.mark.parametrize(
    ("duration_s", "starts_s"),
    [
        (2, [0]),
        (30, [0]),
        (30.9, [0]),
        (40, [5]),
        (59.9, [14.95]),
        (60, [0, 30]),
        (100, [1.67, 35, 68.33]),
        (240, [25, 105, 185]),
    ],
)
def test_excerpts_are_spread_evenly(duration_s: float, starts_s: list[float]) -> None:
    plan = spread(round(duration_s * RATE), RATE, 30.0)
    assert [start / RATE for start, _ in plan] == pytest.approx(starts_s, abs=0.02)


@given(frames=st.integers(1, 10**7), excerpt_s=st.floats(0.1, 60))
def test_spread_excerpts_lie_within_the_track_and_do_not_overlap(frames: int, excerpt_s: float) -> None:
    plan = spread(frames, RATE, excerpt_s)
    assert 1 <= len(plan) <= 3
    assert len({length for _, length in plan}) == 1
    ends = [0, *(start + length for start, length in plan)]
    assert all(end <= start for end, (start, _) in zip(ends, plan, strict=False))
    assert ends[-1] <= frames


@given(frames=st.integers(1, 10**5), excerpt_s=st.floats(0.1, 60))
def test_consecutive_excerpts_cover_every_sample(frames: int, excerpt_s: float) -> None:
    heard = 0
    for start, length in consecutive(frames, RATE, excerpt_s):
        assert start <= heard
        assert length == min(frames, int(excerpt_s * RATE))
        heard = start + length
    assert heard == frames
