import random
from pathlib import Path

import pytest
import splitfolders

from musicai.errors import DatasetError
from musicai.training.sources import open_source
from musicai.training.split import ratio_split

# sizes at which rounding matters: 0.1 of 9 is none, 0.7 of 10 is 6.999..., 0.8 of 11 is 8.8
SIZES = {"blues": 2, "classical": 9, "country": 10, "disco": 11, "hip hop": 19, "jazz": 57, "pop": 101}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Empty files by class, with names that sort otherwise without their extensions."""
    root = tmp_path_factory.mktemp("classes")
    for genre, count in SIZES.items():
        (root / genre).mkdir()
        for number in range(count):
            name = f"{genre}.{number}" if number % 3 else f"{genre}.{number} (live)"
            (root / genre / f"{name}{random.Random(number).choice(('.png', '.jpg'))}").touch()
    return root


@pytest.mark.parametrize("ratios", [(0.8, 0.1, 0.1), (0.7, 0.2, 0.1), (0.75, 0.25)])
@pytest.mark.parametrize("seed", [1337, 7])
def test_every_file_goes_where_the_package_puts_it(folder, tmp_path, ratios, seed):
    splitfolders.ratio(folder, output=tmp_path, seed=seed, ratio=ratios, group_prefix=None, move="symlink")
    split = ratio_split(open_source(f"spectrograms:{folder}").examples(), ratios, seed)
    for side, theirs in (("train", "train"), ("valid", "val"), ("test", "test")):
        files = {
            file.relative_to(tmp_path / theirs).with_suffix("").as_posix()
            for file in (tmp_path / theirs).rglob("*.*")
            if file.is_symlink()
        }
        assert set(split.names(side)) == files, side
    assert sum(len(split.names(side)) for side in ("train", "valid", "test")) == sum(SIZES.values())


def test_shared_spectrograms_split_as_the_report_did(shared_data, tmp_path):
    folder = shared_data / "gtzan" / "spectrograms"
    splitfolders.ratio(folder, output=tmp_path, seed=1337, ratio=(0.8, 0.1, 0.1), move="symlink")
    split = ratio_split(open_source(str(folder)).examples())
    for side, theirs in (("train", "train"), ("valid", "val"), ("test", "test")):
        files = {f"{file.parent.name}/{file.stem}" for file in (tmp_path / theirs).glob("*/*.png")}
        assert set(split.names(side)) == files


@pytest.mark.parametrize("ratios", [(0.8, 0.1), (1.0,), (0.0, 0.5, 0.5), (0.5, 0.6, -0.1)])
def test_ratios_that_make_no_whole_are_refused(folder, ratios):
    with pytest.raises(DatasetError, match="shares that make 1"):
        ratio_split(open_source(f"spectrograms:{folder}").examples(), ratios)


def classes(root: Path, **counts: int) -> Path:
    for genre, count in counts.items():
        (root / genre).mkdir()
        for number in range(count):
            (root / genre / f"{number}.png").touch()
    return root


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"jazz": 5}, "only one genre, 'jazz'"),
        ({"jazz": 5, "pop": 1}, "the genre 'pop' has only one file"),
        ({"jazz": 5, "pop": 5}, "leave the side valid empty"),
    ],
)
def test_what_cannot_be_split_is_refused(tmp_path, counts, message):
    examples = open_source(f"spectrograms:{classes(tmp_path, **counts)}").examples()
    with pytest.raises(DatasetError, match=message):
        ratio_split(examples)
