"""``metrics.md``: what the exporter says, from the list that it is made of, and from Flower."""

from collections.abc import Iterable

from generator.docstrings import member_meanings
from generator.markdown import code, generated, table
from musicai.services.exporter.flower_metrics import flower_metrics
from musicai.services.exporter.metrics import METRICS, Metric
from musicai.states import Stage, TrackOutcome

_INTRODUCTION = """\
`musicai exporter` serves these at `http://127.0.0.1:5556/metrics`, and `musicai up --exporter` with everything else;
[the recipe](../how-to.md#monitoring) says how to scrape, draw and be woken by them. Counters are written by workers
in the transaction that made them true, one row for each node, and start anew for a node that did nothing for a week.
Everything else is read from small tables at each scrape, never from the tracks. A part that cannot be asked within
five seconds is left out, and `musicai_up` says so. No label holds a path, a title or a secret.
"""

_FLOWER = """\
## Flower's

Passed on from Flower's own `/metrics` while it runs.

"""


def page() -> str:
    """Return the page."""
    head = generated("Metrics", "`musicai/services/exporter/metrics.py`")
    labels = "\n".join(
        [
            "## Stages\n",
            table(("stage", "what the seconds went to"), _members(Stage)),
            "## Outcomes\n",
            table(("outcome", "what became of the track"), _members(TrackOutcome)),
        ]
    )
    return "\n".join([head, _INTRODUCTION, _table(METRICS), labels, _FLOWER + _table(flower_metrics())])


def _table(metrics: Iterable[Metric]) -> str:
    rows = [(code(m.name), m.kind, ", ".join(map(code, m.labels)), m.help) for m in metrics]
    return table(("metric", "kind", "labels", "meaning"), rows)


def _members(kind: type[Stage] | type[TrackOutcome]) -> list[tuple[str, str]]:
    return [(code(name), meaning) for name, meaning in member_meanings(kind).items()]
