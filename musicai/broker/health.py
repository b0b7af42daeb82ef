"""Whether a broker answers."""

import re

import redis

from musicai.broker import amqp
from musicai.config import masked

_PRIVATE = "redis+socket://"


def is_answering(url: str, timeout_s: float = 2.0) -> bool:
    """Whether the broker at a URL answers. A server that still loads its data does not yet."""
    return not silence(url, timeout_s)


def of_no_use(url: str, why: str) -> str:
    """Say that the broker at a URL is away or refuses, and what to do: everybody says it in these words."""
    advice = (
        "`musicai up` starts it" if url.startswith(_PRIVATE) else "start it, or check MUSICAI_BROKER_URL"
    )
    return f"the broker {masked(url)} cannot be used ({masked(why).strip().rstrip('.')}): {advice}"


def silence(url: str, timeout_s: float = 2.0) -> str:
    """Return why the broker at a URL does not answer; empty when it does."""
    if amqp.is_amqp(url):
        return masked(amqp.refusal(url, timeout_s) or "")
    try:
        with connect(url, timeout_s) as client:
            return "" if client.ping() else "it answers, but no PING"
    except redis.RedisError as err:
        return masked(str(err))


def connect(url: str, timeout_s: float = 2.0) -> redis.Redis:
    """Return a client of a broker's URL, in kombu's spelling too. Nothing is connected yet."""
    return redis.Redis.from_url(redis_url(url), socket_timeout=timeout_s, socket_connect_timeout=timeout_s)


def redis_url(url: str) -> str:
    """Return a broker's URL as redis-py spells it: ``unix://``, and ``db`` for kombu's virtual host."""
    if not url.startswith(_PRIVATE):
        # kombu says CERT_REQUIRED where redis-py says required
        return re.sub(r"(ssl_cert_reqs=)CERT_(\w+)", lambda m: m[1] + m[2].lower(), url)
    path, _, query = url.removeprefix(_PRIVATE).partition("?")
    return f"unix://{path}?{query.replace('virtual_host=', 'db=')}"
