"""A bad day: a hundred phones, 30 % that hang, 20 % that reboot, 10 % that answer with a web page.

PHONETUI_SOAK_S says for how many seconds it is judged; 40 by default, which says nothing of memory. 1200 is what is held
to. PHONETUI_SOAK_WARM_UP_S is what goes before: 20 seconds by default, 40 minutes where memory is judged.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean, linear_regression, median

import psutil
import pytest

from tests.faults.programs import SLOW_S, environment, started, wait
from tests.faults.table import fault

PHONES = int(os.environ.get("PHONETUI_SOAK_PHONES", "100"))
SOAK_S = float(os.environ.get("PHONETUI_SOAK_S", "40"))
JUDGED_S = 600.0
"""A shorter run is too short to tell growth from noise."""
WARM_UP_S = float(os.environ.get("PHONETUI_SOAK_WARM_UP_S", "2400" if SOAK_S >= JUDGED_S else "20"))
"""In which connections find their way, and what is remembered of phones and calls has been there once: half an hour
passes before each phone has changed nearly each leaf that it ever changes, and their tables have their size."""
INTERVAL_S = 1.0
"""Between two readings, as configured."""
SLOWER = 1.2
"""Times the interval that a sound phone may wait on average."""
SLOPE_MB_H = 1.0


@contextmanager
def office(folder: Path) -> Iterator[Path]:
    """Served by a process of its own; the configuration that reaches it."""
    words = [sys.executable, "-m", "tests.faults.mixed_office", str(PHONES), str(folder)]
    with subprocess.Popen(words, env=environment(folder)) as serving:
        try:
            wait((folder / "phones.json").exists, 4 * SLOW_S, "the phones don't listen")
            lines = [
                "[defaults]",
                f"poll = {{ call = {INTERVAL_S}, idle = {INTERVAL_S}, slow = 10.0 }}",
                'transport = "http"',
            ]
            for phone in json.loads((folder / "phones.json").read_text()):
                lines += ["[[phone]]", *(f'{key} = "{phone[key]}"' for key in ("name", "url", "fingerprint"))]
            file = folder / "config.toml"
            file.write_text("\n".join(lines))
            yield file
        finally:
            serving.send_signal(signal.SIGTERM)
            try:
                serving.wait(SLOW_S)
            except subprocess.TimeoutExpired:  # phones that hang don't end by themselves; what is judged is the program
                serving.kill()


def asked(folder: Path) -> dict[str, int]:
    counts: dict[str, int] = json.loads((folder / "asked.json").read_text())
    return counts


@pytest.mark.slow
@pytest.mark.timeout(WARM_UP_S + SOAK_S + 300)
@fault(
    "most of a hundred phones hang, reboot or answer with a web page", holds="the sound ones don't feel it",
    seconds=WARM_UP_S + SOAK_S + 300,
)  # fmt: skip
def test_a_bad_day(tmp_path: Path) -> None:
    words = ("--config", str(tmp_path / "config.toml"), "watch")
    with office(tmp_path), started(tmp_path, *words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as watch:
        program = psutil.Process(watch.pid)
        time.sleep(WARM_UP_S)
        began, before = time.monotonic(), asked(tmp_path)
        samples: list[tuple[float, float, int]] = []
        while time.monotonic() < began + SOAK_S:
            time.sleep(1.0)
            memory = program.memory_info().rss / 2**20
            samples.append((time.monotonic() - began, memory, program.num_fds()))
        seconds, after = time.monotonic() - began, asked(tmp_path)
        watch.send_signal(signal.SIGTERM)
        assert watch.wait(SLOW_S) == 0
    intervals = {name: seconds / max(after[name] - before[name], 1) for name in before}
    slope = linear_regression([at for at, _, _ in samples], [memory for _, memory, _ in samples]).slope * 3600
    third = len(samples) // 3
    descriptors = [median(count for _, _, count in part) for part in (samples[:third], samples[-third:])]
    print(
        f"\n{PHONES} phones, {seconds:.0f} s after {WARM_UP_S:.0f} s: sound phones every {fmean(intervals.values()):.2f} s"
        f" (worst {max(intervals.values()):.2f}); memory {samples[-1][1]:.0f} MB, {slope:+.1f} MB/h;"
        f" descriptors {descriptors[0]:.0f} then {descriptors[1]:.0f}"
    )
    if os.getloadavg()[0] <= 1.5 * (os.cpu_count() or 1):  # a machine that others keep busy says nothing of pace
        assert fmean(intervals.values()) <= SLOWER * INTERVAL_S
    judged = seconds >= JUDGED_S  # chance weighs more in a minute than in twenty
    fair = 1.1 if judged else 1.5
    assert max(intervals.values()) <= fair * fmean(intervals.values()), "some sound phones wait longer than others"
    assert descriptors[1] <= 1.5 * descriptors[0]
    if judged:
        assert descriptors[1] <= 1.1 * descriptors[0]
        assert slope <= SLOPE_MB_H
