"""A broker that answers, but takes nothing more."""

from pathlib import Path

import pytest
import redis

from musicai import names
from musicai.config import Settings
from musicai.dispatch import Dispatcher, open_client
from musicai.errors import BrokerUnavailableError
from musicai.messages import WakeUp
from tests.services.redis import redis_server


def test_a_broker_whose_memory_is_full_is_unavailable(tmp_path: Path) -> None:
    with redis_server(tmp_path) as url:
        settings = Settings.from_env({"MUSICAI_HOME": str(tmp_path / "home"), "MUSICAI_BROKER_URL": url})
        with open_client(settings) as app, redis.Redis.from_url(url) as client:
            dispatcher = Dispatcher(app, settings.window)
            dispatcher.wake(WakeUp(1))
            client.config_set("maxmemory", 1)
            with pytest.raises(BrokerUnavailableError, match="maxmemory"):
                dispatcher.waiting()
            with pytest.raises(BrokerUnavailableError, match="maxmemory"):
                dispatcher.wake(WakeUp(1))
            with pytest.raises(BrokerUnavailableError, match="maxmemory"):
                dispatcher.is_heard(names.CLASSIFY_QUEUE)
            client.config_set("maxmemory", 0)
            assert dispatcher.waiting() == 1
