"""What the exporter's figures cost a worker, against the work that they are about.

    python -m benchmarks.counting [--rounds 15]

Prints the processor time of the clocks of one clip's stages and of one handful's sums, written into an
SQLite catalogue in a transaction of their own, as a share of what one clip takes from file to scores.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks import in_process
from benchmarks.measure import Figure, by_turns, pin_to_one_core
from benchmarks.sounds import write_clip
from musicai.catalogue import counters, migrate
from musicai.catalogue.counters import CounterName, Sums
from musicai.catalogue.session import open_engine, transaction
from musicai.pipeline.stopwatch import Stopwatch
from musicai.states import Stage, TrackOutcome

ASKED = 0.01
HANDFUL = 64
MANY = 200
EXCERPTS = 3


def _clocks() -> None:
    """Do for many clips what a listener does: a clock for each stage of each excerpt, and a few besides."""
    stopwatch = Stopwatch()
    for _ in range(MANY):
        for _ in stopwatch.each(Stage.DECODE, range(EXCERPTS)):
            for stage in (Stage.FRONT_END, Stage.CACHE, Stage.FRONT_END, Stage.NETWORK):
                with stopwatch.stage(stage):
                    pass
        for stage in (Stage.CACHE, Stage.DECODE, Stage.DECODE, Stage.CACHE, Stage.DECODE):
            with stopwatch.stage(stage):
                pass


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    pin_to_one_core()
    sums: Sums = {(CounterName.SECONDS, stage): 1.5 for stage in Stage}
    sums = {**sums, **{(CounterName.TRACKS, outcome): 3 for outcome in TrackOutcome}}
    sums = {**sums, (CounterName.FAILURES, "truncated"): 1}
    with tempfile.TemporaryDirectory() as name:
        clip, classifier = Path(name) / "clip.flac", in_process.load_model()
        write_clip(clip)
        engine = open_engine(f"sqlite:///{name}/catalogue.db")
        migrate.upgrade(engine)

        def write() -> None:
            with transaction(engine) as session:
                counters.add(session, "node", sums)

        work_s, clocks_s, write_s = by_turns(
            [lambda: in_process.listen(classifier, clip), _clocks, write], arguments.rounds
        )
        engine.dispose()
    cost_s = clocks_s / MANY + write_s / HANDFUL
    Figure(
        "counting a clip's stages and outcome, against the clip",
        f"below {ASKED:.0%}",
        f"{clocks_s / MANY * 1e6:.0f} us + {write_s * 1e3:.1f} ms / {HANDFUL} of {work_s * 1e3:.1f} ms "
        f"= {cost_s / work_s:.2%}",
        cost_s / work_s < ASKED,
    ).show()


if __name__ == "__main__":
    main()
