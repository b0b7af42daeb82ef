"""How many items make a handful: one to three seconds of work, as fast as this process has been."""

from dataclasses import dataclass

TARGET_S = 2.0
"""Work per message: long enough to hide the queue's cost, short enough to cancel and to share."""
LEAST_S = 0.25
"""Towards its end a job is cut finer, but not so fine that claims and commits cost more than the work."""
_WEIGHT = 0.3


@dataclass
class Pace:
    """A running mean of seconds per item, and the handful that follows from it."""

    item_s: float = 0.1
    _is_guess: bool = True

    def record(self, items: int, elapsed_s: float) -> None:
        """Take a handful that was worked on into the mean; the first one replaces the guess."""
        if items:
            weight = 1.0 if self._is_guess else _WEIGHT
            self.item_s += weight * (elapsed_s / items - self.item_s)
            self._is_guess = False

    def size(self, most: int, pending: int, workers: int) -> int:
        """Return how many items to claim.

        Parameters
        ----------
        most: the largest handful allowed.
        pending: items of the job that nobody finished.
        workers: processes that share them: towards its end a job is cut finer, so that all end together.
        """
        by_time = int(TARGET_S / max(self.item_s, 1e-4))
        by_share = pending // (2 * max(workers, 1))
        least = int(LEAST_S / max(self.item_s, 1e-4))
        return max(1, min(most, by_time, max(by_share, least)))
