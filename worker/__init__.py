"""The Celery worker: ``celery -A worker worker``.

The application is named here: with an empty file Celery would hide a broken import behind
"Module 'worker' has no attribute 'celery'".
"""

from worker.celery import app

__all__ = ["app"]
