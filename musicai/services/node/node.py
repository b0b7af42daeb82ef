"""Looks after the services of this machine while somebody waits: `musicai up`, `enqueue --wait`."""

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from signal import SIGQUIT, SIGTERM
from typing import Self

from musicai.broker import PrivateBroker, broker_url, is_answering, of_no_use
from musicai.broker.health import silence
from musicai.config import Settings
from musicai.errors import BrokerUnavailableError, ConfigError, ServiceError
from musicai.services import flower
from musicai.services.node import commands, exporter
from musicai.services.node.child import Child
from musicai.services.node.service import Service

SERVICES = ("broker", "worker", "trainer", "scheduler", "flower", "exporter")
# the worker: warm, the tracks in hand are finished; then cold, they are given back
_WORKER_STEPS = ((SIGTERM, 10.0), (SIGQUIT, 5.0))
# the trainer: its run writes a checkpoint and is given back
_TRAINER_STEPS = ((SIGTERM, 20.0), (SIGQUIT, 5.0))
# Flower writes down what it knows, after dawdling over its threads
_FLOWER_STEPS = ((SIGTERM, 15.0),)
# the others hold nothing
_OTHER_STEPS = ((SIGTERM, 1.0),)
_STEPS = {"worker": _WORKER_STEPS, "trainer": _TRAINER_STEPS, "flower": _FLOWER_STEPS}
_ONLOOKERS = ("flower", "exporter")
_ANSWER_S = 5.0


class Node:
    """The services of one machine, as far as nobody else runs them already.

    To be used from one thread that lives as long as the process: on Linux its end is what tells the
    services that nobody looks after them any more.

    Parameters
    ----------
    settings: what the services are started with.
    services: names out of `SERVICES`.
    """

    def __init__(self, settings: Settings, services: Sequence[str] = SERVICES) -> None:
        if unknown := set(services) - set(SERVICES):
            raise ConfigError(
                f"unknown service {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}"
            )
        self.settings = settings
        private = settings.has_private_broker and "broker" in services
        self.broker = PrivateBroker(settings) if private else None
        self.services = {name: self._service(name) for name in SERVICES[1:] if name in services}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start what nobody else on this machine runs yet.

        Raises
        ------
        BrokerUnavailableError: the private broker does not start, or the configured one does not answer.
        ServiceError: a service cannot be started.
        ConfigError: the port of Flower or of the exporter is taken.
        """
        with ExitStack() as stack:
            stack.callback(self.stop)
            self._make_folder()
            self._start_broker()
            for service in self.services.values():
                self._start(service)
            stack.pop_all()

    def check(self) -> list[str]:
        """Start again what died; return what happened, for people. To be called about once a second.

        Raises
        ------
        BrokerUnavailableError: the private broker died and does not start again.
        ServiceError: a service dies again and again.
        CatalogueOutdatedError: a service ended, for the catalogue was upgraded while it ran.
        """
        events = ["broker: started again"] if self.broker and self.broker.keep_alive() else []
        for service in self.services.values():
            events += service.check()
        return events

    def stop(self, *, at_once: bool = False) -> None:
        """Stop what this process runs, the broker last. Interrupted, it kills instead of waiting.

        Parameters
        ----------
        at_once: kill what nobody needs to wait for: the job has ended, and an idle worker takes two
            seconds to leave in good order.
        """
        ours = [service for service in self.services.values() if service.is_ours]
        try:
            for service in reversed(ours if not at_once else []):  # who sends stops before who works
                service.child.stop()
        finally:
            for service in ours:
                service.child.kill()
                service.release()
            if self.broker:
                self.broker.stop()

    def _service(self, name: str) -> Service:
        command = {
            "worker": commands.worker,
            "trainer": commands.trainer,
            "scheduler": commands.scheduler,
            "flower": flower.command,
            "exporter": exporter.command,
        }[name]
        environment = flower.environment if name == "flower" else commands.environment
        child = Child(
            name,
            command(self.settings),
            environment(self.settings),
            self.settings.run_folder,
            _STEPS.get(name, _OTHER_STEPS),
        )
        # work goes on without those who only look on
        return Service(child, vital=name not in _ONLOOKERS)

    def _make_folder(self) -> None:
        try:
            self.settings.run_folder.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise ServiceError(f"cannot use the folder {self.settings.run_folder}: {err}") from err

    def _start_broker(self) -> None:
        if self.broker:
            self.broker.ensure()
        elif not is_answering(broker_url(self.settings), _ANSWER_S):
            raise BrokerUnavailableError(unreachable(self.settings))

    def _start(self, service: Service) -> None:
        if not service.claim():
            return
        if service.child.name == "flower":
            _check_port("Flower", self.settings.flower_address, self.settings.flower_port)
        elif service.child.name == "exporter":
            _check_port("the exporter", self.settings.exporter_address, self.settings.exporter_port)
        service.begin()


def _check_port(who: str, address: str, port: int) -> None:
    """Refuse a taken port here: the service itself would die of it again and again."""
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, place = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as err:
        option = who.rsplit(maxsplit=1)[-1].lower()
        raise ConfigError(
            f"{who} cannot listen on {address} port {port} ({err.strerror}): choose another with "
            f"--{option}-port, or leave it out with --no-{option}"
        ) from err


def unreachable(settings: Settings) -> str:
    """Say that the broker does not answer, and what to do."""
    if settings.has_private_broker:
        return "no broker is configured and the private one does not run: `musicai up` starts it"
    url = broker_url(settings)
    return of_no_use(url, silence(url, _ANSWER_S))
