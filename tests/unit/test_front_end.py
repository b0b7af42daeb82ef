"""Settings of the front end: what people may write into files, and what is refused."""

from typing import Any

import pytest

from musicai.errors import ModelError
from musicai.front_end import FrontEnd


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"n_mels": 80.5}, "n_mels must be a whole number of at least 1, not 80.5"),
        ({"n_mels": True}, "n_mels must be a whole number of at least 1, not True"),
        ({"hop_length": 0}, "hop_length must be a whole number of at least 1, not 0"),
        ({"sample_rate": "22050"}, "sample_rate must be a whole number of at least 1, not '22050'"),
        ({"f_min": None}, "f_min must be a number, not None"),
        ({"f_max": float("nan")}, "f_max must be a number, not nan"),
        ({"excerpt_s": float("inf")}, "excerpt_s must be a number above 0, not inf"),
        ({"excerpt_s": 0}, "excerpt_s must be a number above 0, not 0"),
        ({"center": "no"}, "center must be true or false, not 'no'"),
        ({"kind": "mel"}, "kind must be 'mel_db' or .* not 'mel'"),
        ({"picture_size": 4}, "picture_size must be 8 to 1024 pixels, not 4"),
        ({"f_max": 20_000.0}, r"f_max <= sample_rate/2, not 20.0\.\.20000.0 Hz"),
        ({"bands": 3}, "unknown settings bands"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_wanted(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelError, match=f"^front end .*{reason}"):
        FrontEnd.from_json(settings)


def test_whole_numbers_do_for_numbers() -> None:
    assert FrontEnd.from_json({"excerpt_s": 6, "f_min": 0}).excerpt_s == 6
