"""What is wrong with calls: figures beyond their limits, audio that comes one way only, silence.

A figure is told with the worst value since it left the good ones and with the last good one before that, so the words
change only when it gets worse.

What is wrong with calls that ended lately, by the phone's own report: of phones that publish no calls.

A report is news for a minute, and so is its trouble.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from phonetui.phone.alerts.alert import AlertCondition, AlertId, Severity
from phonetui.phone.diagnosis import Diagnosis, window
from phonetui.phone.measure import Grade, JudgedMetric, Measure, Metric, Pause
from phonetui.phone.quality.call_quality import final_report
from phonetui.phone.quality.grading import Limits, MetricValue, Thresholds, digits, limits
from phonetui.phone.state import Call, CallKey, Phase, Phone, PhoneId
from phonetui.text import Printable, printable

Causes = Callable[[PhoneId, CallKey], Sequence[Diagnosis]]
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
class MetricSpell:
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
    spells: Mapping[Metric, MetricSpell]


Pasts = Mapping[CallKey, CallPast]


def assess_calls(
    phone: Phone, pasts: Pasts, thresholds: Thresholds, causes: Causes
) -> tuple[tuple[AlertCondition, ...], Pasts]:
    """What is wrong with the phone's calls, and what to compare the next readings with."""
    found: list[AlertCondition] = []
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
    spells = {judged.metric: _spell(known.get(judged.metric, MetricSpell()), judged) for judged in measure.settled}
    return CallPast(measure.measured_s, {**known, **spells})


def _spell(before: MetricSpell, judged: JudgedMetric) -> MetricSpell:
    if judged.grade not in SEVERITIES:
        return MetricSpell(good=judged.best)
    worse = min if judged.metric.is_floor else max
    worst = judged.worst if before.worst is None else worse(before.worst, judged.value)
    window_s = before.window_s if worst == before.worst else judged.window_s
    return MetricSpell(before.good, worst, max(before.grade, judged.grade, key=lambda grade: grade.severity), window_s)


def _figures(measure: Measure, past: CallPast, call: Call, thresholds: Thresholds) -> Iterator[AlertCondition]:
    """One for each id, with all figures that are bad and as grave as the worst of them."""
    bad: dict[AlertId, list[JudgedMetric]] = {}
    for judged in measure.settled:
        if judged.metric in TOLD and judged.grade in SEVERITIES:
            bad.setdefault(TOLD[judged.metric].id, []).append(judged)
    for id_, figures in bad.items():
        worst = max((judged.grade for judged in figures), key=lambda grade: grade.severity)
        ordered = sorted(figures, key=lambda judged: list(TOLD).index(judged.metric))
        words = ", ".join(
            _words(judged, past.spells[judged.metric], limits(judged.metric, call, thresholds)) for judged in ordered
        )
        yield AlertCondition(id_, "", SEVERITIES[worst], printable(words))


def _words(judged: JudgedMetric, spell: MetricSpell, limits: Limits) -> str:
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


def _media(call: Call, measure: Measure, limits: Limits) -> Iterator[AlertCondition]:
    """In talk, held by neither side: what is sent and not received, or nothing at all."""
    if call.phase is not Phase.TALK or call.remote_hold or measure.stall_s is None or measure.silent_s is None:
        return
    severity, limit = _beyond(measure.silent_s, limits)
    if severity is not None:
        words = f"no packet either way for more than {limit:g} s: {_SILENCES[measure.pause]}"
        yield AlertCondition(AlertId.SILENCE, "", _tempered(severity, measure.pause), printable(words))
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
        yield AlertCondition(AlertId.ONE_WAY_AUDIO, "", _tempered(severity, measure.pause), printable(words))


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


def _placed(trouble: AlertCondition, phone: Phone, call: Call, causes: Causes) -> AlertCondition:
    """With the call that it is about, and where to look where that is known."""
    where = subject(call.key)
    whom = " ".join(filter(None, (call.remote_name, call.remote_number)))
    hint = next(iter(causes(phone.id, call.key)), None)
    words = "  ".join(filter(None, (trouble.text, f"{where} {whom}".strip(), str(hint) if hint else "")))
    return AlertCondition(trouble.id, where, trouble.severity, Printable(words))


def assess_reports(phone: Phone, thresholds: Thresholds) -> Iterator[AlertCondition]:
    """One for each call and alert id, as grave as the worst of its figures."""
    for report in phone.reported_calls:
        bad: dict[AlertId, list[MetricValue]] = {}
        for figure in final_report(report.call, thresholds).figures:
            if figure.metric in TOLD and figure.grade in SEVERITIES:
                bad.setdefault(TOLD[figure.metric].id, []).append(figure)
        for id_, figures in bad.items():
            severity = max((SEVERITIES[figure.grade] for figure in figures if figure.grade), key=lambda each: each.rank)
            words = ", ".join(_reports_words(figure) for figure in figures)
            yield AlertCondition(id_, subject(report.call.key), severity, printable(f"over the whole call {words}"))


def _reports_words(figure: MetricValue) -> str:
    told = TOLD[figure.metric]
    return f"{told.words} {figure.value:.{told.digits}f}{told.unit}"
