"""How long a trouble must hold before it is told, and be gone before it is forgotten: one row an alert id."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from phonetui.phone.alert import AlertId
from phonetui.phone.state import State

CALM_S = 10.0
"""The shortest life of an alert."""
FACT_S = 600.0
"""How long something that happened once is worth an operator's eye."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How an alert comes and goes."""

    raise_s: float = 0.0
    """How long its trouble must have held."""
    clear_s: float = CALM_S
    """How long its trouble must have been gone."""
    needs_sight: bool = True
    """Whether it rests on what the phone says, so that it ends when the phone is lost."""
    is_journalled: bool = True
    """Whether it is written into the journal; what watches the thing itself may do that already."""
    is_fact: bool = False
    """Whether it happened once: that it is past goes without saying."""


_FACT = Patience(clear_s=FACT_S, needs_sight=False, is_fact=True)
PATIENCE: Mapping[AlertId, Patience] = {
    AlertId.LOSS: Patience(),  # figures of calls have been judged with hysteresis already
    AlertId.DISCARD: Patience(),
    AlertId.JITTER: Patience(),
    AlertId.DELAY: Patience(),
    AlertId.MOS: Patience(),
    AlertId.ONE_WAY_AUDIO: Patience(),
    AlertId.SILENCE: Patience(raise_s=2.0),
    AlertId.REGISTRATION: Patience(raise_s=2.0, clear_s=30.0),  # one that comes and goes is one trouble
    AlertId.PORT_ERRORS: Patience(clear_s=60.0),
    AlertId.PORT_LINK: _FACT,
    AlertId.DUPLEX: Patience(clear_s=60.0),  # its evidence comes and goes with the counters
    AlertId.REBOOT: _FACT,
    AlertId.ADMIN_LOGIN: _FACT,
    AlertId.CLOCK: Patience(raise_s=5.0, clear_s=60.0),
    AlertId.FEEDBACK: Patience(raise_s=30.0, needs_sight=False),  # what stopped is often started again at once
    AlertId.MWI: Patience(raise_s=30.0),  # light and mailbox are read one after the other
    AlertId.TUNNEL: Patience(needs_sight=False, is_journalled=False),
    AlertId.CERTIFICATE: Patience(needs_sight=False),
}


class Sight(Enum):
    """Whether troubles that rest on a phone's word can be told."""

    CLEAR = "clear"
    DIM = "dim"
    """The phone is late: it may be as it was."""
    LOST = "lost"


def sight(state: State) -> Sight:
    if state is State.LIVE:
        return Sight.CLEAR
    return Sight.DIM if state in (State.STALE, State.CONNECTING) else Sight.LOST
