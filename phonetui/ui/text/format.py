"""Values as text: units, dashes, and for every state a word, a glyph and a role, so that colour is never alone."""

import re
from collections.abc import Iterable, Mapping, Set
from math import trunc
from types import MappingProxyType
from typing import NamedTuple

from phonetui import numeric
from phonetui.phone.alerts.alert import Alert, Severity
from phonetui.phone.lights import Cadence, Colour, Light
from phonetui.phone.measure import WORDS, Grade, Metric
from phonetui.phone.state import CallDirection, Connection, Phase, Phone, PhoneId, State
from phonetui.text import Printable
from phonetui.ui.text.rows import Role, Run, clip

DASH = "\N{EN DASH}"
"""The phone did not say."""

MAY_NOT_SEE = "\N{CIRCLED DIVISION SLASH} this account may not see this"
"""The account's role may not see it: not absent, not empty, not failed."""
ON_PREM = "On-Prem phones don't publish this"

TIMES = "\N{MULTIPLICATION SIGN}"


class Mark(NamedTuple):
    """How a state shows."""

    glyph: str
    word: str
    role: Role

    def run(self) -> Run:
        return Run(f"{self.glyph} {self.word}", self.role)


STATES = {
    State.CONNECTING: Mark("◐", "connecting", Role.MEASURING),
    State.LIVE: Mark("○", "live", Role.PLAIN),
    State.STALE: Mark("≈", "STALE", Role.STALE),
    State.SLEEPING: Mark("z", "sleeping", Role.DIM),
    State.REBOOTING: Mark("↻", "rebooting", Role.FAIR),
    State.UNREACHABLE: Mark("✗", "unreachable", Role.FAILED),
    State.REFUSED: Mark("⊘", "refused", Role.FAILED),
    State.NOT_XAPI: Mark("?", "not xAPI", Role.FAILED),
}

TUNNEL_LOST = Mark("✗", "tunnel", Role.FAILED)
"""The jump host is what is lost; how the phone behind it does is not known. The word is the contract's reason."""

GRADES = {
    Grade.UNKNOWN: Mark("?", "unknown", Role.UNKNOWN),
    Grade.MEASURING: Mark("◐", "measuring", Role.MEASURING),
    Grade.GOOD: Mark("●", "good", Role.GOOD),
    Grade.FAIR: Mark("▲", "fair", Role.FAIR),
    Grade.POOR: Mark("!", "POOR", Role.POOR),
    Grade.CRITICAL: Mark("✗", "CRITICAL", Role.CRITICAL),
}

SEVERITIES = {
    Severity.INFO: Mark("·", "info", Role.INFO),
    Severity.FAIR: GRADES[Grade.FAIR],
    Severity.POOR: GRADES[Grade.POOR],
    Severity.CRITICAL: GRADES[Grade.CRITICAL],
}

PHASES = {
    Phase.SETUP: ("◐", Role.INFO),
    Phase.ALERTING: ("◆", Role.ACCENT),
    Phase.TALK: ("●", Role.GOOD),
    Phase.HELD: ("○", Role.FAIR),
    Phase.ENDING: ("◐", Role.DIM),
    Phase.ERROR: ("✗", Role.FAILED),
    Phase.UNKNOWN: ("?", Role.UNKNOWN),
    Phase.IDLE: ("○", Role.DIM),
}
"""Sign and role of a call's state; its word is the phone's own."""

DIRECTIONS = {CallDirection.INCOMING: "in", CallDirection.OUTGOING: "out"}

_LIGHTS = {
    Colour.OFF: Role.LIGHT_OFF,
    Colour.RED: Role.LIGHT_RED,
    Colour.GREEN: Role.LIGHT_GREEN,
    Colour.AMBER: Role.LIGHT_AMBER,
    Colour.BLUE: Role.LIGHT_BLUE,
    Colour.WHITE: Role.LIGHT_WHITE,
}
_DAY_S = 24 * 3600
AGE_STEP_S = 5.0
"""Seconds between two steps of an age that is shown."""
_STEPS_S = (10, 30, 60, 300, 900, 1800, 3600, 4 * 3600, 12 * 3600, _DAY_S, 2 * _DAY_S, 7 * _DAY_S, 30 * _DAY_S)
LOOKED_AT = 200
"""Characters of a stranger's words that are searched for a meaning: drawing has no time for more."""
_VERSION = re.compile(r"(?<!\d)(\d{1,9})[-.](\d{1,9})(?!\d)(?:[-.](\d{1,9}))?", re.ASCII)


def number(value: float | None, unit: str = "", *, digits: int = 0) -> str:
    if value is None:
        return DASH
    return f"{value:.{digits}f} {unit}".rstrip()


