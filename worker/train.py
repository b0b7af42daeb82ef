"""Tasks on the queue `train`."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from musicai import names
from musicai.errors import NodeFaultError
from musicai.messages import TrainCall
from musicai.services.housekeeping import NodeFiles
from worker.base import CatalogueTask
from worker.celery import app
from worker.stopping import is_stopping
from worker.telling import Teller

if TYPE_CHECKING:
    from musicai.pipeline.train import TrainWork

_MONTH_S = 31 * 24 * 3600


class TrainTask(CatalogueTask):
    """Keeps which runs this process lacks something for."""

    abstract = True
    # the run stands in the catalogue and the reconciler calls again: a retry would be one more message each
    dont_autoretry_for = (NodeFaultError,)

    @cached_property
    def work(self) -> "TrainWork":
        """What this process needs to train."""
        from musicai.pipeline.train import TrainWork  # noqa: PLC0415 -- see `worker.celery.import_what_trains`
        from worker.publishing import Publisher  # noqa: PLC0415

        publisher = Publisher(self.engine, self.settings)
        return TrainWork(
            self.engine,
            self.settings,
            self.holder.process,
            publisher,
            is_stopping,
            progress=lambda text: self.teller.tell(self, text),
        )

    @cached_property
    def teller(self) -> Teller:
        """What shows Flower how far a run is."""
        return Teller(self.settings)

    @cached_property
    def files(self) -> NodeFiles:
        """What lies on the disk of this node, where nobody else may look."""
        return NodeFiles(self.engine, self.settings)


@app.task(  # type: ignore[untyped-decorator]
    name=names.TRAIN_TASK,
    base=TrainTask,
    bind=True,
    # acknowledged when it begins: the broker would deliver a message again that takes hours, to a second
    # trainer; the lease in the catalogue says who works on it, and the reconciler calls the next one
    acks_late=False,
    # the worker's own limit of an hour would kill every long run
    time_limit=_MONTH_S,
)
def train(self: TrainTask, **kwargs: Any) -> str:
    """Begin or resume the most urgent run that waits, and work on it until it ends.

    Safe to deliver twice, late or never: who works on which run is claimed in the catalogue. Returns
    what became of the run that it worked on, for the reader of Flower.
    """
    call = TrainCall.from_kwargs(kwargs)
    self.files.tidy()
    run = self.work.run()
    if run is None:
        return "no run waited"
    if self.work.anything_waits() and not is_stopping():
        self.dispatcher.call_trainer(call)
    return self.work.account(run)
