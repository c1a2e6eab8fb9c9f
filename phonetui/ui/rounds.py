"""A question that goes to Webex again and again, while somebody can see what it brings."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace

from phonetui.errors import Busy, PhonetuiError
from phonetui.ui.cloudless import askable
from phonetui.ui.panes.enquiry import Enquiry, failed
from phonetui.ui.session import Cloud, Session

_PAUSE_S = 5.0
"""Where Webex asks to wait and names no time."""
_AGAIN_S = 30.0
"""After any other failure."""


class Rounds:
    """Asks once at a time, and not at all while Webex wants to be left alone."""

    def __init__(
        self, session: Session, ask: Callable[[Cloud], Awaitable[float]], changed: Callable[[], object]
    ) -> None:
        """`ask` says after how many seconds it is due again; `changed` is told whenever something came of it."""
        self.enquiry = Enquiry()
        """What became of the last question."""
        self._session = session
        self._ask = ask
        self._changed = changed
        self._asking: asyncio.Task[None] | None = None
        self._due_at = -math.inf

    @property
    def is_asking(self) -> bool:
        return self._asking is not None

    @property
    def waits_s(self) -> float:
        """For how long Webex still wants to be left alone; 0 where it may be asked."""
        until = self.enquiry.waits_until
        return max(until - self._session.clock.steady(), 0.0) if until is not None else 0.0

    def ask_if_due(self) -> None:
        """To be called now and then while the answer is in sight."""
        if self._session.clock.steady() >= self._due_at:
            self.ask()

    def ask(self) -> None:
        """Unless an answer is on its way already, Webex asked to wait, or there is none."""
        cloud = askable(self._session)
        if self._asking is None and not self.waits_s and cloud is not None:
            self._asking = asyncio.create_task(self._run(cloud), name="question to Webex")

    def close(self) -> None:
        """Waits for no answer any more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _run(self, cloud: Cloud) -> None:
        again_s = _AGAIN_S
        try:
            again_s = await self._ask(cloud)
        except Busy as busy:
            again_s, at = busy.retry_after_s or _PAUSE_S, self._session.clock.steady()
            self.enquiry = replace(failed(busy, at), waits_until=at + again_s)
        except PhonetuiError as error:
            self.enquiry = failed(error, self._session.clock.steady())
        else:
            self.enquiry = Enquiry()
        finally:
            self._asking = None
            self._due_at = self._session.clock.steady() + again_s
        self._changed()
