"""`musicai --help` against the imports that it may be compared with.

    python -m benchmarks.startup [--rounds 15]

Prints the processor time of ``python -m musicai --help`` and of ``python -c "import click, sqlalchemy"``
(median, by turns, whole processes), and the ratio.
"""

import argparse
import resource
import subprocess
import sys

from benchmarks.measure import Figure, by_turns

ASKED = 1.5


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def _children_cpu_s(action: object) -> float:
    begin = resource.getrusage(resource.RUSAGE_CHILDREN)
    action()  # type: ignore[operator]
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    return end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    ours, theirs = by_turns(
        [lambda: _run("-m", "musicai", "--help"), lambda: _run("-c", "import click, sqlalchemy")],
        arguments.rounds,
        _children_cpu_s,
    )
    Figure(
        "musicai --help, against importing click and sqlalchemy",
        f"within {ASKED:g} x",
        f"{ours * 1e3:.0f} ms / {theirs * 1e3:.0f} ms = {ours / theirs:.2f} x",
        ours / theirs <= ASKED,
    ).show()


if __name__ == "__main__":
    main()
