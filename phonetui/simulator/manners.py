"""How a phone's web server behaves; to be flipped while it runs."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Self

from phonetui.simulator.dialect import Dialect


@dataclass(slots=True)
class Manners:
    """A dialect gives the first values."""

    fault: str | None = None
    """A name of FAULTS, or None while all is well."""
    websocket: bool = False
    """xAPI over WebSocket on `/ws`; otherwise there is nothing, as on real phones today."""
    sessions: bool = True
    """Whether sessions can be begun."""
    https_only: bool = False
    """The plain port sends requests on to the encrypted one, and takes no WebSocket."""
    foreign_status: bool = False
    """`/status.xml` is the dump of older firmware's own pages, not xAPI."""
    slow_s: float = 0.0
    """Each answer waits so long, in real seconds."""
    requests_per_s: int = 0
    """More requests within a second get 503; 0: as many as come."""
    refused: dict[str, int] = field(default_factory=dict)
    """Places that answer with an HTTP status instead: by path, or by `/getxml?` and a location as it is asked for."""
    _recent: deque[float] = field(default_factory=deque)

    @classmethod
    def of(cls, dialect: Dialect) -> Self:
        return cls(
            websocket=dialect.websocket,
            sessions=dialect.sessions,
            https_only=dialect.https_only,
            foreign_status=dialect.foreign_status,
        )

    def too_many(self) -> bool:
        """Counts a request."""
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= 1.0:
            self._recent.popleft()
        if self.requests_per_s and len(self._recent) >= self.requests_per_s:
            return True
        self._recent.append(now)
        return False
