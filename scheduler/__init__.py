"""The Celery beat: ``celery -A scheduler beat``. It knows task names and no task code."""

from scheduler.celery import app

__all__ = ["app"]
