"""Watching a job that others work on."""

import time
from functools import partial

from sqlalchemy import Engine

from musicai.config import Settings
from musicai.services import jobs
from musicai.services.audience import Audience
from musicai.services.jobs import JobView
from musicai.services.run import Display, Interrupted
from musicai.states import JobState

_TICK_S = 0.5


def watch(engine: Engine, settings: Settings, job_id: int, display: Display) -> JobView:
    """Return a job when it has ended or is paused; Interrupted leaves it alone."""
    audience = Audience(partial(jobs.open_dispatcher, settings), display.happened)
    view = jobs.read(engine, job_id)
    try:
        while not view.has_ended and view.state != JobState.PAUSED:
            display.viewed(view)
            audience.look(view)
            time.sleep(_TICK_S)
            view = jobs.read_patiently(engine, job_id, display.happened)
    except KeyboardInterrupt:
        raise Interrupted(view) from None
    return view
