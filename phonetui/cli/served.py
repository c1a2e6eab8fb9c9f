"""An office of simulated phones that runs in a thread beside the dashboard."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonetui.simulator.server import Settings, SimulatedPhone

_log = logging.getLogger(__name__)

START_S = 30.0
"""A hundred certificates on a slow machine; usually a fifth of a second."""
END_S = 5.0


@dataclass(slots=True)
class Office:
    """Simulated phones that are being started."""

    _phones: "Future[tuple[SimulatedPhone, ...]]"

    def phones(self) -> "Sequence[SimulatedPhone]":
        """Waits until they answer. Raises what kept them from starting."""
        return self._phones.result(START_S)


@contextmanager
def beside(settings: "Callable[[], Settings]") -> Iterator[Office]:
    """Serves while the block runs, in a thread with a loop of its own; `settings` is called in it."""
    phones: Future[tuple[SimulatedPhone, ...]] = Future()
    ended = threading.Event()
    wake: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve_until_ended() -> None:
        stop = asyncio.Event()
        wake.append((asyncio.get_running_loop(), stop))
        from phonetui.simulator.server import serve

        try:
            async with serve(settings()) as office:
                phones.set_result(tuple(office.phones))
                if not ended.is_set():
                    await stop.wait()
        except Exception as error:  # noqa: BLE001 - the thread's entry: whatever it is, the dashboard must hear of it
            if phones.done():  # on standard error it would be in the middle of the screen
                _log.exception("the simulated office broke off")
            else:
                phones.set_exception(error)

    thread = threading.Thread(target=lambda: asyncio.run(serve_until_ended()), name="office", daemon=True)
    thread.start()
    try:
        yield Office(phones)
    finally:
        ended.set()
        for loop, stop in wake:
            with suppress(RuntimeError):  # it has ended by itself
                loop.call_soon_threadsafe(stop.set)
        thread.join(END_S)
