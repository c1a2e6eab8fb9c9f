"""What a phone's words mean: raw text → number, flag, light, link. Unknown words give None, never a guess.

Most of what phones write is unpublished; these readers take every spelling seen in the firmware's lineage (Sipura, SPA,
MPP), in the web pages of the same names and in RFC 3611 and RFC 6035.
"""

import re
from collections.abc import Mapping
from typing import TypeVar

from phonetui.phone.state import Cadence, CallDirection, Colour, Light, Link, Phase
from phonetui.text import Printable

_Read = TypeVar("_Read")

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_CLOCK = re.compile(r"(?:(\d+)\s*days?,?\s*)?(?:(\d+):)?(\d{1,2}):(\d{2})", re.IGNORECASE)
_LINK = re.compile(r"(\d+)\s*(?:m|mb|mbps|mbit/s|base-?t)?[\s\-_/]*(full|half)", re.IGNORECASE)
_LINK_DOWN = re.compile(r"down|no.?link|not connected|disconnected|none", re.IGNORECASE)
_UNREGISTERED = (
    "not reg",
    "unreg",
    "deregist",
    "registering",
    "fail",
    "offline",
    "reject",
    "error",
    "timeout",
    "expired",
)
_NOTHING = frozenset({"", "--", "-", "n/a", "na", "none", "null"})


def is_nothing(raw: str) -> bool:
    """Whether the phone wrote one of the words for "no value"."""
    return raw.strip().casefold() in _NOTHING


def text(raw: Printable) -> Printable | None:
    return None if not raw or is_nothing(raw) else raw


def number(raw: Printable) -> float | None:
    """`14`, `14 ms`, `0.4 %` → the number."""
    match = _NUMBER.match(raw.strip())
    return float(match[0]) if match else None


def count(raw: Printable) -> int | None:
    value = number(raw)
    return None if value is None or value < 0 else int(value)


def milliseconds(raw: Printable) -> float | None:
    value = number(raw)
    return None if value is None or value < 0 else value


def latency(raw: Printable) -> float | None:
    """Milliseconds; 0 is what firmware writes before there is any audio."""
    return milliseconds(raw) or None


def round_trip(raw: Printable) -> float | None:
    """Milliseconds. 0 and 65535 mean "not measured": the far end sent no RTCP."""
    value = milliseconds(raw)
    return None if value in (None, 0.0, 65535.0) else value


def gap(raw: Printable) -> float | None:
    """Milliseconds; 65535 and 30000 are what firmware writes while nothing was lost."""
    value = milliseconds(raw)
    return None if value in (65535.0, 30000.0) else value


def mos(raw: Printable, divisor: float | None = None) -> float | None:
    """1.0 … 5.0 as is, 10 … 50 tenths (RFC 3611), 100 … 500 hundredths; 0, 127 and the rest have no value.

    `divisor` settles which of the three it is, and refuses what isn't.
    """
    value = number(raw)
    if value is None or value == 127:
        return None
    for scale in (1.0, 10.0, 100.0) if divisor is None else (divisor,):
        if 1.0 <= value / scale <= 5.0:
            return value / scale
    return None


def r_factor(raw: Printable) -> float | None:
    """0 … 130, above 100 on the wide-band scale; 127 is "not available" (RFC 3611), 0 is read as not computed."""
    value = number(raw)
    return value if value is not None and 0 < value <= 130 and value != 127 else None


def duration(raw: Printable) -> float | None:
    """Seconds from `7 days, 02:13:02`, `hh:mm:ss`, `mm:ss` or plain seconds."""
    cleaned = raw.strip()
    if match := _CLOCK.fullmatch(cleaned):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return float(days * 86400 + hours * 3600 + minutes * 60 + seconds)
    if re.fullmatch(r"\d+(?:\.\d+)?\s*s?", cleaned):
        return number(raw)
    return None


def flag(raw: Printable) -> bool | None:
    folded = raw.strip().casefold()
    if folded in ("yes", "true", "1", "on"):
        return True
    return False if folded in ("no", "false", "0", "off") else None


