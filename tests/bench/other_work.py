"""What other programs took of the machine during a measurement: beyond some of it, a figure says nothing."""

import time

import psutil


class OtherWork:
    """From when it is made on. Programs that the measurement started are its own as long as they run and once they ended."""

    def __init__(self) -> None:
        self._began, self._busy_s, self._own_s = time.monotonic(), _busy_s(), _own_s()

    @property
    def cores(self) -> float:
        """Taken by others so far, in the mean: 0 … the number of processors."""
        seconds = max(time.monotonic() - self._began, 1e-3)
        return max(_busy_s() - self._busy_s - (_own_s() - self._own_s), 0.0) / seconds


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def _own_s() -> float:
    me = psutil.Process()
    times = me.cpu_times()
    seconds = times.user + times.system + times.children_user + times.children_system
    for child in me.children(recursive=True):
        try:
            child_times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds += child_times.user + child_times.system
    return float(seconds)
