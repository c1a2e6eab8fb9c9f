"""`phonetui report`: a report on a period as one page, from the archive or from a recording."""

import argparse
import os
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import PurePath
from typing import TYPE_CHECKING

from phonetui.errors import ConfigError

if TYPE_CHECKING:
    from phonetui.report.fleet_report import FleetReport, ReportSource

FORMATS = ("html", "md", "json")
_ENDINGS = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".json": "json"}
"""A file's ending → the format that it wants."""
LONGEST = timedelta(days=3700)
"""Longer than anything is kept."""
DAY = timedelta(days=1)


def declare(words: argparse.ArgumentParser) -> None:
    words.add_argument(
        "--since", metavar="TIME", help="-24h (unless told otherwise), -7d, 14:03, or 2026-11-30T14:03:21Z"
    )
    words.add_argument("--until", metavar="TIME", help="as --since; without it, now")
    words.add_argument("--format", choices=FORMATS, help="html, unless -o has another ending")
    words.add_argument(
        "-o", "--output", metavar="FILE", help="else html is named by the time, others go to standard output, as - does"
    )
    words.add_argument("--recording", metavar="FILE|DIR", help="out of a recording instead of the calls that are kept")
    words.add_argument(
        "--redact", action="store_true", help="mask names, numbers and addresses, as P on the dashboard does"
    )


def run(options: argparse.Namespace) -> int:
    from phonetui.cli.output import check_output_file, write_output_file
    from phonetui.config.reader import load
    from phonetui.ui.session import zone_of

    config = load(options.config, environ=os.environ)
    form = _format(options)
    check_output_file(options.output)
    zone = zone_of(config.ui.timezone)
    title = config.title or "Phones"
    made = _recorded if options.recording else _kept
    report = made(options, zone, title, is_masked=options.redact or config.ui.privacy)
    output = options.output or (None if form == "html" else "-")
    now = datetime.now(UTC).astimezone(zone)
    name = write_output_file(_written(report, form, zone), output, f"phonetui-report-{now:%Y%m%d-%H%M%S}", form)
    if name:
        print(name)
    return 0


def _format(options: argparse.Namespace) -> str:
    ending = PurePath(options.output or "").suffix.lower()
    form: str = options.format or _ENDINGS.get(ending, "html")
    return form


def _written(report: "FleetReport", form: str, zone: tzinfo | None) -> str:
    if form == "json":
        from phonetui.report.json_object import json_report

        return json_report(report)
    if form == "md":
        from phonetui.report.markdown import markdown_report

        return markdown_report(report, zone)
    from phonetui.report.html_page import html_page

    return html_page(report, zone)


def _kept(options: argparse.Namespace, zone: tzinfo | None, title: str, *, is_masked: bool) -> "FleetReport":
    """Of the archive. Raises ConfigError where there is none, or it fails."""
    from contextlib import closing

    from phonetui.archive.store import CallStore
    from phonetui.config import places
    from phonetui.report.fleet_report import ReportSource

    now = datetime.now(UTC)
    began, ended = _period(options, (now - LONGEST, now), zone, DAY)
    place = places.history()
    if not place.exists():
        hint = "The dashboard and 'phonetui collect' keep them, or give a --recording"
        raise ConfigError(f"no calls are kept so far: there is no {place}", hint)
    with closing(CallStore(place)) as store:
        if store.set_aside:
            raise ConfigError(store.set_aside)
        source = ReportSource(
            calls=store.period(began, ended),
            phones=store.phones(began),
            changes=store.changes(began, ended),
            alerts=store.alerts(began, ended),
            kept_since=store.kept_since(),
        )
        return _report(source, (began, ended), zone, title, is_masked=is_masked)


def _recorded(options: argparse.Namespace, zone: tzinfo | None, title: str, *, is_masked: bool) -> "FleetReport":
    """Of a recording. Raises ConfigError where it cannot be played."""
    from phonetui.cli.replay import open_recording
    from phonetui.errors import ProtocolError
    from phonetui.recording.report_source import report_source

    recording = open_recording(options.recording)
    began, ended = _period(options, (recording.first, recording.last), zone, None)
    try:
        source = report_source(recording, began, ended)
    except ProtocolError as error:
        raise ConfigError(f"{recording.path} cannot be played: {error}") from error
    finally:
        recording.close()
    return _report(source, (began, ended), zone, title, is_masked=is_masked or recording.is_masked)


def _report(
    source: "ReportSource", period: tuple[datetime, datetime], zone: tzinfo | None, title: str, *, is_masked: bool
) -> "FleetReport":
    from phonetui.report.fleet_report import fleet_report, mask_report
    from phonetui.text import printable

    report = fleet_report(source, *period, title=printable(title), zone=zone)
    return mask_report(report, source.phones) if is_masked else report


def _period(
    options: argparse.Namespace, span: tuple[datetime, datetime], zone: tzinfo | None, usual: timedelta | None
) -> tuple[datetime, datetime]:
    """From and to, both within `span`; from `usual` before its end, or from its beginning. Raises ConfigError."""
    from phonetui.phone.clock import instant
    from phonetui.recording.moments import moment_from

    first, last = span
    ended = moment_from(options.until, span, last, zone) if options.until else last
    began = first if usual is None else max(ended - usual, first)
    if options.since:
        began = moment_from(options.since, span, last, zone)
    began, ended = max(began, first), min(ended, last)
    if began >= ended:
        raise ConfigError(
            f"nothing lies between {instant(began)} and {instant(ended)}",
            f"There is {instant(first)} to {instant(last)}",
        )
    return began, ended
