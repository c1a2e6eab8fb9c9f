"""Parses and writes `application/vq-rtcpxr` (RFC 6035, 4.6).

    VQSessionReport: CallTerm          kind
    CallID: …, LocalID: …, …           who, where; in the RFC's order when written, in any order when read
    LocalMetrics:                      a block; RemoteMetrics: begins the other one
    PacketLoss: NLR=0.4 JDR=0.0        a line of parameters

Written as the ABNF has it, read as phones write it: names in any case, `=` for the colon, lines that are broken or in
another place, `FromID` and `ToID` for the two parties (as drafts of the RFC had them), parameters of their own.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from phonetui import numeric
from phonetui.errors import ProtocolError
from phonetui.phone import parse
from phonetui.phone.quality.voice_report import (
    MOST_EXTENSIONS,
    PARAMETERS,
    MediaAddress,
    VoiceForm,
    VoiceMetrics,
    VoiceParameter,
    VoiceParty,
    VoiceQualityReport,
    VoiceReportKind,
)
from phonetui.text import Printable, printable

MEDIA_TYPE = "application/vq-rtcpxr"
MOST_BYTES = 16_384
"""Of a report; a full one has 1,500."""
MOST_LINES = 128
LONGEST_LINE = 1024
"""Characters of a line that are looked at."""
LONGEST_VALUE = 255

_FIRST = re.compile(r"VQ(Session|Interval|Alert)Report\s*(?::\s*(.*))?", re.IGNORECASE)
_LINE = re.compile(r"\s*([A-Za-z][\w-]{0,31})\s*([:=])\s*(.*)", re.ASCII)
_VALUE = re.compile(r'([A-Za-z][\w.-]{0,31})\s*=\s*("(?:[^"\\]|\\.)*"|\S*)', re.ASCII)
_ADDRESS = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<([^<>]*)>')
_NO_ADDRESS = "0.0.0.0"  # noqa: S104 - nothing listens there: it is what a report without an address says
_ESCAPED = re.compile(r"\\(.)")


def parse_voice_report(body: bytes) -> VoiceQualityReport:
    """The report in a body. Raises ProtocolError for what is no report, or says nothing of any call."""
    lines = _lines(body)
    first = _FIRST.fullmatch(next(lines, ""))
    if first is None:
        raise ProtocolError("no voice quality report", "RFC 6035 has it begin with VQSessionReport")
    kind = VoiceReportKind(first[1].lower())
    rest = (first[2] or "").strip()
    fields: dict[str, Any] = {"kind": kind, "is_last": rest.casefold() == "callterm"}
    if kind is VoiceReportKind.ALERT:
        fields["alert"] = _text(rest)
    blocks: dict[str, dict[str, Any]] = {"local": {}, "remote": {}}
    block, line = blocks["local"], ""
    for words in lines:
        found = _LINE.match(words)
        if found is None:
            continue
        name, value = found[1].casefold(), found[3].strip()
        if name in _BLOCKS:
            block = blocks[_BLOCKS[name]]
        elif name in _SESSION:
            field, read = _SESSION[name]
            if fields.get(field) is None:
                fields[field] = read(value)
        elif found[2] == "=":
            _read_values(block, line, words)  # the line before was broken
        else:
            line = found[1]
            _read_values(block, line, value)
    report = VoiceQualityReport(
        local=VoiceMetrics(**blocks["local"]), remote=VoiceMetrics(**blocks["remote"]), **fields
    )  # fmt: skip
    if report.call_id is None and report.start_at is None:
        raise ProtocolError("a voice quality report of no call", "It has neither CallID nor Timestamps")
    return report


def _lines(body: bytes) -> Iterator[str]:
    """Those that say something, folded ones joined. Raises ProtocolError for too many."""
    if len(body) > MOST_BYTES:
        raise ProtocolError(f"a voice quality report of {len(body)} bytes")
    lines: list[str] = []
    for raw in re.split(r"\r\n|\r|\n", body.decode("utf-8", "replace")):
        if raw[:1] in (" ", "\t") and lines:
            lines[-1] = f"{lines[-1]} {raw.strip()}"[:LONGEST_LINE]
        elif raw.strip():
            lines.append(raw.strip()[:LONGEST_LINE])
    if len(lines) > MOST_LINES:
        raise ProtocolError(f"a voice quality report of {len(lines)} lines")
    return iter(lines)


def _read_values(block: dict[str, Any], line: str, words: str) -> None:
    """Parameters go by their names, whatever line they stand in; what cannot be read is kept as it came."""
    values = _VALUE.findall(words)
    if not values and words and line.casefold() not in _METRIC_LINES:
        _keep(block, line, words)
    for name, written in values:
        parameter = _BY_NAME.get(name.casefold())
        value = _unquoted(written)
        if parameter is None:
            _keep(block, name, value)
        elif parameter.field not in block:
            read = _READERS[parameter.form](printable(value))
            if read is not None:
                block[parameter.field] = read
            elif parameter.form in _STRICT and value:
                _keep(block, name, value)


def _keep(block: dict[str, Any], name: str, value: str) -> None:
    kept = block.get("more", ())
    if len(kept) < MOST_EXTENSIONS:
        block["more"] = (*kept, (printable(name), printable(value[:LONGEST_VALUE])))


def _unquoted(written: str) -> str:
    if len(written) >= 2 and written[0] == written[-1] == '"':
        return _ESCAPED.sub(r"\1", written[1:-1])
    return written


def _text(value: str) -> Printable | None:
    return printable(value[:LONGEST_VALUE]) or None


def party(value: str) -> VoiceParty | None:
    """The party in `"Name" <sip:user@host;parameters>;tag=…` or `sip:user@host`; None for an empty text."""
    value = value[:LONGEST_LINE]
    found = _ADDRESS.match(value)
    uri = (found[3] if found else value.partition(";")[0]).strip().partition(";")[0][:LONGEST_VALUE]
    name = _ESCAPED.sub(r"\1", found[1] or found[2] or "")[:LONGEST_VALUE] if found else ""
    if not uri and not name:
        return None
    user, at, _ = uri.partition(":")[2].rpartition("@")
    return VoiceParty(printable(uri), printable(unquote(user)) if at and user else None, printable(name) or None)


def _media_address(value: str) -> MediaAddress | None:
    values = {name.casefold(): _unquoted(written)[:LONGEST_VALUE] for name, written in _VALUE.findall(value)}
    ip, ssrc = (printable(values.get(name, "").strip("[]")) or None for name in ("ip", "ssrc"))
    port = numeric.integer(values.get("port", ""), most=65535)
    return MediaAddress(ip, port, ssrc) if ip or port or ssrc else None


def _moment(raw: Printable) -> datetime | None:
    """RFC 3339; without a zone it is UTC, the only one that the RFC allows."""
    if len(raw) > 40:
        return None
    try:
        read = datetime.fromisoformat(raw.upper())
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC) if 1970 <= read.year < 9999 else None
    except (ValueError, OverflowError):
        return None


def _percent(raw: Printable) -> float | None:
    value = numeric.decimal(raw)
    return value if value is not None and 0.0 <= value <= 100.0 else None


def _level(raw: Printable) -> float | None:
    value = numeric.decimal(raw)
    return value if value is not None and -126.0 <= value <= 126.0 else None


def _number(raw: Printable) -> float | None:
    value = numeric.decimal(raw)
    return value if value is not None and value >= 0 else None


def _integer(raw: Printable) -> int | None:
    return numeric.integer(raw, most=numeric.MAX_INDEX)


_READERS: Mapping[VoiceForm, Callable[[Printable], Any]] = {
    VoiceForm.TEXT: _text,
    VoiceForm.INTEGER: _integer,
    VoiceForm.NUMBER: _number,
    VoiceForm.PERCENT: _percent,
    VoiceForm.MILLISECONDS: numeric.milliseconds,
    VoiceForm.DELAY: parse.round_trip,
    VoiceForm.GAP: parse.gap,
    VoiceForm.LEVEL: _level,
    VoiceForm.RATING: parse.r_factor,
    VoiceForm.SCORE: parse.mos,
    VoiceForm.MOMENT: _moment,
}
_STRICT = frozenset({VoiceForm.INTEGER, VoiceForm.NUMBER, VoiceForm.PERCENT, VoiceForm.MILLISECONDS, VoiceForm.MOMENT})
"""Forms without a word for "nothing": a value that cannot be read is worth showing."""
_BY_NAME = {parameter.name.casefold(): parameter for parameter in PARAMETERS}
_METRIC_LINES = frozenset(parameter.line.casefold() for parameter in PARAMETERS)
_BLOCKS = {"localmetrics": "local", "remotemetrics": "remote"}
_SESSION: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "callid": ("call_id", _text),
    "localid": ("local_party", party),
    "fromid": ("local_party", party),
    "remoteid": ("remote_party", party),
    "toid": ("remote_party", party),
    "origid": ("origin", party),
    "localaddr": ("local_address", _media_address),
    "remoteaddr": ("remote_address", _media_address),
    "localmac": ("local_mac", _text),
    "remotemac": ("remote_mac", _text),
    "localgroup": ("local_group", _text),
    "remotegroup": ("remote_group", _text),
    "localgroupid": ("local_group", _text),
    "remotegroupid": ("remote_group", _text),
    "dialogid": ("dialog_id", _text),
}
"""By the folded name; the first of several counts."""


def voice_report_text(report: VoiceQualityReport) -> str:
    """The report as the ABNF has it, with the line ends of the RFC. Names that the RFC doesn't have are left out."""
    first = f"VQ{report.kind.capitalize()}Report"
    if report.kind is VoiceReportKind.ALERT:
        first += f": {report.alert or ''}"
    elif report.is_last:
        first += ": CallTerm"
    lines = [first, *_session_lines(report), "LocalMetrics:", *_metric_lines(report.local)]
    if not report.remote.is_empty:
        lines += ["RemoteMetrics:", *_metric_lines(report.remote)]
    if report.dialog_id:
        lines.append(f"DialogID: {report.dialog_id}")
    return "".join(f"{line}\r\n" for line in lines)


