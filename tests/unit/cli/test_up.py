import os
import signal

import pytest

from musicai.cli import up


class Unlucky:
    """The signal comes while Python finalises this."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)


class Node:
    def check(self):
        Unlucky()
        return []


@pytest.fixture
def asked():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield up._heed_signals()
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_a_signal_that_is_ignored_already_stays_ignored():
    """As Ctrl-C for what a shell runs in the background, and the terminal's end under nohup."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        asked = up._heed_signals()
        os.kill(os.getpid(), signal.SIGHUP)
        assert asked == []
        with pytest.raises(up._Stopped):
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.mark.timeout(20)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_whose_exception_is_lost_stops_it_nevertheless(asked):
    with pytest.raises(up._Stopped):
        up._watch(Node(), asked)