def sleeps_deeply(standby: Printable | None) -> bool:
    """Whether a phone in this `Standby Level` drops off the network: `DeepSleep`, the word of room devices."""
    return "".join(filter(str.isalpha, standby or "")).casefold() == "deepsleep"


def registered(raw: Printable) -> bool | None:
    """`Registered` is; `Not Registered`, `Failed` and `Registering` aren't; an unknown word says nothing."""
    folded = raw.strip().casefold()
    if folded in ("registered", "online", "ok"):
        return True
    return False if any(word in folded for word in _UNREGISTERED) else None


def direction(raw: Printable) -> CallDirection | None:
    """Some firmware gives the direction in `Type`, some the kind of media."""
    folded = raw.strip().casefold()
    if folded.startswith(("in", "terminat")):
        return CallDirection.INCOMING
    return CallDirection.OUTGOING if folded.startswith(("out", "originat")) else None


_PHASES = (
    (Phase.UNKNOWN, ("disabled",)),
    (Phase.HELD, ("hold", "held", "resum")),
    (Phase.ENDING, ("disconnect", "ending", "terminat", "releas")),
    (Phase.TALK, ("connected", "active", "in call", "incall", "preserved")),
    (Phase.ALERTING, ("ringing", "answering", "alerting")),
    (Phase.SETUP, ("dial", "calling", "proceeding", "trying", "connecting", "earlymedia", "progress")),
    (Phase.ERROR, ("reorder", "invalid", "no service", "failed", "busy")),
    (Phase.IDLE, ("idle",)),
)


def phase(raw: Printable | None) -> Phase:
    """What kind of state a `CallState` is, by the words in it; a slot without one is idle."""
    folded = (raw or "").strip().casefold()
    if not folded or is_nothing(folded):
        return Phase.IDLE
    return next((kind for kind, words in _PHASES if any(word in folded for word in words)), Phase.UNKNOWN)


_COLOURS: Mapping[str, Colour] = {
    "red": Colour.RED,
    "green": Colour.GREEN,
    "amber": Colour.AMBER,
    "orange": Colour.AMBER,
    "yellow": Colour.AMBER,
    "blue": Colour.BLUE,
    "white": Colour.WHITE,
    "off": Colour.OFF,
    "none": Colour.OFF,
}
_CADENCES: Mapping[str, Cadence] = {
    "off": Cadence.OFF,
    "none": Cadence.OFF,
    "solid": Cadence.STEADY,
    "steady": Cadence.STEADY,
    "constant": Cadence.STEADY,
    "noblink": Cadence.STEADY,
    "nb": Cadence.STEADY,
    "on": Cadence.STEADY,
    "double": Cadence.DOUBLE,
    "db": Cadence.DOUBLE,
    "flutter": Cadence.DOUBLE,
    "wink": Cadence.SLOW,
    "slow": Cadence.SLOW,
    "sb": Cadence.SLOW,
    "fast": Cadence.FAST,
    "rapid": Cadence.FAST,
    "fb": Cadence.FAST,
    "pulse": Cadence.PULSE,
    "breath": Cadence.PULSE,
    "flash": Cadence.FLASH,
    "blink": Cadence.FLASH,
}


def light(colour: Printable | None, cadence: Printable | None) -> Light | None:
    """None where the phone says nothing of the light at all."""
    if not colour and not cadence:
        return None
    return Light(
        colour=_by_word(colour, _COLOURS), cadence=_by_word(cadence, _CADENCES), raw_colour=colour, raw_cadence=cadence
    )


def link(raw: Printable | None) -> Link | None:
    """`1000 Full`, `1000-Full`, `Up 1000Mb Full`, `Link Down` …"""
    if not raw:
        return None
    if match := _LINK.search(raw):
        return Link(raw, speed_mbps=int(match[1]), full_duplex=match[2].casefold() == "full", is_up=True)
    return Link(raw, is_up=False if _LINK_DOWN.search(raw) else None)


def _by_word(raw: Printable | None, table: Mapping[str, _Read]) -> _Read | None:
    folded = re.sub(r"[\s_\-]", "", raw or "").casefold()
    if folded in table:
        return table[folded]
    return next((meaning for word, meaning in table.items() if len(word) > 2 and word in folded), None)