def _session_lines(report: VoiceQualityReport) -> Iterator[str]:
    """Those that the RFC wants are there whatever is known."""
    yield f"CallID: {report.call_id or ''}"
    for name, who in (("Local", report.local_party), ("Remote", report.remote_party), ("Orig", report.origin)):
        yield f"{name}ID: {_written_party(who)}"
    yield f"LocalGroup: {report.local_group or ''}"
    yield f"RemoteGroup: {report.remote_group or ''}"
    for name, where in (("Local", report.local_address), ("Remote", report.remote_address)):
        known = where or MediaAddress()
        yield f"{name}Addr: IP={known.ip or _NO_ADDRESS} PORT={known.port or 0} SSRC={known.ssrc or '0x00000000'}"
    for name, mac in (("Local", report.local_mac), ("Remote", report.remote_mac)):
        if mac:
            yield f"{name}MAC: {mac}"


def _written_party(who: VoiceParty | None) -> str:
    if who is None:
        return "<sip:anonymous@anonymous.invalid>"
    name = str(who.name or "").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{who.uri}>' if name else f"<{who.uri}>"


def _metric_lines(metrics: VoiceMetrics) -> Iterator[str]:
    for line in dict.fromkeys(parameter.line for parameter in PARAMETERS):
        values = [
            f"{parameter.name}={_written(parameter, value)}"
            for parameter in PARAMETERS
            if parameter.line == line and (value := getattr(metrics, parameter.field)) is not None
        ]
        if values:
            yield f"{line}: {' '.join(values)}"


def _written(parameter: VoiceParameter, value: Any) -> str:
    match parameter.form:
        case VoiceForm.MOMENT:
            moment: datetime = value
            return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case VoiceForm.PERCENT | VoiceForm.SCORE:
            return f"{value:.1f}"
        case VoiceForm.TEXT:
            words = str(value)
            return words if re.fullmatch(r"[\w.%!*`'~+/-]+", words, re.ASCII) else f'"{words.replace(chr(34), "")}"'
    return f"{value:.0f}"
