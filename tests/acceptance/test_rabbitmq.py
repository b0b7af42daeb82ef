"""RabbitMQ in the place of Redis: the same jobs, the same answers, also when it dies."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from musicai.broker import is_answering
from musicai.dispatch import Dispatcher, open_client
from tests.acceptance.faults.slow_storage import slow_storage
from tests.acceptance.product import Product, answers_ping, assert_classified_once, settled
from tests.services.rabbitmq import RabbitMqServer, rabbitmq_server
from tests.services.redis import PASSWORD
from tests.services.tls import Authority
from tests.waiting import until


@pytest.fixture
def rabbitmq(tmp_path: Path) -> Iterator[RabbitMqServer]:
    with rabbitmq_server(tmp_path / "rabbitmq") as server:
        yield server


def is_well(product: Product, service: str) -> bool:
    return product.run("health", service, status=None).stdout.startswith("ok")


def test_a_job_survives_the_death_of_rabbitmq(
    rabbitmq: RabbitMqServer, home: Path, hundreds: Path, tmp_path: Path
) -> None:
    environ = {"MUSICAI_HOME": str(home), "MUSICAI_BROKER_URL": rabbitmq.url, "MUSICAI_CONCURRENCY": "2"}
    product = Product(environ)
    try:
        job = product.json("enqueue", hundreds)
        client = open_client(product.settings)
        assert 0 < Dispatcher(client, 64).waiting() <= product.settings.window
        client.close()
        secured = product.with_settings(MUSICAI_BROKER_URL=rabbitmq.tls_url)
        # slow, so that the job is not over before its broker dies
        slowly = slow_storage(home / "slow", 0.05)
        secured.with_settings(**slowly, MUSICAI_CONCURRENCY="1").start("worker")
        product.start("scheduler")
        until(lambda: settled(product, 20), "the job to be under way")
        for service in ("worker", "scheduler"):
            until(lambda service=service: is_well(secured, service), f"the {service} to be well")
        rabbitmq.kill()
        assert "cannot be used" in secured.run("health", "worker", status=1).stdout
        secured.run("health", "worker", "--alive")
        said = product.run("doctor", status=1).stdout
        assert "MUSICAI_BROKER_URL" in said
        assert PASSWORD not in said
        rabbitmq.start()
        watched = product.json("jobs", "watch", str(job["id"]))
        assert watched["state"] == "done"
        assert_classified_once(product, job["id"], done=300)
        # the job may be over before the scheduler has noticed that the server is back
        until(lambda: answers_ping(product, "celerybeat@"), "the scheduler to answer")
    finally:
        product.stop()


def test_a_refusal_is_named_and_so_is_a_certificate_of_another_authority(
    rabbitmq: RabbitMqServer, home: Path, tmp_path: Path
) -> None:
    assert is_answering(rabbitmq.url)
    assert is_answering(rabbitmq.tls_url)
    others = Authority.make(tmp_path / "others").ca
    url = urlsplit(rabbitmq.tls_url)
    refusals = {
        rabbitmq.url.replace(PASSWORD, "wrong"): "ACCESS_REFUSED",
        url._replace(query=f"ssl_ca_certs={others}").geturl(): "certificate verify failed",
        url._replace(query="ssl_ca_certs=/absent.pem").geturl(): "/absent.pem: there is no such file",
    }
    for wrong, why in refusals.items():
        product = Product({"MUSICAI_HOME": str(home), "MUSICAI_BROKER_URL": wrong})
        for command in (("scheduler",), ("health", "scheduler")):
            done = product.run(*command, status=None)
            assert done.returncode
            assert why in done.stdout + done.stderr
            assert "Traceback" not in done.stderr
