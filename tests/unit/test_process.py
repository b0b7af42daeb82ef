"""Process identities."""

import os
import sys
from pathlib import Path

import pytest

from musicai.process import ProcessIdentity


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_start_time_does_not_depend_on_the_time_of_day() -> None:
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    assert ProcessIdentity.current().started == pytest.approx(ticks / os.sysconf("SC_CLK_TCK"), abs=0.01)


def test_a_process_knows_itself_alive() -> None:
    assert ProcessIdentity.current().is_alive()


def test_a_later_process_of_the_same_number_is_another_one() -> None:
    me = ProcessIdentity.current()
    assert not ProcessIdentity(me.host, me.pid, me.started - 1).is_alive()
