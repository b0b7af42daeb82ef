"""Every metric of the exporter: what it is called and what it says. The reference is made of this page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family


@dataclass(frozen=True)
class Metric:
    """One metric.

    Parameters
    ----------
    name: as it is exposed; that of a counter ends in ``_total``.
    help: what it says, with its unit.
    labels: what tells its series apart.
    histogram: whether it counts by size, as one of Flower's does.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    histogram: bool = False

    @property
    def kind(self) -> str:
        """What Prometheus calls it."""
        if self.histogram:
            return "histogram"
        return "counter" if self.name.endswith("_total") else "gauge"

    def family(self) -> CounterMetricFamily | GaugeMetricFamily:
        """Return an empty family of series."""
        if self.kind == "counter":
            return CounterMetricFamily(self.name.removesuffix("_total"), self.help, labels=self.labels)
        return GaugeMetricFamily(self.name, self.help, labels=self.labels)


UP = Metric("musicai_up", "Whether a part could be asked: catalogue, broker or flower.", ("part",))
SCRAPE_S = Metric("musicai_scrape_seconds", "What it took to ask a part.", ("part",))
BUILD = Metric("musicai_build_info", "Always 1; the label says which version exports.", ("version",))

TRACKS = Metric(
    "musicai_tracks_total",
    "Tracks that a job was through with, by outcome (done, unknown, failed, skipped) and, if failed, "
    "by error code.",
    ("node", "outcome", "error"),
)
STAGE_S = Metric(
    "musicai_stage_seconds_total",
    "Seconds of worker processes by stage: decode, front_end, network, cache, catalogue.",
    ("node", "stage"),
)
JOBS = Metric("musicai_jobs", "Jobs that have not ended, by state.", ("kind", "state"))
PENDING = Metric(
    "musicai_pending_items",
    "Items of unended jobs that nobody finished, also those in workers' hands. A training run is one item.",
    ("kind", "priority", "state"),
)
FAULTS = Metric("musicai_job_faults", "Jobs that nobody can work on: no mount, no model.", ("kind",))
QUARANTINE = Metric(
    "musicai_quarantine_items",
    "Tracks in quarantine now: one leaves when its file changes or goes, and while it is tried again.",
)
CLAIMS = Metric("musicai_claims", "Handfuls in the hands of worker processes.", ("node",))
CLAIM_AGE = Metric("musicai_oldest_claim_age_seconds", "Age of the oldest claim; 0 when there is none.")
MODEL = Metric(
    "musicai_model_info",
    "Always 1; role `active`: the model that answers when none is named; role `job`: one that an unended "
    "job asks. The digest is the beginning of that of the weights.",
    ("model", "digest", "role"),
)
RUNS = Metric("musicai_training_runs", "Training runs by state.", ("state",))
EPOCH = Metric("musicai_training_epoch", "Epochs that a live run has done.", ("job_id", "model"))
EPOCHS = Metric(
    "musicai_training_epochs",
    "Epochs of a live run in all; 0 until its data are read.",
    ("job_id", "model"),
)
EPOCH_AGE = Metric(
    "musicai_training_progress_age_seconds",
    "Seconds since a running run began or last ended an epoch.",
    ("job_id", "model"),
)
LOSS = Metric(
    "musicai_training_loss", "Loss of a live run after its latest epoch.", ("job_id", "model", "side")
)
ACCURACY = Metric(
    "musicai_training_accuracy",
    "Share of right answers of a live run after its latest epoch, 0 to 1.",
    ("job_id", "model", "side"),
)

SCHEDULE_NEXT = Metric(
    "musicai_schedule_next_timestamp_seconds",
    "When a schedule fires next, in Unix time; none while it is paused or when it has ended.",
    ("schedule", "kind"),
)
SCHEDULE_LAST = Metric(
    "musicai_schedule_last_timestamp_seconds", "When it last fired, in Unix time.", ("schedule", "kind")
)
SCHEDULE_END = Metric(
    "musicai_schedule_last_end_timestamp_seconds",
    "When its last firing, with all that it began, was over, in Unix time; none until then.",
    ("schedule", "kind"),
)
SCHEDULE_OUTCOME = Metric(
    "musicai_schedule_last_outcome",
    "Always 1; the label says what came of its last firing: waiting, sent, running, done, failed, "
    "cancelled or skipped.",
    ("schedule", "kind", "outcome"),
)

MESSAGES = Metric("musicai_messages", "Messages that wait in the broker.", ("queue",))
SERVICES = Metric(
    "musicai_services",
    "Services that answer through the broker: worker, trainer, scheduler.",
    ("service",),
)

METRICS = (
    UP,
    SCRAPE_S,
    BUILD,
    TRACKS,
    STAGE_S,
    JOBS,
    PENDING,
    FAULTS,
    QUARANTINE,
    CLAIMS,
    CLAIM_AGE,
    MODEL,
    RUNS,
    EPOCH,
    EPOCHS,
    EPOCH_AGE,
    LOSS,
    ACCURACY,
    SCHEDULE_NEXT,
    SCHEDULE_LAST,
    SCHEDULE_END,
    SCHEDULE_OUTCOME,
    MESSAGES,
    SERVICES,
)


class Reading(NamedTuple):
    """One value of one series."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


def families(readings: Iterable[Reading]) -> list[Family]:
    """Return readings as Prometheus' client exposes them, those of one metric together."""
    found: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
    for metric, labels, value in readings:
        if metric.name not in found:
            found[metric.name] = metric.family()
        # what is no number is found by the part that it comes from, not where all of it is written
        found[metric.name].add_metric(labels, float(value))
    return [found[metric.name] for metric in METRICS if metric.name in found]
