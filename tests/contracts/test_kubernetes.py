"""deploy/kubernetes: valid objects that fit together and say the same as the code and Compose."""

import re
import runpy
from dataclasses import fields
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
from click.testing import CliRunner

from musicai.cli import cli
from musicai.config import Settings
from tests.contracts.compose import WRITTEN as COMPOSE
from tests.contracts.dockerfile import stages
from tests.contracts.kubernetes import (
    OVERLAYS,
    ROOT,
    WORKLOADS,
    Object,
    environment,
    named,
    objects,
    ours,
    pod_of,
    rendered,
)

# custom resources, which no schema here knows: their fields, as the reference of KEDA and that of the
# Prometheus operator name them
CUSTOM = {
    "ScaledObject": {
        *("scaleTargetRef", "minReplicaCount", "maxReplicaCount", "pollingInterval", "cooldownPeriod"),
        *("advanced", "triggers"),
    },
    "TriggerAuthentication": {"secretTargetRef"},
    "ServiceMonitor": {"jobLabel", "selector", "endpoints"},
    "PrometheusRule": {"groups"},
}
OLDEST, NEWEST = "1.29", kubernetes_validate.__version__.rsplit(".", 1)[0]

pytestmark = pytest.mark.parametrize("overlay", OVERLAYS)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_objects_are_valid(overlay, version):
    for found in rendered(overlay):
        if found["kind"] in CUSTOM:
            assert set(found["spec"]) <= CUSTOM[found["kind"]]
        else:
            kubernetes_validate.validate(found, version, strict=True)


def test_every_object_is_there_once(overlay):
    names = [(found["kind"], found["metadata"]["name"]) for found in rendered(overlay)]
    assert len(names) == len(set(names))
    assert {"worker", "trainer", "scheduler", "flower", "exporter", "migrate"} <= {
        workload["metadata"]["name"] for workload in ours(overlay)
    }


def containers(overlay: str) -> list[tuple[str, Object, Object]]:
    """Return every container with the name and the pod of its workload."""
    return [
        (workload["metadata"]["name"], pod_of(workload), container)
        for workload in objects(overlay, *WORKLOADS)
        for key in ("initContainers", "containers")
        for container in pod_of(workload).get(key, [])
    ]


