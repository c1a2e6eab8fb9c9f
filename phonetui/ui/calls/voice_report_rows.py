"""Rows of a phone's own voice quality report on a call's card: its two directions side by side."""

from collections.abc import Iterator
from datetime import tzinfo

from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.quality.voice_report import VoiceParty, VoiceQualityReport, VoiceReportKind, report_figures
from phonetui.ui.text.format import DASH
from phonetui.ui.text.rows import Role, Row, Run, clip, pad, right, row

REPORTED_ALONE = "by its report alone"
"""What became of a call that nothing else is known of."""
_LABEL = 20
_KINDS = {
    VoiceReportKind.SESSION: "of the call",
    VoiceReportKind.INTERVAL: "of a part of it",
    VoiceReportKind.ALERT: "a limit was crossed",
}


def voice_report_rows(record: CallRecord, zone: tzinfo | None, width: int) -> Iterator[Row]:
    """Nothing where the phone sent none."""
    report = record.report
    if report is None:
        return
    yield row(
        Run(f" {pad('sent', _LABEL)}", Role.LABEL), Run(clip(_sent(record, report, zone), width - 22), Role.VALUE)
    )
    for label, value in (
        ("Call-ID", report.call_id),
        ("from", _party(report.local_party)),
        ("to", _party(report.remote_party)),
    ):
        if value:
            yield row(Run(f" {pad(label, _LABEL)}", Role.LABEL), Run(clip(value, width - 22), Role.VALUE))
    cells = min((width - 22) // 2, 18)
    yield row(Run(f" {pad('', _LABEL)}{right('heard here', cells)}{right('heard there', cells)}", Role.LABEL))
    for name, here, there in report_figures(report):
        runs = (
            Run(right(clip(value or DASH, cells - 1), cells), Role.VALUE if value else Role.DIM)
            for value in (here, there)
        )
        yield row(Run(f" {pad(name, _LABEL)}", Role.LABEL), *runs)
    for name, value in report.local.more:
        yield row(Run(f" {pad(name, _LABEL)}", Role.LABEL), Run(clip(value, width - 22), Role.VALUE))


def _sent(record: CallRecord, report: VoiceQualityReport, zone: tzinfo | None) -> str:
    """`of the call, 12:00:00 to 12:04:10 by the phone's clock, the last of 3`"""
    words = report.alert if report.kind is VoiceReportKind.ALERT and report.alert else _KINDS[report.kind]
    times = [f"{at.astimezone(zone):%H:%M:%S}" for at in (report.start_at, report.stop_at) if at is not None]
    clock = f"{' to '.join(times)} by the phone's clock" if times else ""
    several = f"the last of {len(record.reports)}" if len(record.reports) > 1 else ""
    return ", ".join(filter(None, (words, clock, several)))


def _party(party: VoiceParty | None) -> str:
    return " ".join(filter(None, (party.name, party.uri))) if party else ""
