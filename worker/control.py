"""Tasks on the queue `control`."""

from typing import Any

from musicai import names
from musicai.services.reconcile import reconcile as put_right
from musicai.services.schedules.reconciling import note_reconciled
from worker.base import CatalogueTask
from worker.celery import app


@app.task(name=names.RECONCILE_TASK, base=CatalogueTask, bind=True)  # type: ignore[untyped-decorator]
def reconcile(self: CatalogueTask, **kwargs: Any) -> str:
    """Put back what dead workers held and wake jobs that nobody works on.

    Safe to run any number of times: it compares rows with the world and changes what is wrong.
    """
    mended = put_right(self.engine, self.settings, self.dispatcher)
    note_reconciled(self.engine, kwargs, mended)
    return str(mended)
