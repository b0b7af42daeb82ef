"""The Celery beat."""
