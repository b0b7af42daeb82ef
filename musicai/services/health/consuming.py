"""Whether a worker takes messages: not whether it answers, for that it does long after it has stopped."""

from collections.abc import Sequence

from musicai.broker import broker_url, of_no_use
from musicai.broker.health import silence
from musicai.config import Settings
from musicai.dispatch import Dispatcher, open_client
from musicai.errors import BrokerUnavailableError
from musicai.services.finding import Finding, fault, ok
from musicai.services.health.sign_of_life import EVERY_S, SignOfLife, living

# a worker that lost its broker tries again after 32 s at the latest
SILENT_S = 60 + 3 * EVERY_S
# a message that waits is taken within milliseconds by a process that is free
STALLED_S = 60.0


def examine_worker(
    settings: Settings, service: str, queues: Sequence[str], *, alive: bool = False
) -> Finding:
    """Say whether every worker of this machine that consumes one of the queues does so."""
    signs = [sign for sign in living(settings) if set(sign.queues) & set(queues)]
    if not signs:
        return fault(
            service, "none runs here, or none has come up yet", f"look at the log of the {service}"
        )
    why = silence(url := broker_url(settings))
    if why and not alive:
        return fault(service, of_no_use(url, why), "`musicai doctor` tells more")
    for sign in signs:
        if not why and (wrong := _what_is_wrong(settings, sign)):
            return fault(service, f"process {sign.pid} {wrong}", "start it again")
    return ok(service, "; ".join(_describe(sign) for sign in signs))


def _describe(sign: SignOfLife) -> str:
    return f"process {sign.pid} takes {', '.join(sign.queues)}: {sign.busy} of {sign.processes} at work"


def _what_is_wrong(settings: Settings, sign: SignOfLife) -> str:
    if sign.age_s > SILENT_S:
        return f"has shown no sign of life for {sign.age_s:.0f} s"
    if sign.idle_s > STALLED_S and (waiting := _waiting(settings, sign)):
        return f"has taken nothing for {sign.idle_s:.0f} s although {waiting} messages wait"
    return ""


def _waiting(settings: Settings, sign: SignOfLife) -> int:
    with open_client(settings) as app:
        dispatcher = Dispatcher(app, settings.window)
        try:
            return sum(dispatcher.waiting(queue) for queue in sign.queues)
        except BrokerUnavailableError:
            return 0
