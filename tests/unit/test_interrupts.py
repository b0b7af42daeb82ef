import contextlib
import gc
import os
import signal
import sys
import time

import pytest

import musicai.cli
from musicai import interrupts
from musicai.interrupts import interrupted_by, interrupts_held, interrupts_kept


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
    with pytest.raises(KeyboardInterrupt), interrupts_kept():
        lose_an_interrupt(*finalised)


def test_a_command_whose_interrupt_python_ignores_ends(monkeypatch, capsys):
    monkeypatch.setattr(gc, "set_threshold", lambda *numbers: None)  # of this process, for good
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


def interrupted_by_the_other_one():
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_that_is_ignored_already_stays_ignored():
    """As the terminal's end under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), interrupted_by(signal.SIGHUP, signal.SIGTERM):
            interrupted_by_the_other_one()
    finally:
        signal.signal(signal.SIGHUP, before)


def press_ctrl_c_twice(steps, rest=lambda heed: None):
    with interrupts_held() as heed:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        steps.append("went on")
        rest(heed)
        steps.append("ended")


def swallow(heed):
    """As SQLite does with all that is raised in its callbacks."""
    with contextlib.suppress(KeyboardInterrupt):
        time.sleep(30)


def swallow_and_press_again(heed):
    swallow(heed)
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("hold_s", "rest", "steps"),
    [
        pytest.param(60, lambda heed: None, ["went on", "ended"], id="until its end"),
        pytest.param(60, lambda heed: heed(), ["went on"], id="until it heeds it"),
        pytest.param(0.1, lambda heed: time.sleep(30), ["went on"], id="for a second"),
        pytest.param(0.1, swallow, ["went on", "ended"], id="until its end where it was swallowed"),
        pytest.param(0.1, swallow_and_press_again, ["went on"], id="not another second"),
    ],
)
def test_an_interrupt_waits_where_a_block_must_not_be_broken_off(monkeypatch, hold_s, rest, steps):
    monkeypatch.setattr(interrupts, "_HOLD_S", hold_s)
    done = []
    with pytest.raises(KeyboardInterrupt), interrupts_kept():
        press_ctrl_c_twice(done, rest)
    assert done == steps


def test_an_interrupt_that_is_lost_at_the_end_rings_nobody_afterwards(monkeypatch):
    monkeypatch.setattr(interrupts, "_AGAIN_S", 60)
    with interrupts_kept():
        Unlucky()
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
