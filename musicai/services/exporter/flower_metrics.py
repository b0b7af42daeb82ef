"""Flower's own metrics, as the exporter passes them on."""

from typing import Any

from musicai.services.exporter.metrics import Metric


def flower_metrics() -> list[Metric]:
    """Return them, from Flower itself: a release of it may have others."""
    from flower.events import get_prometheus_metrics  # noqa: PLC0415 - only documents and tests ask

    return [_metric(collector) for collector in vars(get_prometheus_metrics()).values()]


def _metric(collector: Any) -> Metric:
    (family,) = collector.describe()
    name = f"{family.name}_total" if family.type == "counter" else family.name
    labels = tuple(collector._labelnames)
    return Metric(name, f"{family.documentation.rstrip('.')}.", labels, family.type == "histogram")
