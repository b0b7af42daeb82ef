import json
from dataclasses import replace

import pytest

from musicai.errors import ModelError
from musicai.front_end import GTZAN_FRONT_END, FrontEnd
from musicai.models.side_car import Normalisation, SideCar, read_side_car, write_side_car

from .conftest import describe


def test_a_side_car_survives_the_round_trip(tmp_path):
    side_car = describe("0" * 64)
    write_side_car(tmp_path, side_car)
    assert read_side_car(tmp_path).to_json() == json.loads(json.dumps(side_car.to_json()))
    assert read_side_car(tmp_path).digest == side_car.digest


def test_the_digest_follows_what_is_said():
    assert describe("0" * 64).digest != describe("1" * 64).digest
    assert describe("0" * 64).digest != describe("0" * 64, terms="none").digest


def test_one_digest_follows_only_what_decides_the_answers():
    said = describe("0" * 64, normalisation=Normalisation(-0.0, 1.0))
    warmer = replace(said.calibration, temperature=1.4)
    stricter = replace(said.calibration, threshold=0.7)
    others = [
        replace(said, genres=said.genres[::-1]),
        replace(said, calibration=warmer),
        replace(said, calibration=stricter),
        replace(said, front_end=replace(said.front_end, f_min=30.0)),
        replace(said, weights_sha256="1" * 64),
        replace(said, normalisation=Normalisation(0.5, 1.0)),
    ]
    assert len({one.answers_digest for one in (said, *others)}) == 7
    assert replace(said, name="other", terms="none", metrics={}).answers_digest == said.answers_digest
    # as a database may give it back
    kept = json.loads(json.dumps(said.to_json()).replace("-0.0", "0").replace("1.0", "1"))
    assert SideCar.from_json(kept).answers_digest == said.answers_digest


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 99}, "format 99"),
        ({"name": "../up"}, "name"),
        ({"genres": ["jazz"]}, "genres"),
        ({"genres": ["jazz", "jazz"]}, "genres"),
        ({"weights_sha256": "abc"}, "hexadecimal"),
        ({"surprise": 1}, "surprise"),
        ({"front_end": {"kind": "wavelet"}}, "wavelet"),
        ({"front_end": {"window": "hann"}}, "window"),
        ({"architecture": "residual_cnn"}, "architecture"),
        ({"architecture": {"arguments": {}}}, "name"),
        ({"architecture": {"name": ["residual_cnn"]}}, "a name that is text"),
        ({"architecture": {"name": "residual_cnn", "arguments": [3]}}, "an object of arguments"),
        ({"calibration": {"temperature": 1.0}}, "threshold"),
        (
            {
                "calibration": {
                    "temperature": 0.0,
                    "threshold": 0.5,
                    "precision": 1,
                    "coverage": 1,
                    "data": "",
                }
            },
            "temperature",
        ),
        (
            {
                "calibration": {
                    "temperature": 1.0,
                    "threshold": 1.5,
                    "precision": 1,
                    "coverage": 1,
                    "data": "",
                }
            },
            "threshold",
        ),
        (
            {
                "calibration": {
                    "temperature": "hot",
                    "threshold": 0.5,
                    "precision": 1,
                    "coverage": 1,
                    "data": "",
                }
            },
            "type",
        ),
        ({"normalisation": {"mean": 0.0, "std": 0.0}}, "std"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(change, reason):
    with pytest.raises(ModelError, match=reason):
        SideCar.from_json({**json.loads(json.dumps(describe("0" * 64).to_json())), **change})


@pytest.mark.parametrize(
    "part", ["name", "genres", "front_end", "calibration", "architecture", "weights_sha256"]
)
def test_an_absent_part_is_named(part):
    value = describe("0" * 64).to_json()
    del value[part]
    with pytest.raises(ModelError, match=part):
        SideCar.from_json(value)


_BOMBS = [b"[" * 200_000, b"1" * 100_000, b" " * 16_000_001]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b"null", *_BOMBS])
def test_a_broken_file_is_refused_by_its_path(tmp_path, content):
    (tmp_path / "model.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.json"):
        read_side_car(tmp_path)


def test_an_absent_file_is_refused_by_its_path(tmp_path):
    with pytest.raises(ModelError, match=r"model\.json"):
        read_side_car(tmp_path)


PICTURES = FrontEnd(picture_size=64)


def test_a_picture_may_have_a_normalisation_per_channel(tmp_path):
    channels = Normalisation((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    side_car = describe("0" * 64, front_end=PICTURES, normalisation=channels)
    write_side_car(tmp_path, side_car)
    assert read_side_car(tmp_path).normalisation == channels
    assert read_side_car(tmp_path).digest == side_car.digest


@pytest.mark.parametrize(
    ("normalisation", "front_end", "reason"),
    [
        (Normalisation((0.1, 0.2), 1.0), PICTURES, "2 means"),
        (Normalisation(0.0, (1.0, 1.0, 1.0)), GTZAN_FRONT_END, "3 deviations"),
        (Normalisation((0.1, 0.2, 0.3), (1.0, 0.0, 1.0)), PICTURES, "positive std"),
        (Normalisation(float("nan"), 1.0), GTZAN_FRONT_END, "finite mean"),
    ],
)
def test_a_normalisation_that_does_not_fit_is_refused(normalisation, front_end, reason):
    with pytest.raises(ModelError, match=reason):
        describe("0" * 64, front_end=front_end, normalisation=normalisation)


@pytest.mark.parametrize("mean", ["0.5", [], [0.1, "0.2", 0.3], True, None])
def test_a_normalisation_that_is_no_number_is_refused(mean):
    with pytest.raises(ModelError, match="normalisation mean"):
        Normalisation.from_json({"mean": mean})
