"""Flower's own metrics, passed on: who scrapes MusicAI needs one address."""

import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.parser import text_string_to_metric_families

from musicai.errors import ServiceError

_PATIENCE_S = 3.0
_LONGEST = 50_000_000


@dataclass(frozen=True)
class FlowerPart:
    """Flower, as the exporter asks it."""

    url: str

    def read(self) -> list[Family]:
        """Return Flower's metrics; those of its Python process are left out, for the exporter has its own.

        Raises
        ------
        ServiceError: it does not run there.
        """
        address = f"{self.url.rstrip('/')}/metrics"
        try:
            with urllib.request.urlopen(address, timeout=_PATIENCE_S) as answer:  # nosec B310  # noqa: S310 - see config
                text = answer.read(_LONGEST).decode()
            return [family for family in text_string_to_metric_families(text) if _is_flowers(family)]
        except (OSError, HTTPException, ValueError) as err:
            raise ServiceError(f"flower at {self.url}: {err}") from err


def _is_flowers(family: Family) -> bool:
    return family.name.startswith("flower_") and not family.name.endswith("_created")
