"""Flower's Celery application: it has the broker and no task code, and so no torch."""

from celery import Celery

from musicai.celery_settings import client_config
from musicai.config import Settings


def make_app(settings: Settings) -> Celery:
    """Return the application."""
    app = Celery("musicai-flower", set_as_current=False)
    app.config_from_object(client_config(settings))
    # Each of Flower's threads takes a connection and then a second one: with the two of a client that
    # sends from one thread, two of them wait for each other for ever, and the pages stay empty.
    app.conf.broker_pool_limit = 32
    # the default ends it when the broker is away for long
    app.conf.broker_connection_max_retries = None
    return app


app = make_app(Settings.from_env())
