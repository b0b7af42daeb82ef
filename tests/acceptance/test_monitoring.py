"""One system at work as its keeper sees it: metrics, Flower, Prometheus and logs, with a real Redis."""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from musicai.config import Settings
from musicai.services import jobs
from musicai.services.catalogue import open_catalogue
from musicai.services.enqueue import Request, create_job, scan_job
from musicai.services.node import Node
from tests.acceptance.synth import write_library
from tests.services import absent
from tests.services.ports import free_port
from tests.services.redis import PASSWORD, RedisServer
from tests.waiting import PATIENCE_S, until

FLOWER_AUTH, EXPORTER_AUTH = "me:tulips-99", "prometheus:sesame-77"
SECRETS = (PASSWORD, "tulips-99", "sesame-77")
TRACKS = 20
OF_ALL_PARTS = {
    "flower_events_total",
    "musicai_messages",
    "musicai_model_info",
    "musicai_quarantine_items",
    "musicai_stage_seconds_total",
    "musicai_tracks_total",
}
MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"


@dataclass
class System:
    """A worker, Flower and the exporter, which have classified a library."""

    settings: Settings
    node: Node
    redis: RedisServer

    @property
    def flower(self) -> str:
        return f"http://127.0.0.1:{self.settings.flower_port}"

    @property
    def exporter(self) -> str:
        return f"http://127.0.0.1:{self.settings.exporter_port}"

    def ask_flower(self, what: str) -> dict[str, Any]:
        """Return what Flower's API says, by name; nothing where it does not answer."""
        status, text = get(f"{self.flower}/api/{what}", FLOWER_AUTH)
        found: dict[str, Any] = json.loads(text) if status == 200 else {}
        return found

    def metrics(self) -> dict[str, list[tuple[dict[str, str], float]]]:
        status, text = get(f"{self.exporter}/metrics", EXPORTER_AUTH)
        assert status == 200
        found: dict[str, list[tuple[dict[str, str], float]]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, []).append((sample.labels, sample.value))
        return found

    def whole_scrape(self) -> dict[str, list[tuple[dict[str, str], float]]] | None:
        """Return the metrics when no part came too late for them."""
        found = self.metrics()
        return found if found.keys() >= OF_ALL_PARTS else None

    def services(self) -> dict[str, float]:
        return {labels["service"]: value for labels, value in self.metrics().get("musicai_services", ())}

    def up(self) -> dict[str, float]:
        return {labels["part"]: value for labels, value in self.metrics()["musicai_up"]}


