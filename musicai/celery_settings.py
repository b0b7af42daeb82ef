"""Celery's settings, for every side of the wire. Each value that is not Celery's default says why."""

import socket
from typing import Any

from kombu.entity import Exchange, Queue

from musicai import names
from musicai.broker import amqp
from musicai.broker.address import broker_url
from musicai.config import Settings

_HOUR_S = 3600
_REDELIVER_S = 600


def task_time_limit_s(settings: Settings) -> int:
    """Return the seconds after which a classify task's process is killed.

    Far beyond the work of a message: a track that gets on may take long (hours of sound, all of it), and
    a catalogue that is away is waited for. One that hangs in its decoder is ended by the worker itself.
    """
    return _HOUR_S + 2 * settings.item_timeout_s


def visibility_timeout_s(settings: Settings) -> int:
    """Return the seconds after which the broker delivers an unacknowledged message again.

    It knows no sign of life, so a task that runs longer meets its own copy: harmless, for the catalogue
    says who works on what, but each copy would wake another one. Nothing waits for it either, for the
    reconciler sends what is missing within a minute.
    """
    return max(settings.lease_s, _REDELIVER_S)


def client_config(settings: Settings) -> dict[str, Any]:
    """Return the settings of a process that sends: command line, scheduler, Flower."""
    return {
        **_common(settings),
        "broker_transport_options": {**_transport_options(settings), **_impatience(settings)},
        # three retries with no pause are over before a restarted server listens again
        "task_publish_retry_policy": {"max_retries": 2, "interval_start": 0.2, "interval_step": 0.2},
        # one process sends from one thread: ten idle connections per client exhaust a small server
        "broker_pool_limit": 2,
    }


def worker_config(settings: Settings) -> dict[str, Any]:
    """Return the settings of a classify worker."""
    return {
        **_common(settings),
        "broker_transport_options": {**_transport_options(settings), **_watchfulness(settings)},
        # the default of 100 ends the worker when the broker is away for long
        "broker_connection_max_retries": None,
        **_prefetch(settings),
        "worker_concurrency": settings.concurrency,
        # the tasks' state for Flower; without events it shows nothing
        "worker_send_task_events": True,
        # a process that takes more than the default 4 s to come up is killed and replaced for ever
        "worker_proc_alive_timeout": 60,
        # a decoder that leaks is renewed after some 32 000 tracks
        "worker_max_tasks_per_child": 500,
        # the backstop for a process that hangs where nothing else looks; a soft limit could not end it
        "task_time_limit": task_time_limit_s(settings),
        # the worker's logging goes to its own stream; captured prints would lose the order
        "worker_redirect_stdouts": False,
    }


def _common(settings: Settings) -> dict[str, Any]:
    address = broker_url(settings)
    url = amqp.without_query(address) if amqp.is_amqp(address) else address
    return {
        **(_amqp(address) if amqp.is_amqp(address) else {}),
        "broker_url": url,
        # CELERY_BROKER_URL of some other project in the environment would win over broker_url alone
        "broker_read_url": url,
        "broker_write_url": url,
        # the first connection would fail at once, and a service could not start before its broker
        "broker_connection_retry_on_startup": True,
        # nothing but JSON is ever unpacked: a pickle in the queue would be code
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "event_serializer": "json",
        # the catalogue is the record; results in the broker would grow with every job
        "task_ignore_result": True,
        # acknowledged when done: a message in the hands of a worker that dies comes back
        "task_acks_late": True,
        # the death of one pool process gives its message back too, not only the whole worker's;
        # the catalogue counts the deaths, so that this ends
        "task_reject_on_worker_lost": True,
        # a task that its time limit killed is given back like one that died
        "task_acks_on_timeout": False,
        "task_queues": _queues(),
        # a misspelled queue is refused; it would be a queue that nobody reads
        "task_create_missing_queues": False,
        # Celery's own default names a queue that does not exist here
        "task_default_queue": names.CONTROL_QUEUE,
        "task_routes": {
            names.CLASSIFY_TASK: {"queue": names.CLASSIFY_QUEUE},
            names.TRAIN_TASK: {"queue": names.TRAIN_QUEUE},
            names.RECONCILE_TASK: {"queue": names.CONTROL_QUEUE},
            names.RESCAN_TASK: {"queue": names.CONTROL_QUEUE},
            names.SCAN_TASK: {"queue": names.CONTROL_QUEUE},
        },
        "timezone": "UTC",
    }


def _queues() -> list[Queue]:
    # Each with an exchange of its own: left out, all of them would be bound to the default one, and a
    # message to that exchange would land in every queue.
    return [Queue(name, Exchange(name), routing_key=name) for name in names.QUEUES]  # type: ignore[no-untyped-call]


def _amqp(url: str) -> dict[str, Any]:
    """Return what RabbitMQ needs besides. Its queues are classic ones, durable on their node.

    Quorum queues would keep three copies of messages that only wake somebody up, and the reconciler sends
    again what a lost node took along.
    """
    tls = amqp.tls_options(url)
    return {
        # kombu would talk TLS with anybody
        **({"broker_use_ssl": tls} if tls else {}),
        # the default of 120 s is how long a worker would listen to a server that is no longer there
        "broker_heartbeat": 20,
    }


def _impatience(settings: Settings) -> dict[str, Any]:
    """Return the timeouts without which a frozen server blocks the command line for ever."""
    if amqp.is_amqp(broker_url(settings)):
        return {"read_timeout": 5, "write_timeout": 5}
    return {"socket_timeout": 5}


def _watchfulness(settings: Settings) -> dict[str, Any]:
    if amqp.is_amqp(broker_url(settings)):
        return {}  # heartbeats notice a link that was cut
    return {
        # a connection that was cut without a word blocks the next acknowledgement, and with it the whole
        # worker, for ever; one that fails costs a second delivery, which changes nothing, and no prefetch
        # slot, for there are none
        "socket_timeout": 5,
        # a cut connection that only listens is noticed after two of these; the default is 25
        "health_check_interval": 5,
    }


def _prefetch(settings: Settings) -> dict[str, Any]:
    if amqp.is_amqp(broker_url(settings)):
        # 0 would mean no limit: one worker would take all messages and keep the others idle
        return {"worker_prefetch_multiplier": 1}
    # 0 and no prefetch: immune to lost prefetch slots, and no message waits behind a busy process
    return {"worker_prefetch_multiplier": 0, "worker_disable_prefetch": True}


def _keep_alive() -> dict[int, int]:
    """Return the options of a TCP socket, as far as this system has them."""
    wanted = {"TCP_KEEPIDLE": 20, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 60_000}
    return {getattr(socket, name): value for name, value in wanted.items() if hasattr(socket, name)}


def _transport_options(settings: Settings) -> dict[str, Any]:
    if amqp.is_amqp(broker_url(settings)):
        # a message counts as sent when the server says so, not when it left this machine
        return {"confirm_publish": True}
    return {
        # a server that others use too keeps our keys apart
        "global_keyprefix": "musicai:",
        "visibility_timeout": visibility_timeout_s(settings),
        # look for messages to deliver again every 5 s; the defaults add 100 s to the timeout
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # a host that drops packets would block the connection attempt for minutes
        "socket_connect_timeout": 5,
        # a connection that a firewall forgot is noticed, and within a minute: the system takes 2 hours
        "socket_keepalive": True,
        "socket_keepalive_options": _keep_alive(),
    }
