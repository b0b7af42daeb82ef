"""What the settings of Celery promise to each other."""

import ssl

import pytest
from celery import Celery
from celery.app.defaults import DEFAULTS

from musicai import names
from musicai.celery_settings import client_config, task_time_limit_s, visibility_timeout_s, worker_config
from musicai.config import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings.from_env({"MUSICAI_HOME": str(tmp_path)})


def configured(config):
    app = Celery(set_as_current=False)
    app.config_from_object(config)
    return app


@pytest.mark.parametrize("config", [client_config, worker_config])
def test_celery_knows_every_setting(settings, config):
    assert set(config(settings)) <= set(DEFAULTS)


@pytest.mark.parametrize("config", [client_config, worker_config])
def test_nothing_but_json_is_unpacked(settings, config):
    assert configured(config(settings)).conf.accept_content == ["json"]


@pytest.mark.parametrize("config", [client_config, worker_config])
def test_a_broker_of_the_environment_does_not_win(settings, config, monkeypatch):
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://elsewhere/0")
    app = configured(config(settings))
    assert "elsewhere" not in app.connection_for_read().as_uri()
    assert "elsewhere" not in app.connection_for_write().as_uri()


def test_a_frozen_broker_blocks_senders_for_seconds_and_costs_workers_no_slot(settings):
    assert client_config(settings)["broker_transport_options"]["socket_timeout"] == 5
    worker = worker_config(settings)
    assert worker["broker_transport_options"]["socket_timeout"] == 5
    assert (worker["worker_prefetch_multiplier"], worker["worker_disable_prefetch"]) == (0, True)


def test_a_message_reaches_one_queue(settings):
    queues = configured(client_config(settings)).amqp.queues
    assert set(queues) == set(names.QUEUES)
    assert {(q.exchange.name, q.routing_key) for q in queues.values()} == {(n, n) for n in names.QUEUES}


def test_a_slow_track_is_not_killed(settings):
    assert task_time_limit_s(settings) > 10 * settings.item_timeout_s
    assert visibility_timeout_s(settings) >= settings.lease_s


@pytest.mark.parametrize(
    ("query", "verified"),
    [
        ("", ssl.CERT_REQUIRED),
        ("?ssl_ca_certs=ca.pem", ssl.CERT_REQUIRED),
        ("?ssl_cert_reqs=none", ssl.CERT_NONE),
    ],
)
def test_the_certificate_of_a_broker_is_checked_unless_the_url_says_otherwise(query, verified):
    config = client_config(Settings.from_env({"MUSICAI_BROKER_URL": f"rediss://host/0{query}"}))
    with configured(config).connection_for_write() as connection:
        assert connection.ssl["ssl_cert_reqs"] == verified
