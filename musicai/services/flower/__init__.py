"""Flower, the live view: its command, its Celery application, and what its pages say of a task."""

from musicai.services.flower.service import command, environment

__all__ = ["command", "environment"]
