"""Tasks on the queue `classify`."""

from functools import cached_property
from typing import Any

from musicai import names
from musicai.messages import WakeUp
from musicai.pipeline.classify import ClassifyWork
from worker.base import CatalogueTask
from worker.cache import load_model
from worker.celery import app
from worker.stopping import is_stopping


class ClassifyTask(CatalogueTask):
    """Keeps the catalogue's engine, the model and the pace of this process."""

    abstract = True

    @cached_property
    def work(self) -> ClassifyWork:
        """What this process needs to classify."""
        store = self.settings.model_store
        return ClassifyWork(
            self.engine,
            self.settings,
            self.holder,
            lambda name, digest: load_model(name, digest, store),
            is_stopping,
        )


@app.task(name=names.CLASSIFY_TASK, base=ClassifyTask, bind=True)  # type: ignore[untyped-decorator]
def classify(self: ClassifyTask, **kwargs: Any) -> str:
    """Classify for about two seconds, then wake the next one while anything waits.

    Safe to deliver twice, late or never: which tracks it works on is claimed in the catalogue. Returns
    what came of it, for the reader of Flower: a message wakes somebody, and which job then is the most
    urgent one only the claim tells.
    """
    wake_up = WakeUp.from_kwargs(kwargs)
    if self.request.delivery_info.get("redelivered"):
        self.work.release_dead()
    report = self.work.run()
    if report.more and self.dispatcher.has_room():
        self.dispatcher.wake(wake_up)
    return str(report)
