"""RabbitMQ in the place of Redis: the same jobs, the same answers, also when it dies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from musicai.broker import is_answering
from musicai.dispatch import Dispatcher, open_client
from tests.acceptance.product import Product, assert_classified_once, settled
from tests.services.rabbitmq import RabbitMqServer, rabbitmq_server
from tests.services.redis import PASSWORD
from tests.waiting import until


@pytest.fixture
def rabbitmq(tmp_path: Path) -> Iterator[RabbitMqServer]:
    with rabbitmq_server(tmp_path / "rabbitmq") as server:
        yield server


@pytest.mark.timeout(300)
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
        for service in ("worker", "scheduler"):
            product.start(service)
        until(lambda: settled(product, 20), "the job to be under way", patience_s=90)
        rabbitmq.kill()
        said = product.run("doctor", status=1).stdout
        assert "MUSICAI_BROKER_URL" in said
        assert PASSWORD not in said
        rabbitmq.start()
        watched = product.json("jobs", "watch", str(job["id"]))
        assert watched["state"] == "done"
        assert_classified_once(product, job["id"], done=300)
        # the job may be over before the scheduler has noticed that the server is back
        doctor = until(lambda: _doctor_who_sees(product, "celerybeat@"), "the scheduler to answer", 90)
        assert PASSWORD not in doctor
    finally:
        product.stop()


def test_a_wrong_password_is_no_broker(rabbitmq: RabbitMqServer) -> None:
    assert is_answering(rabbitmq.url)
    assert not is_answering(rabbitmq.url.replace(PASSWORD, "wrong"))


def _doctor_who_sees(product: Product, name: str) -> str | None:
    said = product.run("doctor", status=None).stdout
    return said if name in said else None
