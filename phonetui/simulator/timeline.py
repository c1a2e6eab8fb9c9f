"""What is to happen when: a queue of actions by simulated time."""

import heapq
from collections.abc import Callable

Action = Callable[[float], None]
"""Is given the time it was due at, in seconds, however late time is let pass."""


class Timeline:
    """Runs actions in order of time, and of arrival within one instant."""

    def __init__(self) -> None:
        self._queue: list[tuple[float, int, Action]] = []
        self._arrivals = 0

    @property
    def next_due(self) -> float | None:
        return self._queue[0][0] if self._queue else None

    def at(self, t: float, action: Action) -> None:
        self._arrivals += 1
        heapq.heappush(self._queue, (t, self._arrivals, action))

    def every(self, first: float, period: float, action: Action) -> None:
        """Runs `action` at `first` and then each `period` seconds, without drift."""

        def again(t: float) -> None:
            self.at(t + period, again)
            action(t)

        self.at(first, again)

    def run_one(self, until: float) -> bool:
        """Runs the next action due by `until`; False when there is none."""
        if not self._queue or self._queue[0][0] > until:
            return False
        due, _, action = heapq.heappop(self._queue)
        action(due)
        return True
