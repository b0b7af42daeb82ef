"""Work on one run in this process, without a broker: ``python -m worker.train_here RUN``."""

import logging
import os
import signal
import sys
from types import FrameType

from musicai.catalogue.session import open_engine
from musicai.config import Settings
from musicai.errors import MusicAIError
from musicai.logs import configure
from musicai.pipeline.train import TrainWork
from musicai.process import ProcessIdentity
from worker.publishing import Publisher

_asked_to_stop = False


def main(arguments: list[str]) -> int:
    """Train; return the exit status."""
    signal.signal(signal.SIGTERM, _stop)
    settings = Settings.from_env()
    configure(settings, "train", logging.INFO)
    engine = open_engine(settings.catalogue_url, settings.database_timeout_s)
    holder = ProcessIdentity.of(os.getpid())
    work = TrainWork(engine, settings, holder, Publisher(engine, settings), lambda: _asked_to_stop)
    try:
        work.run(only=int(arguments[0]))
    except MusicAIError as err:
        sys.stderr.write(f"{err}\n")
        return err.exit_status
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    """Remember the wish: the run writes a checkpoint before it ends."""
    global _asked_to_stop  # noqa: PLW0603 - a signal handler has nowhere else to put it
    _asked_to_stop = True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
