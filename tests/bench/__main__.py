"""`python -m tests.bench [NAME…]`: every gate at full size, as a table; fails where one is beyond.

NAME is one of `knowledge polling starting keys pushes`. PHONETUI_BENCH_PHONES changes how many phones there are.
"""

import importlib.util
import os
import platform
import sys
from datetime import UTC, datetime

MISSING = [name for name in ("psutil", "pyte") if importlib.util.find_spec(name) is None]


def main(names: list[str]) -> int:
    if MISSING:
        print(f"not measured: {', '.join(MISSING)} is missing; install phonetui[test]")
        return 0
    from tests.bench.gates import FULL, GATES

    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors, Python {platform.python_version()}, "
          f"load {os.getloadavg()[0]:.1f}; {FULL.phones} phones", flush=True)  # fmt: skip
    beyond = 0
    for measure in GATES:
        if names and measure.__name__ not in names:
            continue
        for gate in measure(FULL):
            print(gate, flush=True)
            beyond += not gate.holds
    print(f"{beyond} beyond their gate" if beyond else "all within their gates")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
