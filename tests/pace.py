"""How fast this machine computes just now: tests that hold a figure in milliseconds allow for a slow or busy one."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

REFERENCE_MS = 10.0
"""What `_work` takes on a machine on which the figures hold as they are written."""


@dataclass(frozen=True, slots=True)
class _Value:
    number: int
    name: str = "a"
    other: float | None = None


def _work() -> None:
    """What the program's own work is made of: frozen values, made anew, and look-ups."""
    known = {(number, "call"): _Value(number) for number in range(8_000)}
    for key, value in known.items():
        known[key] = replace(value, other=float(known[key[0], "call"].number))


def slowness() -> float:
    """1.0 for a machine as fast as that one or faster, 3.0 for one that takes three times as long."""
    return max(1.0, least_ms(_work) / REFERENCE_MS)


def least_ms(work: Callable[[], object], times: int = 5) -> float:
    """Milliseconds of processor time that calling `work` takes, the best of some runs."""
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return 1000 * min(took)