def get(url: str, auth: str = "", *, method: str = "GET") -> tuple[int, str]:
    """Return status and text; 0 where nobody answers."""
    request = urllib.request.Request(url, method=method, data=b"{}" if method == "POST" else None)
    if auth:
        request.add_header("Authorization", f"Basic {b64encode(auth.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as err:
        with err:
            return err.code, err.read().decode()
    except OSError:
        return 0, ""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("monitored")
    write_library(folder / "Music", TRACKS)
    (folder / "Music" / "torn.flac").write_bytes((folder / "Music/album 00/0000.flac").read_bytes()[:9000])
    server = RedisServer(folder)
    server.start()
    settings = replace(
        Settings(home=folder / "home", concurrency=1, log_format="json", log_level="info"),
        broker_url=server.url,
        flower_port=free_port(),
        flower_auth=FLOWER_AUTH,
        exporter_port=free_port(),
        exporter_auth=EXPORTER_AUTH,
    )
    try:
        with Node(settings, ("worker", "flower", "exporter")) as node:
            system = System(settings, node, server)
            until(lambda: get(f"{system.flower}/healthcheck")[0] == 200, "Flower")
            until(lambda: get(f"{system.exporter}/healthcheck")[0] == 200, "the exporter")
            until(lambda: system.services().get("worker"), "the worker to answer")
            classify(settings, folder / "Music")
            yield system
    finally:
        server.stop()


def classify(settings: Settings, music: Path) -> None:
    engine = open_catalogue(settings)
    job = create_job(engine, settings, Request((os.fsencode(music),)))
    view = scan_job(engine, settings, job.id, lambda progress, view: None)
    jobs.wake(jobs.open_dispatcher(settings), view)
    until(lambda: jobs.read(engine, job.id).has_ended, "the job")
    engine.dispose()


def test_the_exporter_tells_what_was_done(system: System) -> None:
    found = until(system.whole_scrape, "a scrape of all that there is")
    outcomes = {
        (labels["outcome"], labels["error"]): value for labels, value in found["musicai_tracks_total"]
    }
    assert outcomes.pop(("failed", "truncated")) == 1
    assert sum(outcomes.values()) == TRACKS
    assert {outcome for outcome, _ in outcomes} <= {"done", "unknown"}
    seconds = {labels["stage"]: value for labels, value in found["musicai_stage_seconds_total"]}
    assert all(seconds[stage] > 0 for stage in ("decode", "front_end", "network", "catalogue"))
    assert {labels["queue"] for labels, _ in found["musicai_messages"]} == {"classify", "control", "train"}
    assert found["musicai_quarantine_items"] == [({}, 1)]
    assert {labels["role"] for labels, _ in found["musicai_model_info"]} == {"active"}
    assert get(f"{system.exporter}/metrics")[0] == 401
    assert get(f"{system.exporter}/healthcheck") == (200, "OK\n")


def test_flower_words_every_task_and_changes_nothing(system: System) -> None:
    query = (
        "draw=1&start=0&length=99&search[value]=&order[0][column]=0&columns[0][data]=name&order[0][dir]=asc"
    )
    address = f"{system.flower}/tasks/datatable?{quote(query, safe='=&')}"

    def rows() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(get(address, FLOWER_AUTH)[1])["data"]
        return [row for row in found if row["name"] == "musicai.classify"]

    until(lambda: any("1 failed" in (row["result"] or "") for row in rows()), "the result of a task")
    assert {row["kwargs"] for row in rows()} == {"job 1, library Music"}
    (telling,) = [row for row in rows() if "1 failed" in (row["result"] or "")]
    assert telling["result"].startswith("job 1, library Music: ")
    worker = quote(telling["worker"])
    for action in (
        f"worker/shutdown/{worker}",
        "task/send-task/musicai.classify",
        f"worker/pool/grow/{worker}",
    ):
        assert get(f"{system.flower}/api/{action}", FLOWER_AUTH, method="POST")[0] == 403


def test_flower_shows_nobody_a_password(system: System) -> None:
    workers = until(lambda: system.ask_flower("workers?refresh=1"), "Flower to know the worker")
    # what would hold one is on the page
    page_of_worker = f"{system.flower}/worker/{quote(next(iter(workers)))}"
    until(lambda: "broker_read_url" in get(page_of_worker, FLOWER_AUTH)[1], "the worker's settings")
    tasks = until(lambda: system.ask_flower("tasks?limit=1"), "Flower to have heard of a task")
    pages = ["", "workers", "tasks", "broker", "nothing", "api/workers", "api/tasks", "api/queues/length"]
    pages += [f"worker/{quote(name)}" for name in workers] + [f"task/{uuid}" for uuid in tasks]
    for page in [*pages, "metrics", "healthcheck"]:
        status, text = get(f"{system.flower}/{page}", FLOWER_AUTH)
        assert status in (200, 404), page
        assert not [secret for secret in SECRETS if secret in text], page
    for page in set(pages) - {"nothing"}:  # that one is said of any address
        assert get(f"{system.flower}/{page}")[0] == 401, page


def test_logs_tell_about_what_and_no_secret(system: System) -> None:
    logs = system.settings.run_folder / "logs"
    records = [json.loads(line) for line in (logs / "worker.log").read_text().splitlines()]
    (refused,) = [record for record in records if record["message"].startswith("truncated")]
    assert refused["path"] == "torn.flac"
    assert refused["library"] == "Music"
    assert (refused["job"], refused["service"]) == (1, "worker")
    (task,) = {record["task_id"] for record in records if record.get("task_id") == refused["task_id"]}
    told = [record for record in records if record.get("task_id") == task]
    assert any("received" in record["message"] for record in told)
    assert any("1 failed" in record["message"] for record in told)
    assert "redis://:***@" in (logs / "worker.log").read_text()
    for log in logs.iterdir():
        assert not [secret for secret in SECRETS if secret in log.read_text()], log.name
        assert all(line.startswith("{") for line in log.read_text().splitlines()), log.name


def test_prometheus_takes_it(system: System, tmp_path: Path) -> None:
    if shutil.which("prometheus") is None:
        absent("needs `prometheus` on the PATH")
    given = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    given["global"] |= {"scrape_interval": "3s", "scrape_timeout": "3s"}
    (scrape,) = given["scrape_configs"]
    del scrape["scrape_timeout"]
    scrape["static_configs"][0]["targets"] = [f"127.0.0.1:{system.settings.exporter_port}"]
    scrape["basic_auth"] = dict(zip(("username", "password"), EXPORTER_AUTH.split(":"), strict=True))
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(given))
    shutil.copy(MONITORING / "alerts.yml", tmp_path)
    port = free_port()
    command = ["prometheus", f"--config.file={tmp_path}/prometheus.yml"]
    command += [f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:

        def value(expression: str) -> float | None:
            status, text = get(f"http://127.0.0.1:{port}/api/v1/query?query={quote(expression)}")
            result = json.loads(text)["data"]["result"] if status == 200 else []
            return float(result[0]["value"][1]) if result else None

        total = 'sum(musicai_tracks_total{job="musicai"})'
        assert until(lambda: value(total), "Prometheus to scrape") == TRACKS + 1
        until(lambda: value('up{job="musicai"}') == 1, "a scrape in time")
        until(lambda: value("sum(flower_events_total)"), "a scrape with Flower's part")
        for expression in drawn():
            status, said = get(f"http://127.0.0.1:{port}/api/v1/query?query={quote(expression)}")
            assert status == 200, (expression, said)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def drawn() -> list[str]:
    """Return what the dashboard asks for, as Grafana would."""
    panels = json.loads((MONITORING / "grafana.json").read_text())["panels"]
    targets = [target for panel in panels for target in panel.get("targets", ())]
    return [target["expr"].replace("$__rate_interval", "1m") for target in targets]


def test_flower_remembers(system: System) -> None:
    before = set(until(lambda: system.ask_flower("tasks"), "Flower to have heard of a task"))
    flower = system.node.services["flower"]
    flower.child.stop()
    assert system.up()["flower"] == 0
    flower.begin()
    until(lambda: get(f"{system.flower}/healthcheck")[0] == 200, "Flower")
    assert before <= set(until(lambda: system.ask_flower("tasks"), "Flower to answer"))


def test_it_answers_without_a_broker(system: System) -> None:
    until(lambda: set(system.up().values()) == {1}, "everything to be there")
    system.redis.kill()
    without = {"catalogue": 1, "broker": 0, "flower": 1}
    until(lambda: system.up() == without, "everything else to be there")
    system.redis.start()
    until(lambda: system.up()["broker"] == 1, "the exporter to find it again")
