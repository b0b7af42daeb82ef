import os
import signal
import sys
import time

import pytest

import musicai.cli
from musicai.interrupts import interrupted_by, interrupts_kept


class Unlucky:
    """Ctrl-C comes while Python finalises this."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)


class Slow:
    def __del__(self):
        time.sleep(0.5)


class Broken:
    def __del__(self):
        raise ValueError


def lose_an_interrupt(*finalised):
    Unlucky()
    for make in finalised:
        make()
    time.sleep(10)


@pytest.mark.parametrize(
    "finalised",
    [
        pytest.param([], id="lost once"),
        pytest.param([Slow], id="lost again"),
    ],
)
def test_an_interrupt_that_python_ignores_comes_again(finalised):
    with interrupts_kept(), pytest.raises(KeyboardInterrupt):
        lose_an_interrupt(*finalised)


def test_a_command_whose_interrupt_python_ignores_ends(monkeypatch, capsys):
    monkeypatch.setattr(musicai.cli, "cli", lambda **options: lose_an_interrupt())
    with pytest.raises(SystemExit) as ended:
        musicai.cli.main()
    assert ended.value.code == 130
    assert "interrupted" in capsys.readouterr().err


def test_other_errors_that_python_ignores_are_told_as_ever(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: told.append(unraisable.exc_type))
    with interrupts_kept():
        Broken()
    Broken()
    assert told == [ValueError, ValueError]


def test_signals_interrupt_a_block_and_nothing_after_it():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), interrupted_by(signal.SIGTERM):
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_that_is_ignored_already_stays_ignored():
    """As the terminal's end under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupted_by(signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
