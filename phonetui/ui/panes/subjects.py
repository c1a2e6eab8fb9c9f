"""What of a phone can be charted: its calls, then its ports, as far as they have figures."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf
from statistics import median
from typing import NamedTuple

from phonetui.phone.state import CallKey
from phonetui.ui.panes.charted import Figure, of_port
from phonetui.ui.panes.ports import NAMES, about, port_name
from phonetui.ui.panes.scene import Scene
from phonetui.ui.row import text

Key = CallKey | int
"""Of a call, or of a port."""


class Subject(NamedTuple):
    """What is charted."""

    figures: tuple[Figure, ...]
    since_at: float
    words: str
    told: str
    """Of the other end, where that has no figures."""
    gap_s: float
    """Readings further apart are not joined."""
    until: float | None = None
    """Monotonic seconds of the newest reading, where that is not the phone's newest answer."""


def subjects(scene: Scene) -> list[Key]:
    if scene.phone is None:
        return []
    calls = [call.key for call in scene.phone.calls if call.key in scene.histories]
    return [*calls, *(port.index for port in scene.phone.ports if port.index in scene.port_histories)]


def gap_s(times: Sequence[float]) -> float:
    """Three of the usual intervals: a port is read less often than calls are."""
    return 3 * median([after - before for before, after in pairwise(times)] or [0.0])


def port_subject(scene: Scene, index: int) -> Subject | None:
    port = next((port for port in scene.phone.ports if port.index == index), None) if scene.phone else None
    if port is None:
        return None
    history = scene.port_histories[index]
    words = f"{port_name(port)} port" if port.index in NAMES else port_name(port)
    times = [at for at, _ in history.errors.window(-inf, inf)]
    return Subject(of_port(history), history.since_at, words, text(about(port)), gap_s(times), max(times, default=None))
