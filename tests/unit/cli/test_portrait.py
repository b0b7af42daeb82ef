"""What `musicai show` says in words."""

import pytest

from musicai.cli.portrait import doubt


@pytest.mark.parametrize(
    ("confidence", "threshold", "words"),
    [
        (0.31, 0.64, "0.31, below the threshold of 0.64"),
        (0.6378, 0.6388, "0.638, below the threshold of 0.639"),
        (0.31, None, "0.31"),
    ],
)
def test_a_doubtful_answer_never_equals_its_threshold(
    confidence: float, threshold: float | None, words: str
) -> None:
    assert doubt(confidence, threshold) == words
