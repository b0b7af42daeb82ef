"""The Celery worker: ``celery -A worker worker``.

The application is named here: with an empty file Celery would hide a broken import behind
"Module 'worker' has no attribute 'celery'".
"""

import gc

# the collector would go through the objects of torch again and again, a seventh of the time of a start
gc.disable()

from worker.celery import app  # noqa: E402

gc.freeze()
gc.enable()

__all__ = ["app"]
