"""Run a program that is told to stop when its supervisor is gone: ``tether.py SUPERVISOR PROGRAM ARG...``.

Run as a script, without MusicAI, because it starts before every service. Linux alone has the means
(the parent-death signal, which survives the exec); elsewhere the next supervisor stops what it finds
left behind. The broker is not tethered: it has to outlive the workers.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for SIGTERM on the supervisor's death, and become the program."""
    supervisor, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(supervisor):
            sys.exit("the supervisor ended before its service began")
    os.execv(command[0], command)  # nosec B606  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
