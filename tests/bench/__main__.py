"""`python -m tests.bench [NAME…]`: every gate at full size, as a table, in some five minutes.

NAME is one of `knowledge polling starting pushes idle hops first_frame simulator`; keys are pressed within `polling`.
PHONETUI_BENCH_PHONES changes how many phones there are, PHONETUI_BENCH_ANYWAY has figures told whatever else the
machine does. Exits with 1 where a figure is beyond its gate, and with 2
where none is, but other programs took so much of the machine that some could not be told.
"""

import importlib.util
import os
import platform
import sys
import time
from datetime import UTC, datetime

MISSING = [name for name in ("psutil", "pyte") if importlib.util.find_spec(name) is None]


def main(names: list[str]) -> int:
    if MISSING:
        print(f"not measured: {', '.join(MISSING)} is missing; install phonetui[test]")
        return 0
    from tests.bench.gate import FULL, Gate
    from tests.bench.gates import GATES, measured

    began = time.monotonic()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors, Python {platform.python_version()}, "
          f"load {os.getloadavg()[0]:.1f}; {FULL.phones} phones", flush=True)  # fmt: skip
    beyond = untold = 0
    for measure in GATES:
        if names and measure.__name__ not in names:
            continue
        try:
            for gate in measured(measure, FULL):
                print(gate, flush=True)
                untold += isinstance(gate, Gate) and gate.most is not None and not gate.is_valid
                untold += isinstance(gate, str) and "too busy" in gate
                beyond += isinstance(gate, Gate) and gate.is_valid and not gate.holds
        except AssertionError as error:
            print(f"{measure.__name__}: BEYOND: {error}", flush=True)
            beyond += 1
    print(f"{beyond} beyond their gate, {untold} not told: the machine was too busy; {time.monotonic() - began:.0f} s")
    return 1 if beyond else 2 if untold else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
