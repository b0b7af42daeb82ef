"""Whether a broker answers."""

import re

import redis

from musicai.broker import amqp


def is_answering(url: str, timeout_s: float = 2.0) -> bool:
    """Whether the broker at a URL answers. A server that still loads its data does not yet."""
    if amqp.is_amqp(url):
        return amqp.refusal(url, timeout_s) is None
    try:
        with connect(url, timeout_s) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def connect(url: str, timeout_s: float = 2.0) -> redis.Redis:
    """Return a client of a broker's URL, in kombu's spelling too. Nothing is connected yet."""
    return redis.Redis.from_url(redis_url(url), socket_timeout=timeout_s, socket_connect_timeout=timeout_s)


def redis_url(url: str) -> str:
    """Return a broker's URL as redis-py spells it: ``unix://``, and ``db`` for kombu's virtual host."""
    if not url.startswith("redis+socket://"):
        # kombu says CERT_REQUIRED where redis-py says required
        return re.sub(r"(ssl_cert_reqs=)CERT_(\w+)", lambda m: m[1] + m[2].lower(), url)
    path, _, query = url.removeprefix("redis+socket://").partition("?")
    return f"unix://{path}?{query.replace('virtual_host=', 'db=')}"
