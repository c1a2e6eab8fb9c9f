"""Which signals end the program in good order, and which it ignores.

In good order: the terminal is given back, phones get their feedback slots back, what is buffered is written.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGXCPU)
"""Asked to end, the terminal hung up, ctrl+\\, the soft limit of CPU time. ctrl+c is Python's KeyboardInterrupt."""
MEANINGLESS = (signal.SIGUSR1, signal.SIGUSR2)
"""Left to themselves they would kill the program where it stands."""


class SignalExit(SystemExit):
    """Raised where the program stands when a signal ends it; the exit code is a shell's, 128 and the number."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


class EndingSignal:
    """Takes the signals of ENDING on a running event loop: the first one ends the program in good order."""

    def __init__(self, loop: "AbstractEventLoop", ended: Callable[[], object]) -> None:
        """`ended` is called at each of them."""
        self._ended = ended
        self.number: int | None = None
        """The first that came; None while none has."""
        for number in ending_signals():
            loop.add_signal_handler(number, self._end, number)

    @property
    def exit_code(self) -> int:
        """0 as well after SIGTERM, by which services are stopped; else a shell's, 128 and the number."""
        return 0 if self.number in (None, signal.SIGTERM) else 128 + self.number

    def _end(self, number: int) -> None:
        self.number = self.number or number
        self._ended()


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
