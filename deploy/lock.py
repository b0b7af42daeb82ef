"""Write deploy/locks/ anew: `make lock`. The images install these versions, by their hashes, and no others.

What is pinned is what this environment has, for that is what the suite has passed with. torch is pinned by
its version alone: its bytes depend on where a CPU build comes from.
"""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "deploy" / "locks"
# what the light side never imports (a test holds that) is left out of its image
HEAVY = {"av", "librosa", "safetensors", "scipy", "soundfile", "soxr", "threadpoolctl", "torch"}
# optional parts of MusicAI that both images have
EXTRAS = ("http", "s3", "sftp")
# what the default build of torch asks for and a CPU build does not
_GPU = re.compile(r"nvidia-|cuda-|triton\b")
_HEADER = "# Written by `make lock`; do not edit.\n"


def name_of(requirement: str) -> str:
    """Return the name that a requirement begins with, normalised."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; @\\]", requirement, maxsplit=1)[0]).lower()


def wanted() -> list[str]:
    """Return what the images install: the dependencies and those of EXTRAS."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project["dependencies"] + [
        requirement for extra in EXTRAS for requirement in project["optional-dependencies"][extra]
    ]


def python_of_the_images() -> str:
    """Return the minor version that the Dockerfile names."""
    found = re.search(r"^ARG PYTHON_IMAGE=python:(\d+\.\d+)", (ROOT / "Dockerfile").read_text(), re.M)
    assert found
    return found[1]


def resolved(requirements: list[str], constraints: list[str]) -> dict[str, str]:
    """Return what must be installed, by name: each with its version and its hashes."""
    (LOCKS / "constraints.in").write_text("\n".join(constraints))
    uv = Path(sys.executable).with_name("uv")
    command = [
        *(uv, "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--generate-hashes"),
        *("--python-version", python_of_the_images(), "--python-platform", "linux"),
        *("--constraint", LOCKS / "constraints.in"),
    ]
    try:
        done = subprocess.run(
            command, input="\n".join(requirements), text=True, check=True, stdout=subprocess.PIPE
        )
    finally:
        (LOCKS / "constraints.in").unlink()
    blocks = re.split(r"\n(?=\S)", done.stdout.strip())
    return {name_of(block): block for block in blocks if not _GPU.match(block)}


def main() -> None:
    """Write the locks."""
    LOCKS.mkdir(exist_ok=True)
    here = [f"{d.name}=={d.version.split('+')[0]}" for d in distributions() if d.name != "musicai"]
    everything = resolved(wanted(), here)
    light = resolved([r for r in wanted() if name_of(r) not in HEAVY], here)
    heavy = {name: block for name, block in everything.items() if name not in {*light, "torch"}}
    write("light", light)
    write("worker", heavy)
    write("torch", {"torch": everything["torch"].split()[0]})
    write("build", resolved(["hatchling"], here))


def write(name: str, packages: dict[str, str]) -> None:
    """Write one lock."""
    text = _HEADER + "".join(f"{packages[package]}\n" for package in sorted(packages))
    (LOCKS / f"{name}.txt").write_text(text)


if __name__ == "__main__":
    main()
