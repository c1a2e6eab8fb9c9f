"""Which signals end the program in good order, and which it ignores.

In good order: the terminal is given back, phones get their feedback slots back, what is buffered is written.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGXCPU)
"""Asked to end, the terminal hung up, ctrl+\\, the soft limit of CPU time. ctrl+c is Python's KeyboardInterrupt."""
MEANINGLESS = (signal.SIGUSR1, signal.SIGUSR2)
"""Left to themselves they would kill the program where it stands."""


class SignalExit(SystemExit):
    """Raised where the program stands when a signal ends it; the exit code is a shell's, 128 and the number."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


def ending_signals() -> tuple[int, ...]:
    """Those of ENDING that the parent process has not ignored, as `nohup` does."""
    return tuple(number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN)


@contextmanager
def graceful_exit() -> Iterator[None]:
    """Meanwhile `Ended` is raised for the signals of ENDING, and those of MEANINGLESS are ignored.

    What the parent process ignored stays ignored, as `nohup` wants it. Only the main thread gets signals; in any
    other one this changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {}
    for number in (*ENDING, *MEANINGLESS):
        if signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, _end if number in ENDING else signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SignalExit(number)
