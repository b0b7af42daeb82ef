"""How fast a job goes, how long it will take, and who works on it, as seen by somebody who watches."""

import time
from collections import deque

from musicai.cli.output import counted, duration
from musicai.services.jobs import JobView

_WINDOW_S = 30.0
"""The rate is that of the last half minute: of a job that was paused for a day the mean says nothing."""
_LEAST_S = 1.0
_SILENT_S = 10.0
"""A handful takes two seconds: who says nothing for longer has become slow."""
_BETWEEN_HANDFULS_S = 5.0
"""So long somebody counts as at work who just gave a handful back and has not claimed the next one."""


class JobPace:
    """What is made of one look after the other at a job."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque()
        self._worked: int | None = None
        self._workers: dict[str, int] = {}
        self._seen_at = 0.0
        self._wanted = "worker"

    def look(self, view: JobView) -> None:
        """Take a look into account."""
        moment, worked = time.monotonic(), view.done + view.failed
        self._wanted = "trainer" if view.run else "worker"
        if worked != self._worked:
            if self._worked is not None:  # since when it stood where it did at the first look, nobody knows
                self._looks.append((moment, worked))
            self._worked = worked
        while len(self._looks) > 2 and self._looks[1][0] < moment - _WINDOW_S:
            self._looks.popleft()
        if view.workers or moment - self._seen_at > _BETWEEN_HANDFULS_S:
            self._workers, self._seen_at = view.workers, moment

    @property
    def rate(self) -> float | None:
        """Tracks per second from one commit to another; None until there were two."""
        if len(self._looks) < 2:
            return None
        (begun, first), (latest, last) = self._looks[0], self._looks[-1]
        silent_s = time.monotonic() - latest
        elapsed_s = latest - begun + (silent_s if silent_s > _SILENT_S else 0)
        return (last - first) / max(elapsed_s, _LEAST_S)

    def speed(self) -> str:
        """Return the rate in words."""
        return f"{self.rate:,.1f} tracks/s" if self.rate else ""

    def left(self, view: JobView) -> str:
        """Return how long it will take; while the folders are read nobody knows."""
        if not self.rate or view.state == "scanning":
            return ""
        return f"{duration(view.pending / self.rate)} left"

    def who(self) -> str:
        """Return who works on it."""
        if not self._workers:
            return f"waits for a {self._wanted}"
        nodes = sorted(self._workers)
        where = nodes[0] if len(nodes) == 1 else counted(len(nodes), "node")
        return f"{sum(self._workers.values())} at work on {where}"
