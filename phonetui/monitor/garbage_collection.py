"""When Python looks for cyclic garbage while phones are watched: at moments of ours, not in the middle of a key press.

Left to itself it goes through all objects whenever a quarter more of them outlived a few rounds, which with a thousand
phones is every few seconds, and 40 to 200 ms each time. What phones say makes no cycles: references free it at once.
Cycles come from screens, connections and errors, a few megabytes an hour; those that die young are still found as ever.
"""

import gc
import time

from phonetui.process_memory import freeze_long_lived

YOUNG, ROUNDS = 2_000, (10, 1_000)
"""New objects between two rounds through the youngest, and rounds between those through older ones (`gc`): the oldest
are left to `update` but for a program that makes garbage by the hundred megabytes."""
SETTLED_S = 30.0
"""After the start most objects stay: what is there then is looked through once, and never again."""
PERIOD_S = 60.0
REST = 500
"""Times as long as a look took, nothing is looked through again."""


class GarbageCollection:
    """Of the whole process, from `begin` to `end`."""

    def __init__(self) -> None:
        self._before: tuple[int, int, int] | None = None
        self._due_at = 0.0
        self._has_settled = False

    def begin(self, at: float) -> None:
        """At monotonic second `at`."""
        self._before = gc.get_threshold()
        self._due_at = at + SETTLED_S
        gc.set_threshold(YOUNG, *ROUNDS)

    @property
    def due_at(self) -> float:
        """Monotonic second from which on `update` has something to do."""
        return self._due_at

    def update(self, at: float) -> None:
        if at < self._due_at:
            return
        began = time.perf_counter()
        if self._has_settled:
            gc.collect()
        else:
            self._has_settled = True
            freeze_long_lived()
        self._due_at = at + max(PERIOD_S, REST * (time.perf_counter() - began))

    def end(self) -> None:
        """As it was before."""
        if self._before is not None:
            gc.set_threshold(*self._before)
            self._before = None
