"""What is wrong with calls that ended lately, by the phone's own report: of phones that publish no calls.

A report is news for a minute, and so is its trouble.
"""

from collections.abc import Iterator

from phonetui.phone.alert import AlertId, Trouble
from phonetui.phone.quality.final_report import final_report
from phonetui.phone.quality.grading import Figure
from phonetui.phone.state import Phone
from phonetui.phone.thresholds import Thresholds
from phonetui.phone.trouble.calls import SEVERITIES, TOLD, subject
from phonetui.text import printable


def assess(phone: Phone, thresholds: Thresholds) -> Iterator[Trouble]:
    """One for each call and alert id, as grave as the worst of its figures."""
    for report in phone.reported_calls:
        bad: dict[AlertId, list[Figure]] = {}
        for figure in final_report(report.call, thresholds).figures:
            if figure.metric in TOLD and figure.grade in SEVERITIES:
                bad.setdefault(TOLD[figure.metric].id, []).append(figure)
        for id_, figures in bad.items():
            severity = max((SEVERITIES[figure.grade] for figure in figures if figure.grade), key=lambda each: each.rank)
            words = ", ".join(_words(figure) for figure in figures)
            yield Trouble(id_, subject(report.call.key), severity, printable(f"over the whole call {words}"))


def _words(figure: Figure) -> str:
    told = TOLD[figure.metric]
    return f"{told.words} {figure.value:.{told.digits}f}{told.unit}"
