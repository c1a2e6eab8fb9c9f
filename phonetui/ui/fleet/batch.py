"""One command for many phones, one phone after another."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from phonetui.errors import PhonetuiError
from phonetui.phone.state import PhoneId
from phonetui.ui.session import Session
from phonetui.xapi.command import Command

PACE_S = 0.3
"""Between two phones: a command that turns out to be a mistake has not reached everybody at once."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far it is, and how it went."""

    wanted: int
    sent: int = 0
    refused: tuple[tuple[PhoneId, str], ...] = ()
    """With the reason."""

    @property
    def is_over(self) -> bool:
        return self.sent + len(self.refused) == self.wanted

    def __str__(self) -> str:
        failed = f", {len(self.refused)} refused" if self.refused else ""
        return f"sent to {self.sent} of {self.wanted}{failed}"


async def run(
    session: Session,
    phones: Iterable[PhoneId],
    command: Command,
    told: Callable[[BatchProgress], None],
    *,
    pace_s: float = PACE_S,
) -> BatchProgress:
    """`told` hears of every step. The operator's word for all of them is in; never raises PhonetuiError.

    The phones and the way to them are those of the start: the privacy mask may come or go meanwhile.
    """
    phones, trees = tuple(phones), session.trees
    tally = BatchProgress(len(phones))
    for place, phone in enumerate(phones):
        if place:
            await asyncio.sleep(pace_s)
        try:
            if trees is not None:
                await trees.command(phone, command, confirmed=True)
        except PhonetuiError as error:
            tally = BatchProgress(tally.wanted, tally.sent, (*tally.refused, (phone, str(error))))
        else:
            tally = BatchProgress(tally.wanted, tally.sent + 1, tally.refused)
        told(tally)
    return tally
