"""Alert rules for calls: limits exceeded, one-way audio, silence, bad reports of ended calls.

Figures of a call that are bad together are one condition, of the first of them in the order of causes, as grave as the
worst. It names the worst value of each since it left the good ones and the last good one before that, so its text
changes only when one gets worse. Reports are of phones that publish no calls, and are news for a minute.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from phonetui.phone.alerts.alert import AlertCondition, AlertId, Severity, call_subject
from phonetui.phone.diagnosis import Diagnosis, window
from phonetui.phone.measure import WORDS, Grade, JudgedMetric, Measure, Metric, Pause
from phonetui.phone.quality.call_quality import final_report
from phonetui.phone.quality.grading import Graded, Limits, Thresholds, digits, limits, step
from phonetui.phone.state import Call, CallKey, Phase, Phone, PhoneId, call_words
from phonetui.text import Printable, printable

Diagnose = Callable[[PhoneId, CallKey], Sequence[Diagnosis]]
"""What one call's figures point at."""
ALERTS = {
    Metric.LOSS: AlertId.LOSS,
    Metric.BURST: AlertId.LOSS,
    Metric.DISCARD: AlertId.DISCARD,
    Metric.JITTER: AlertId.JITTER,
    Metric.DELAY: AlertId.DELAY,
    Metric.DECODER: AlertId.DELAY,
    Metric.MOS: AlertId.MOS,
    Metric.ESTIMATE: AlertId.MOS,
    Metric.RATING: AlertId.MOS,
}
"""Without `STALL`: a stream that stands is reported before there are packets enough to judge by."""
SEVERITIES = {Grade.FAIR: Severity.FAIR, Grade.POOR: Severity.POOR, Grade.CRITICAL: Severity.CRITICAL}


_ORDER = list(WORDS)
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


class MetricSpell(Struct, frozen=True):
    """One figure of a call lately: the best value while it was good, the worst since it isn't."""

    good: float | None = None
    """The best of the latest while it was good."""
    worst: float | None = None
    """Since it is not; None while it is."""
    grade: Grade = Grade.GOOD
    """The worst since then."""
    window_s: float | None = None
    """Of the worst, as in `JudgedMetric`."""


class CallPast(Struct, frozen=True):
    """What is remembered of a call between two readings."""

    measured_s: float
    """Less than before is another measurement, and maybe another call."""
    spells: Mapping[Metric, MetricSpell]


Pasts = Mapping[CallKey, CallPast]


def assess_calls(
    phone: Phone, pasts: Pasts, thresholds: Thresholds, diagnose: Diagnose
) -> tuple[tuple[AlertCondition, ...], Pasts]:
    """What is wrong with the phone's calls, and what to compare the next readings with."""
    found: list[AlertCondition] = []
    after = {}
    for call in phone.calls:
        measure = phone.measure(call.key)
        if measure is None:
            continue
        past = after[call.key] = _remember(pasts.get(call.key), measure)
        conditions = (*_figures(measure, past, call, thresholds), *_media(call, measure, thresholds.stall_s))
        found += (_placed(condition, phone, call, diagnose) for condition in conditions)
    return tuple(found), after


def assess_reports(phone: Phone, thresholds: Thresholds) -> Iterator[AlertCondition]:
    """Conditions from reports of ended calls: one for each call and alert id, as grave as the worst of its figures."""
    for report in phone.reported_calls:
        bad = _bad(final_report(report.call, thresholds).figures)
        if bad:
            text = ", ".join(f"{WORDS[each.metric].name} {WORDS[each.metric].describe(each.value)}" for each in bad)
            yield _condition(bad, f"over the whole call {text}", call_subject(report.call.key))


def _bad(figures: Iterable[Graded]) -> list[Graded]:
    """Those that are worse than good, causes before what follows from them."""
    found = [figure for figure in figures if figure.metric in ALERTS and figure.grade in SEVERITIES]
    return sorted(found, key=lambda figure: _ORDER.index(figure.metric))


def _condition(bad: Sequence[Graded], text: str, subject: str = "") -> AlertCondition:
    """Of the first one's id, with the severity of the worst."""
    severity = SEVERITIES[max(figure.grade for figure in bad if figure.grade)]
    return AlertCondition(ALERTS[bad[0].metric], subject, severity, printable(text))


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
    return MetricSpell(before.good, worst, max(before.grade, judged.grade), window_s)


def _figures(measure: Measure, past: CallPast, call: Call, thresholds: Thresholds) -> Iterator[AlertCondition]:
    """One, where any figure is bad."""
    bad = _bad(measure.settled)
    if bad:
        described = (
            _describe(judged, past.spells[judged.metric], limits(judged.metric, call, thresholds)) for judged in bad
        )
        yield _condition(bad, ", ".join(described))


def _describe(judged: JudgedMetric, spell: MetricSpell, limits: Limits) -> str:
    words = WORDS[judged.metric]

    def figure(value: float) -> str:
        return words.describe(value, digits(value, limits, words.digits))

    was = "" if spell.good is None else f"was {figure(spell.good)}"
    beside = ", ".join(filter(None, (was, "eased since" if judged.grade < spell.grade else "")))
    value, window_s = (judged.worst, judged.window_s) if spell.worst is None else (spell.worst, spell.window_s)
    moved, over = "down" if judged.metric.is_floor else "up", window(window_s, "at a reading")
    text = f"{words.name} {moved} to {figure(value)}{over}"
    return f"{text} ({beside})" if beside else text


def _media(call: Call, measure: Measure, limits: Limits) -> Iterator[AlertCondition]:
    """In talk, held by neither side: what is sent and not received, or nothing at all."""
    if call.phase is not Phase.TALK or call.remote_hold or measure.no_receive_s is None or measure.no_media_s is None:
        return
    grade = step(measure.no_media_s, limits)
    if grade in SEVERITIES:
        text = f"no packet either way for more than {limits.at(grade):g} s: {_SILENCES[measure.pause]}"
        yield AlertCondition(AlertId.SILENCE, "", _tempered(grade, measure.pause), printable(text))
        return
    if measure.pause is Pause.LIKELY:
        limits = _PAUSES
    grade = step(measure.no_receive_s, limits)
    if grade in SEVERITIES:
        port = f" (mapped RTP port {call.mapped_rtp_port})" if call.mapped_rtp_port else ""
        rate = f"{measure.sent_per_s:.0f} packets/s are sent" if measure.sent_per_s else "packets are sent"
        if measure.unheard:
            rate = "the far end sends"
        text = f"{_STALLS[measure.pause].format(limit=limits.at(grade), rate=rate)}{port}"
        yield AlertCondition(AlertId.ONE_WAY_AUDIO, "", _tempered(grade, measure.pause), printable(text))


def _tempered(grade: Grade, pause: Pause) -> Severity:
    """No alarm from silence alone: at most fair where it may be a pause, and a note where it is likely to be one."""
    if pause is Pause.LIKELY:
        return Severity.INFO
    return Severity.FAIR if pause is Pause.POSSIBLE else SEVERITIES[grade]


def _placed(condition: AlertCondition, phone: Phone, call: Call, diagnose: Diagnose) -> AlertCondition:
    """With the call that it is about, and where to look where that is known."""
    where = call_words(*call.key)
    whom = " ".join(filter(None, (call.remote_name, call.remote_number)))
    found = next(iter(diagnose(phone.id, call.key)), None)
    text = "  ".join(filter(None, (condition.text, f"{where} {whom}".strip(), found.pointer if found else "")))
    return AlertCondition(condition.id, call_subject(call.key), condition.severity, Printable(text))
