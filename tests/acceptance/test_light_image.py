"""The light image, as far as it goes without an engine: the steps of its stages in a fresh environment."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contracts.dockerfile import ROOT, chain
from tests.services import absent

UV = Path(sys.executable).with_name("uv")
# what `pip` in a step becomes: the same, but it takes packages from its cache instead of copying them
PIP = f"""#!/bin/sh
shift
exec {UV} pip install --quiet --python "$VIRTUAL_ENV/bin/python" "$@"
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Carry out the stages of the light target; return the environment that its ENV lines make."""
    if not UV.exists():
        absent("needs `uv`: pip install uv")
    folder = tmp_path_factory.mktemp("image")
    build = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        folder / "wheels",
    ]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    venv = folder / "venv"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, venv], check=True)
    (venv / "bin" / "pip").write_text(PIP)
    (venv / "bin" / "pip").chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name in ("HOME", "LANG", "SSL_CERT_FILE")}
    environment = kept | {"VIRTUAL_ENV": str(venv), "PATH": f"{venv / 'bin'}:/usr/bin:/bin"}
    for stage in chain("light"):
        for run in stage.all_of("RUN"):
            if "pip " in run:
                here = run.replace("/wheels", str(folder / "wheels")).replace(
                    "/locks", str(ROOT / "deploy/locks")
                )
                subprocess.run(["sh", "-ec", here], env=environment, check=True)
        for line in stage.all_of("ENV"):
            environment |= dict(re.findall(r"(\w+)=(\S+)", line))
    return environment | {"MUSICAI_HOME": str(folder / "home")}


@pytest.fixture
def in_image(image: dict[str, str], tmp_path: Path) -> Callable[..., str]:
    """Return what runs a command in the image and returns what it printed."""

    def run(*command: str, status: int = 0) -> str:
        done = subprocess.run(command, env=image, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        return done.stderr if status else done.stdout

    return run


def test_nothing_heavy_is_there(in_image):
    names = ("torch", "librosa", "numba", "av", "scipy")
    look = f"import importlib.util; print([name for name in {names} if importlib.util.find_spec(name)])"
    assert in_image("python", "-c", look).strip() == "[]"


def test_the_catalogue_works(in_image):
    assert "Usage: musicai" in in_image("musicai", "--help")
    assert in_image("musicai", "db", "upgrade").startswith("schema ")
    in_image("musicai", "db", "check")
    assert in_image("musicai", "query", "--format", "csv").startswith("library,path,")


def test_scheduler_and_flower_find_what_they_need(in_image):
    assert "beat" in in_image("celery", "--app", "scheduler", "beat", "--help")
    assert "monitoring" in in_image("celery", "--app", "scheduler", "flower", "--help")


def test_heavy_work_is_refused_with_a_reason(in_image, tmp_path):
    for genre in ("jazz", "metal"):
        (tmp_path / "songs" / genre).mkdir(parents=True)
        (tmp_path / "songs" / genre / "1.wav").touch()
    for command in (["enqueue", "songs"], ["train", "--name", "jazzbox", "--data", "songs"]):
        said = in_image("musicai", *command, status=8)
        assert "torch is not installed here" in said
        assert "Traceback" not in said
    assert "heavy side" in in_image("musicai", "doctor")
