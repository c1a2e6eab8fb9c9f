"""What is wrong with calls: figures beyond their limits, audio that comes one way only, silence.

A figure is told with the worst value since it left the good ones and with the last good one before that, so the words
change only when it gets worse.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from phonetui.phone.alert import AlertId, Severity, Trouble
from phonetui.phone.evidence import window
from phonetui.phone.measure import Grade, Judged, Measure, Metric, Pause
from phonetui.phone.partner import Hint
from phonetui.phone.quality.limits import limits
from phonetui.phone.state import Call, CallKey, Phase, Phone, PhoneId
from phonetui.phone.thresholds import Limits, Thresholds, digits
from phonetui.text import Printable, printable

Causes = Callable[[PhoneId, CallKey], Sequence[Hint]]
"""What one call's figures point at."""


class _Told(NamedTuple):
    """How a metric is told."""

    id: AlertId
    words: str
    unit: str = ""
    digits: int = 0


TOLD = {
    Metric.LOSS: _Told(AlertId.LOSS, "loss", " %", 1),
    Metric.BURST: _Told(AlertId.LOSS, "bursts of loss", " ms"),
    Metric.DISCARD: _Told(AlertId.DISCARD, "discard", " %", 1),
    Metric.JITTER: _Told(AlertId.JITTER, "jitter", " ms"),
    Metric.DELAY: _Told(AlertId.DELAY, "round trip", " ms"),
    Metric.DECODER: _Told(AlertId.DELAY, "decoder delay", " ms"),
    Metric.MOS: _Told(AlertId.MOS, "MOS", digits=1),
    Metric.RATING: _Told(AlertId.MOS, "R factor"),
}
"""`STALL` is missing: a stall is told before there are packets enough to judge by."""
SEVERITIES = {Grade.FAIR: Severity.FAIR, Grade.POOR: Severity.POOR, Grade.CRITICAL: Severity.CRITICAL}


_PAUSES = Limits(30.0, 30.0)
"""Seconds: who listens is silent for long, and comfort noise may come every 20 s."""
_STALLS = {
    Pause.NONE: "no audio in for more than {limit:g} s while {rate}: NAT or a firewall on the way in",
    Pause.POSSIBLE: "possible one-way audio: nothing received for more than {limit:g} s while {rate}; a hold by"
    " the far end would not be told",
    Pause.LIKELY: "possible one-way audio: nothing received for more than {limit:g} s while {rate}; this far end"
    " pauses or does not send",
}
_SILENCES = {
    Pause.NONE: "the path is dead both ways, or hold",
    Pause.POSSIBLE: "the path may be dead both ways; a hold by the far end would not be told",
    Pause.LIKELY: "the codec may rest while nobody speaks, or the far end holds",
}


@dataclass(frozen=True, slots=True)
class Spell:
    """How a figure has gone lately."""

    good: float | None = None
    """The best of the latest while it was good."""
    worst: float | None = None
    """Since it is not; None while it is."""
    grade: Grade = Grade.GOOD
    """The worst since then."""
    window_s: float | None = None
    """Of the worst, as in `Judged`."""


@dataclass(frozen=True, slots=True)
class CallPast:
    measured_s: float
    """Less than before is another measurement, and maybe another call."""
    spells: Mapping[Metric, Spell]


Pasts = Mapping[CallKey, CallPast]


def assess(phone: Phone, pasts: Pasts, thresholds: Thresholds, causes: Causes) -> tuple[tuple[Trouble, ...], Pasts]:
    """What is wrong with the phone's calls, and what to compare the next readings with."""
    found: list[Trouble] = []
    after = {}
    for call in phone.calls:
        measure = phone.measure(call.key)
        if measure is None:
            continue
        past = after[call.key] = _remember(pasts.get(call.key), measure)
        troubles = (*_figures(measure, past, call, thresholds), *_media(call, measure, thresholds.stall_s))
        found += (_placed(trouble, phone, call, causes) for trouble in troubles)
    return tuple(found), after


def subject(call: CallKey) -> str:
    return f"line {call[0]} call {call[1]}"


def _remember(past: CallPast | None, measure: Measure) -> CallPast:
    known = past.spells if past is not None and past.measured_s <= measure.measured_s else {}
    spells = {judged.metric: _spell(known.get(judged.metric, Spell()), judged) for judged in measure.settled}
    return CallPast(measure.measured_s, {**known, **spells})


