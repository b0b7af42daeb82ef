"""The queue's server: the configured one, or a private Redis-compatible one of this user alone."""

from musicai.broker.address import broker_url
from musicai.broker.health import is_answering, of_no_use
from musicai.broker.private import PrivateBroker

__all__ = ["PrivateBroker", "broker_url", "is_answering", "of_no_use"]