def count(value: int | None) -> str:
    """A total in at most five characters: exact below 10,000, then `12k`, `1.2M`, `123M`, `1.2G`."""
    if value is None or value < 10_000:
        return number(value)
    if value < 1_000_000:
        return f"{value // 1000}k"
    millions = value / 1_000_000
    for unit in "MGTP":
        if millions < 999.5:
            return f"{millions:.{1 if millions < 99.95 else 0}f}{unit}"
        millions /= 1000
    return f"{millions:.0f}E"


def words(value: Printable | None) -> str:
    return value or DASH


def duration(seconds: float | None) -> str:
    """`00:01:43`, hours as many as it takes."""
    if seconds is None:
        return DASH
    minutes, rest = divmod(trunc(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}"


def metric_word(metric: Metric) -> str:
    """The word for a metric in a headline: `loss`, `RTT`."""
    return WORDS[metric].name if metric in (Metric.DELAY, Metric.DECODER, Metric.RATING) else str(metric)


def up_time(seconds: float | None) -> str | None:
    """Coarse, because it stands in a title: days, hours, or that it is less than one."""
    if seconds is None:
        return None
    hours = int(seconds // 3600)
    if hours >= 24:
        return f"up {hours // 24} d"
    return f"up {hours} h" if hours else "up < 1 h"


def age(connection: Connection, at: float) -> str | None:
    """How old the newest answer is, in steps; None where it is as new as it can be expected to be.

    One interval may pass before the next answer and half of one for the answer itself. `at` in monotonic seconds.
    """
    if connection.fresh_at is None:
        return None
    seconds = at - connection.fresh_at
    if seconds <= max(connection.interval_s * 1.5, _STEPS_S[0]):
        return None
    return steps(seconds)


def steps(seconds: float) -> str | None:
    """A time gone by, in steps so that it seldom changes: `10 s`, `30 s`, `1 min` …; None below the first."""
    passed = [step for step in _STEPS_S if step <= seconds]
    if not passed:
        return None
    step = passed[-1]
    if step < 60:
        return f"{step} s"
    if step > _DAY_S:
        return f"{step // _DAY_S} d"
    return f"{step // 60} min" if step < 3600 else f"{step // 3600} h"


def aged(run: Run) -> Run:
    """A run whose phone has not answered lately: whatever is no longer sure loses its colour."""
    return Run(run.text, Role.STALE)


def name(phone: Phone) -> str:
    """The phone's name, short enough for a sentence."""
    return clip(phone.name, 32)


def model(phone: Phone) -> Printable | None:
    """The model as the phone names it, without the family's prefix; else as the configuration expects it."""
    said = phone.system.product_id
    return Printable(said.removeprefix("DP-").removeprefix("CP-")) if said else phone.expected_model


def release(version: Printable | None) -> tuple[int, int, int] | None:
    """`PHONEOS.3-6-1-0001-45` → (3, 6, 1); None where there is no such number."""
    match = _VERSION.search((version or "")[:LOOKED_AT])
    if match is None:
        return None
    major, minor, patch = (numeric.integer(part or "0") or 0 for part in match.groups())
    return major, minor, patch


def firmware(phone: Phone) -> str | None:
    """`3.6.1`, or what the phone says where no such number is in it."""
    found = release(phone.system.version)
    return ".".join(map(str, found)) if found else phone.system.version


def why_refused(phone: Phone) -> str:
    """Why nothing can be done with a phone that refuses every request; empty where it may."""
    if phone.connection.state not in (State.REFUSED, State.NOT_XAPI):
        return ""
    why = phone.connection.detail or phone.connection.reason or phone.connection.state.value
    return f"nothing can be sent: {clip(why, 160)}. {phone.connection.hint}".strip()


def switch(phone: Phone) -> Printable | None:
    """The neighbour at the switch port, by CDP or LLDP."""
    return next((port.neighbour for port in phone.ports if port.index == 1), None)


def light(value: Light | None, dark: Set[Cadence] = frozenset()) -> Run:
    """Glyph and words of a light, its cadence only where it isn't steady; `dark` are those that are off just now.

    An unknown word stays as the phone wrote it.
    """
    if value is None:
        return Run(f"○ {DASH}", Role.DIM)
    if value.is_lit is False:
        return Run("○ off", Role.LIGHT_OFF)
    if value.colour is None:
        raw = " ".join(filter(None, (value.raw_colour, value.raw_cadence)))
        return Run(f"? {raw or 'unknown'}", Role.UNKNOWN)
    cadence = value.cadence.value if value.cadence else value.raw_cadence or DASH
    if value.cadence is Cadence.STEADY:
        cadence = ""
    glyph = "○" if value.cadence in dark else "●"
    return Run(f"{glyph} {' '.join(filter(None, (value.colour.value, cadence)))}", _LIGHTS[value.colour])


def meaning(value: Light | None) -> str:
    """What a line key's light usually says; empty where its colour has no agreed meaning."""
    if value is None or value.is_lit is None:
        return ""
    if not value.is_lit:
        return "idle"
    blinks = value.cadence not in (None, Cadence.STEADY)
    return {
        (Colour.GREEN, False): "in use",
        (Colour.GREEN, True): "held",
        (Colour.RED, False): "in use elsewhere",
        (Colour.RED, True): "held, shared",
        (Colour.AMBER, False): "alerting",
        (Colour.AMBER, True): "ringing",
    }.get((value.colour or Colour.OFF, blinks), "")


Troubled = Mapping[PhoneId | None, Alert]
"""The worst alert of each phone that has one."""
NOBODY: Troubled = MappingProxyType({})

TROUBLE = 2
"""The urgency from which on a phone is in trouble: more than ringing."""
_URGENCY = {Role.CRITICAL: 6, Role.FAILED: 5, Role.POOR: 4, Role.STALE: 3, Role.FAIR: 2, Role.ACCENT: 1}


def troubled(alerts: Iterable[Alert]) -> Troubled:
    """The phones that have alerts which are poor or worse; `alerts` has the worst first."""
    grave = (alert for alert in alerts if alert.severity.rank >= Severity.POOR.rank)
    worst: dict[PhoneId | None, Alert] = {}
    for alert in grave:
        worst.setdefault(alert.phone, alert)
    return worst


def mark(phone: Phone, worst: Troubled = NOBODY) -> Mark:
    """The mark of a phone: its connection first, then a call in trouble, then what rings, then any call.

    A graver alert goes before.
    """
    found, alert = _standing(phone), worst.get(phone.id)
    if alert is None or phone.connection.state is not State.LIVE:
        return found
    shown = SEVERITIES[alert.severity]
    return found if urgency_of(found) >= urgency_of(shown) else shown._replace(word=alert.id)


def urgency(phone: Phone, worst: Troubled = NOBODY) -> int:
    """0 … 6."""
    return urgency_of(mark(phone, worst))


def urgency_of(found: Mark) -> int:
    return _URGENCY.get(found.role, 0)


MOS_CELLS, LOSS_CELLS = 4, 7
"""Of a call's figures in a row of its phone."""


def call_figures(phone: Phone) -> str:
    """` 4.4  0.0 %`: score and loss of the call that stands worst, in their columns; blank without a call."""
    measure = phone.worst
    if measure is None:
        return ""
    loss = "" if measure.loss_pct is None else number(measure.loss_pct, "%", digits=1)
    return f"{number(measure.mos, digits=1):>{MOS_CELLS}}{loss:>{LOSS_CELLS}}"


_STANDINGS = 10_000
_standings: dict[PhoneId, tuple[Phone, Mark]] = {}
"""How phones stood when they were looked at last: one in which nothing changed is the same object."""


def _standing(phone: Phone) -> Mark:
    known = _standings.get(phone.id)
    if known is None or known[0] is not phone:
        if len(_standings) >= _STANDINGS:
            _standings.clear()
        known = _standings[phone.id] = (phone, _found_standing(phone))
    return known[1]


def _found_standing(phone: Phone) -> Mark:
    if phone.connection.reason == TUNNEL_LOST.word:
        return TUNNEL_LOST
    if phone.connection.state is not State.LIVE:
        return STATES[phone.connection.state]
    calls = list(phone.calls)
    measure = phone.worst
    in_trouble = measure is not None and measure.grade.is_impaired
    if any(call.phase is Phase.ALERTING for call in calls) and not in_trouble:
        return Mark("◆", "ringing", Role.ACCENT)
    if calls and measure and measure.grade is not Grade.UNKNOWN:
        found = GRADES[measure.grade]
        return found._replace(word=metric_word(measure.judged[0].metric)) if in_trouble and measure.judged else found
    if calls and all(call.phase is Phase.UNKNOWN for call in calls):
        return Mark("?", "in call?", Role.UNKNOWN)
    if calls:
        return Mark("●", "in call", Role.INFO)
    return Mark("○", "idle" if is_known_idle(phone) else STATES[State.LIVE].word, Role.DIM)


def is_known_idle(phone: Phone) -> bool:
    """Whether a phone without a call says enough to be sure of that: of its calls, or by the lights of its lines."""
    lights = [line.light.is_lit for line in phone.lines if line.light is not None]
    return (
        phone.is_mpp
        or any(line.calls for line in phone.lines)
        or (bool(lights) and all(lit is False for lit in lights))
    )