def _spell(before: Spell, judged: Judged) -> Spell:
    if judged.grade not in SEVERITIES:
        return Spell(good=judged.best)
    worse = min if judged.metric.is_floor else max
    worst = judged.worst if before.worst is None else worse(before.worst, judged.value)
    window_s = before.window_s if worst == before.worst else judged.window_s
    return Spell(before.good, worst, max(before.grade, judged.grade, key=lambda grade: grade.severity), window_s)


def _figures(measure: Measure, past: CallPast, call: Call, thresholds: Thresholds) -> Iterator[Trouble]:
    """One for each id, with all figures that are bad and as grave as the worst of them."""
    bad: dict[AlertId, list[Judged]] = {}
    for judged in measure.settled:
        if judged.metric in TOLD and judged.grade in SEVERITIES:
            bad.setdefault(TOLD[judged.metric].id, []).append(judged)
    for id_, figures in bad.items():
        worst = max((judged.grade for judged in figures), key=lambda grade: grade.severity)
        ordered = sorted(figures, key=lambda judged: list(TOLD).index(judged.metric))
        words = ", ".join(
            _words(judged, past.spells[judged.metric], limits(judged.metric, call, thresholds)) for judged in ordered
        )
        yield Trouble(id_, "", SEVERITIES[worst], printable(words))


def _words(judged: Judged, spell: Spell, limits: Limits) -> str:
    told = TOLD[judged.metric]
    value = judged.worst if spell.worst is None else spell.worst
    was = "" if spell.good is None else f"was {_figure(told, spell.good, limits)}"
    eased = "eased since" if judged.grade.severity < spell.grade.severity else ""
    beside = ", ".join(filter(None, (was, eased)))
    over = window(judged.window_s if spell.worst is None else spell.window_s, "at a reading")
    words = f"{told.words} {'down' if judged.metric.is_floor else 'up'} to {_figure(told, value, limits)}{over}"
    return f"{words} ({beside})" if beside else words


def _figure(told: _Told, value: float, limits: Limits) -> str:
    return f"{value:.{digits(value, limits, told.digits)}f}{told.unit}"


def _media(call: Call, measure: Measure, limits: Limits) -> Iterator[Trouble]:
    """In talk, held by neither side: what is sent and not received, or nothing at all."""
    if call.phase is not Phase.TALK or call.remote_hold or measure.stall_s is None or measure.silent_s is None:
        return
    severity, limit = _beyond(measure.silent_s, limits)
    if severity is not None:
        words = f"no packet either way for more than {limit:g} s: {_SILENCES[measure.pause]}"
        yield Trouble(AlertId.SILENCE, "", _tempered(severity, measure.pause), printable(words))
        return
    if measure.pause is Pause.LIKELY:
        limits = _PAUSES
    severity, limit = _beyond(measure.stall_s, limits)
    if severity is not None:
        port = f" (mapped RTP port {call.mapped_rtp_port})" if call.mapped_rtp_port else ""
        rate = f"{measure.sent_per_s:.0f} packets/s are sent" if measure.sent_per_s else "packets are sent"
        if measure.unheard:
            rate = "the other end sends"
        words = f"{_STALLS[measure.pause].format(limit=limit, rate=rate)}{port}"
        yield Trouble(AlertId.ONE_WAY_AUDIO, "", _tempered(severity, measure.pause), printable(words))


def _beyond(seconds: float, limits: Limits) -> tuple[Severity | None, float]:
    """The severity of a stall, and the limit that it has passed."""
    steps = ((limits.critical, Severity.CRITICAL), (limits.poor, Severity.POOR), (limits.fair, Severity.FAIR))
    for limit, severity in steps:
        if limit is not None and seconds > limit:
            return severity, limit
    return None, 0.0


def _tempered(severity: Severity, pause: Pause) -> Severity:
    """No alarm from silence alone: fair at most where it may be a pause, and told where it is likely to be one."""
    most = {Pause.NONE: severity, Pause.POSSIBLE: Severity.FAIR, Pause.LIKELY: Severity.INFO}[pause]
    return min(severity, most, key=lambda one: one.rank)


def _placed(trouble: Trouble, phone: Phone, call: Call, causes: Causes) -> Trouble:
    """With the call that it is about, and where to look where that is known."""
    where = subject(call.key)
    whom = " ".join(filter(None, (call.remote_name, call.remote_number)))
    hint = next(iter(causes(phone.id, call.key)), None)
    words = "  ".join(filter(None, (trouble.text, f"{where} {whom}".strip(), str(hint) if hint else "")))
    return Trouble(trouble.id, where, trouble.severity, Printable(words))
