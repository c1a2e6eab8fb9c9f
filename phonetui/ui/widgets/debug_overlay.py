"""An overlay with the program's own cost (CPU, memory, frames), measured only while it is shown."""

import asyncio
import resource
import sys
from collections import Counter
from statistics import median

from textual.content import Content
from textual.widgets import Static

from phonetui.ui.driver import OutputStats
from phonetui.ui.session import Session
from phonetui.ui.text.format import DASH

SHOWN_S = 1.0
"""Seconds between two readings."""
LAG_S = 0.1
"""Seconds between two looks at how late the loop is."""


class DebugOverlay(Static, can_focus=False):
    DEFAULT_CSS = """
    DebugOverlay { dock: right; layer: gauge; width: 32; height: auto; background: $surface; color: $foreground; }
    """

    def __init__(self, session: Session, output_stats: OutputStats) -> None:
        super().__init__()
        self._session = session
        self._output_stats = output_stats
        self._before = (0, 0, 0.0)
        self._lag_s = 0.0
        self._looked_at = 0.0

    def on_mount(self) -> None:
        self._looked_at = asyncio.get_running_loop().time()
        self._before = self._counted()
        self.set_interval(LAG_S, self._late)
        self.set_interval(SHOWN_S, self._read)
        self._read()

    def _late(self) -> None:
        now = asyncio.get_running_loop().time()
        self._lag_s = max(self._lag_s, now - self._looked_at - LAG_S)
        self._looked_at = now

    def _counted(self) -> tuple[int, int, float]:
        return self._output_stats.written, self._output_stats.paints, asyncio.get_running_loop().time()

    def _read(self) -> None:
        written, paints, at = self._counted()
        seconds = max(at - self._before[2], LAG_S)
        rates = (written - self._before[0]) / seconds, (paints - self._before[1]) / seconds
        self._before = (written, paints, at)
        self.update(Content("\n".join(self._lines(*rates))))
        self._lag_s = 0.0

    def _lines(self, written_per_s: float, paints_per_s: float) -> list[str]:
        fleet = self._session.fleet
        connections = [phone.connection for phone in fleet.phones.values()]
        answers = sorted([each.answer_ms for each in connections if each.answer_ms is not None])
        states = Counter(str(each.state) for each in connections)
        polls = f"{median(answers):.0f} ms, at most {answers[-1]:.0f}" if answers else DASH
        return [
            f" written  {written_per_s:.0f} bytes/s",
            f" paints   {paints_per_s:.1f} /s",
            f" answers  {polls}",
            f" loop lag {max(self._lag_s, 0) * 1e3:.0f} ms",
            f" tasks    {len(asyncio.all_tasks())}",
            f" memory   {_most_memory_mb():.0f} MB at most",
            *(f" {state:<12} {count}" for state, count in states.most_common()),
        ]


def _most_memory_mb() -> float:
    """The most that was ever resident; getrusage(2) counts it in KiB, on macOS in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10
