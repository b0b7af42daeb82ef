"""What is installed from the wheel works without the checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.product import ROOT
from tests.acceptance.synth import write_library


@pytest.fixture(scope="module")
def site_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel installs, and nothing else."""
    built = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(built)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    folder = built / "site-packages"
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    return folder


def run(site_packages: Path, home: Path, *arguments: str) -> str:
    """Run a command far from the checkout; return what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MUSICAI_")}
    environment = kept | {"PYTHONPATH": str(site_packages), "MUSICAI_HOME": str(home)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_all_packages_and_no_others(site_packages):
    folders = {entry.name for entry in site_packages.iterdir() if not entry.name.endswith(".dist-info")}
    assert folders == {"musicai", "worker", "scheduler"}
    where = (
        "import musicai, worker, scheduler; print(musicai.__file__, worker.__file__, scheduler.__file__)"
    )
    files = run(site_packages, site_packages, "-c", where).split()
    assert all(Path(file).is_relative_to(site_packages) for file in files)


def test_the_wheel_says_what_it_is(site_packages):
    (described,) = site_packages.glob("*.dist-info")
    assert "musicai = musicai.cli:main" in (described / "entry_points.txt").read_text()
    metadata = (described / "METADATA").read_text()
    assert "License-Expression: Apache-2.0" in metadata
    assert "make run LIBRARY=" in metadata
    assert (described / "licenses" / "LICENSE").is_file()


def test_a_folder_is_classified_from_the_wheel(site_packages, home, tmp_path):
    def musicai(*arguments: str) -> Any:
        return run(site_packages, home, "-m", "musicai", *arguments)

    assert musicai("db", "upgrade").startswith("schema ")
    models = json.loads(musicai("models", "list", "--json"))
    (model,) = [model for model in models if model["active"]]
    assert model["where"] == "shipped"
    assert Path(model["folder"]).is_relative_to(site_packages)
    write_library(tmp_path / "Music", 2)
    job = json.loads(musicai("enqueue", str(tmp_path / "Music"), "--json"))
    assert (job["state"], job["done"]) == ("done", 2)
