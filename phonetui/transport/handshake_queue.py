"""What TLS handshakes compute, spread over the turns of the event loop.

One handshake takes some 0.5 ms. A thousand phones that answer at the same time would keep a key waiting for half a
second; one step in each turn keeps it waiting for one step, and a phone that hangs in its handshake keeps nobody.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary


class HandshakeQueue:
    """Steps of handshakes, in the order in which they came."""

    def __init__(self) -> None:
        self._steps: deque[Callable[[], None]] = deque()

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> "HandshakeQueue":
        """The one that all connections of a loop share."""
        return _QUEUES.setdefault(loop, cls())

    def put(self, step: Callable[[], None]) -> None:
        """Has `step` called in a turn of its own of the running loop."""
        self._steps.append(step)
        if len(self._steps) == 1:
            asyncio.get_running_loop().call_soon(self._run)

    def _run(self) -> None:
        """Takes the step out only when it is over: whoever puts one meanwhile knows that the next turn is arranged."""
        try:
            self._steps[0]()
        finally:
            self._steps.popleft()
            if self._steps:
                asyncio.get_running_loop().call_soon(self._run)


_QUEUES: WeakKeyDictionary[asyncio.AbstractEventLoop, HandshakeQueue] = WeakKeyDictionary()