def test_a_container_can_do_no_harm(overlay):
    for _, pod, container in containers(overlay):
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        # MUSICAI_ variables that Kubernetes makes up would be refused as unknown settings
        assert pod["enableServiceLinks"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        for mount in container["volumeMounts"]:
            assert mount.get("readOnly", False) == (mount["mountPath"] == "/music")


def test_what_a_container_takes_is_limited(overlay):
    for _, _, container in containers(overlay):
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"].keys() >= {"cpu", "memory"}


def test_images_have_a_tag_and_are_stages_of_the_dockerfile(overlay):
    for workload in ours(overlay):
        for container in [*pod_of(workload)["containers"], *pod_of(workload).get("initContainers", [])]:
            image, _, tag = container["image"].rpartition(":")
            assert tag not in ("", "latest")
            assert image.rpartition("/")[2].removeprefix("musicai-") in stages()
    targets = {
        workload["metadata"]["name"]: pod_of(workload)["containers"][0]["image"]
        for workload in ours(overlay)
    }
    for name, image in targets.items():
        assert f"/{COMPOSE[name]['image']}:" in f"/{image}"


def test_settings_exist_and_can_be_read(overlay):
    known = {field.metadata["env"] for field in fields(Settings)}
    for workload in ours(overlay):
        for container in [*pod_of(workload)["containers"], *pod_of(workload).get("initContainers", [])]:
            given = environment(overlay, container)
            assert {name for name in given if name.startswith("MUSICAI_")} <= known
            settings = Settings.from_env(given)
            assert settings.database_url
    worker = pod_of(named(overlay, "Deployment", "worker"))["containers"][0]
    cores = worker["resources"]["limits"]["cpu"]
    assert Settings.from_env(environment(overlay, worker)).concurrency == int(cores)


def test_commands_are_those_of_compose_and_exist(overlay):
    for workload in ours(overlay):
        (container,) = pod_of(workload)["containers"]
        assert container["args"] == COMPOSE[workload["metadata"]["name"]]["command"]
        assert CliRunner().invoke(cli, [*container["args"], "--help"]).exit_code == 0
        for first in pod_of(workload).get("initContainers", []):
            assert first["args"] == ["db", "check"]


def test_probes_ask_what_exists(overlay):
    for name, _, container in containers(overlay):
        ports = {port["name"] for port in container.get("ports", [])}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container.get(probe, {})
            if "httpGet" in asked:
                assert asked["httpGet"]["port"] in ports
                assert asked["httpGet"]["path"] == "/healthcheck"
            command = asked.get("exec", {}).get("command", [])
            if command[:1] == ["musicai"]:
                assert command[:3] == ["musicai", "health", name]
                assert CliRunner().invoke(cli, [*command[1:], "--help"]).exit_code == 0
                # a broker that is away is no reason to start everything again
                assert ("--alive" in command) == (probe != "readinessProbe")
    for workload in objects(overlay, "Deployment"):
        assert "livenessProbe" in pod_of(workload)["containers"][0]


def test_who_is_stopped_has_the_time_that_compose_gives(overlay):
    for workload in ours(overlay):
        patience = COMPOSE[workload["metadata"]["name"]].get("stop_grace_period", "10s")
        assert pod_of(workload).get("terminationGracePeriodSeconds", 30) >= int(patience.removesuffix("s"))


def test_what_is_referred_to_is_there(overlay):
    def names(kind: str) -> set[str]:
        return {found["metadata"]["name"] for found in objects(overlay, kind)}

    for workload in objects(overlay, *WORKLOADS):
        pod = pod_of(workload)
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        volumes |= {
            claim["metadata"]["name"]: {} for claim in workload["spec"].get("volumeClaimTemplates", [])
        }
        for volume in volumes.values():
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in names("PersistentVolumeClaim")
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            assert {mount["name"] for mount in container["volumeMounts"]} <= set(volumes)
        if "serviceAccountName" in pod:
            assert pod["serviceAccountName"] in names("ServiceAccount")


def test_selectors_select(overlay):
    pods = [
        (workload["metadata"]["name"], workload["spec"]["template"]["metadata"]["labels"])
        for workload in objects(overlay, *WORKLOADS)
    ]

    def selected(labels: dict[str, str]) -> set[str]:
        return {name for name, its in pods if labels.items() <= its.items()}

    for found in objects(overlay, "Deployment", "StatefulSet", "PodDisruptionBudget"):
        assert selected(found["spec"]["selector"]["matchLabels"]) == {found["metadata"]["name"]}
    for service in objects(overlay, "Service"):
        name = service["metadata"]["name"]
        assert selected(service["spec"]["selector"]) == {name}
        kind = "StatefulSet" if name in ("postgres", "redis") else "Deployment"
        ports = pod_of(named(overlay, kind, name))["containers"][0]["ports"]
        assert {port["targetPort"] for port in service["spec"]["ports"]} == {port["name"] for port in ports}
    for policy in objects(overlay, "NetworkPolicy"):
        assert selected(policy["spec"]["podSelector"]["matchLabels"])


def test_the_way_out_is_open_to_the_servers_and_to_flower(overlay):
    (policy,) = [p for p in objects(overlay, "NetworkPolicy") if p["metadata"]["name"] == "musicai"]
    open_ports = {rule["port"] for egress in policy["spec"]["egress"] for rule in egress["ports"]}
    worker = environment(overlay, pod_of(named(overlay, "Deployment", "worker"))["containers"][0])
    for url in ("MUSICAI_DATABASE_URL", "MUSICAI_BROKER_URL"):
        assert urlsplit(worker[url]).port in open_ports
    exporter = environment(overlay, pod_of(named(overlay, "Deployment", "exporter"))["containers"][0])
    flower = urlsplit(exporter["MUSICAI_FLOWER_URL"])
    assert flower.port == named(overlay, "Service", flower.hostname)["spec"]["ports"][0]["port"]


def test_secrets_of_the_examples_are_no_secrets(overlay):
    for example in (ROOT / "deploy" / "kubernetes" / "overlays" / overlay / "secrets").glob("*.example"):
        for line in example.read_text().splitlines():
            if line and not line.startswith("#"):
                assert re.search(r"PASSWORD|MUSTARD|=prometheus$", line), line


def test_redis_and_postgres_are_started_and_asked_as_in_compose(overlay):
    if overlay == "trial":
        redis = pod_of(named(overlay, "StatefulSet", "redis"))["containers"][0]
        *shell, script = COMPOSE["redis"]["command"]
        assert redis["command"] == [*shell, script.replace("$$", "$")]
        _, asked = COMPOSE["redis"]["healthcheck"]["test"]
        assert redis["readinessProbe"]["exec"]["command"] == ["sh", "-c", asked.replace("$$", "$")]
        postgres = pod_of(named(overlay, "StatefulSet", "postgres"))["containers"][0]
        assert (
            postgres["readinessProbe"]["exec"]["command"] == COMPOSE["postgres"]["healthcheck"]["test"][1:]
        )
        for container, name in ((redis, "redis"), (postgres, "postgres")):
            assert container["image"] in COMPOSE[name]["image"]


def test_the_alerts_are_those_of_prometheus(overlay):
    script = runpy.run_path(str(ROOT / "deploy" / "monitoring" / "prometheus_rule.py"))
    written = (ROOT / "deploy" / "monitoring" / "prometheus-rule.yaml").read_text()
    assert written == script["rule"](), "run `python deploy/monitoring/prometheus_rule.py`"


def test_the_scrape_is_that_of_prometheus(overlay):
    for monitor in objects(overlay, "ServiceMonitor"):
        (endpoint,) = monitor["spec"]["endpoints"]
        service = named(overlay, "Service", "exporter")
        labels = service["metadata"]["labels"]
        assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()
        # the alerts go by the job
        assert labels[monitor["spec"]["jobLabel"]] == "musicai"
        assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
        for part in endpoint["basicAuth"].values():
            assert part["key"] in named(overlay, "Secret", part["name"])["data"]
