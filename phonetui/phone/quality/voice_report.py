"""Voice quality reports (RFC 6035) as values: what one end of a call reports to a collector, mostly at its end.

Figures are by the reporting end: `local` is what it heard, `remote` what the other end told it by RTCP XR. Every field
is None where the report says nothing, or says by one of RFC 3611's words for it that nothing was measured.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from phonetui.phone.measure import Moment
from phonetui.text import Printable

MOST_EXTENSIONS = 32
"""Parameters of others than the RFC's that are kept of a block."""


class VoiceReportKind(StrEnum):
    """The part of a call that a report is about."""

    SESSION = "session"
    """Of the whole call, or of a part of it in which codec and addresses stayed the same (RFC 6035, 4.5.1)."""
    INTERVAL = "interval"
    """Of a span of time while the call goes on (4.5.2)."""
    ALERT = "alert"
    """A figure crossed a limit of the phone's own (4.5.3)."""


class VoiceParty(Struct, frozen=True, omit_defaults=True):
    """A party of the call, as a name-addr or addr-spec (RFC 3261, 25.1) names it."""

    uri: Printable
    """Without brackets and parameters."""
    user: Printable | None = None
    """What stands before the `@`; None where there is none."""
    name: Printable | None = None


class MediaAddress(Struct, frozen=True, omit_defaults=True):
    """An address and port of RTP, as its end saw it."""

    ip: Printable | None = None
    port: int | None = None
    ssrc: Printable | None = None
    """As it came: `0x1e2d3c4b`."""


class VoiceMetrics(Struct, frozen=True, omit_defaults=True):
    """The figures of one end: `LocalMetrics` or `RemoteMetrics`; in milliseconds, percent and dB as the names say."""

    start_at: Moment | None = None
    """Aware, by the phone's own clock."""
    stop_at: Moment | None = None
    payload_type: int | None = None
    codec: Printable | None = None
    sample_rate_hz: int | None = None
    packets_per_s: float | None = None
    frame_ms: float | None = None
    frame_octets: int | None = None
    frames_per_packet: int | None = None
    format_options: Printable | None = None
    concealment: int | None = None
    """0 unspecified, 1 disabled, 2 enhanced, 3 standard."""
    silence_suppression: Printable | None = None
    buffer_adaptive: int | None = None
    """0 unknown, 2 fixed, 3 adaptive."""
    buffer_rate: int | None = None
    buffer_nominal_ms: float | None = None
    buffer_max_ms: float | None = None
    buffer_limit_ms: float | None = None
    loss_pct: float | None = None
    discard_pct: float | None = None
    burst_loss_pct: float | None = None
    burst_ms: float | None = None
    gap_loss_pct: float | None = None
    gap_ms: float | None = None
    """None where nothing was lost: firmware writes 65535 or 30000 then."""
    gap_threshold: int | None = None
    round_trip_ms: float | None = None
    """0 is read as None: the far end sent no RTCP."""
    end_system_ms: float | None = None
    one_way_ms: float | None = None
    symmetric_one_way_ms: float | None = None
    jitter_ms: float | None = None
    """Interarrival jitter (RFC 3550)."""
    mean_jitter_ms: float | None = None
    """Mean absolute jitter (G.1020's MAPDV)."""
    signal_db: float | None = None
    noise_db: float | None = None
    echo_return_loss_db: float | None = None
    r_lq: float | None = None
    r_cq: float | None = None
    r_external_in: float | None = None
    r_external_out: float | None = None
    mos_lq: float | None = None
    mos_cq: float | None = None
    estimator: Printable | None = None
    """By what the scores were estimated, such as `G.107`."""
    more: tuple[tuple[Printable, Printable], ...] = ()
    """Parameters and lines that the RFC doesn't have, or whose value is none that it allows, as they came."""

    @property
    def is_empty(self) -> bool:
        return self == _NOTHING

    @property
    def length_s(self) -> float | None:
        """Seconds from start to stop; None where one is missing, or the phone's clock was set back in between."""
        if self.start_at is None or self.stop_at is None or self.stop_at < self.start_at:
            return None
        return (self.stop_at - self.start_at).total_seconds()


_NOTHING = VoiceMetrics()


class VoiceQualityReport(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One report (RFC 6035, 4.6) of one end of a call."""

    kind: VoiceReportKind
    is_last: bool = False
    """Whether the call was over: `CallTerm`."""
    call_id: Printable | None = None
    """Of the SIP dialog; two ends have the same one unless a server between them makes two calls of it."""
    local: VoiceMetrics = _NOTHING
    remote: VoiceMetrics = _NOTHING
    local_party: VoiceParty | None = None
    """Of the reporting end."""
    remote_party: VoiceParty | None = None
    origin: VoiceParty | None = None
    """Who began the call."""
    local_address: MediaAddress | None = None
    remote_address: MediaAddress | None = None
    local_mac: Printable | None = None
    remote_mac: Printable | None = None
    local_group: Printable | None = None
    remote_group: Printable | None = None
    dialog_id: Printable | None = None
    alert: Printable | None = None
    """`Type=NLR Severity=Critical Dir=local`, as it came."""

    @property
    def is_outgoing(self) -> bool | None:
        """Whether the reporting end began the call; None where the report doesn't tell."""
        origin, near, far = (
            (party.uri if party else None) for party in (self.origin, self.local_party, self.remote_party)
        )
        if origin is None or near == far:
            return None
        return True if origin == near else False if origin == far else None

    @property
    def start_at(self) -> datetime | None:
        return self.local.start_at or self.remote.start_at

    @property
    def stop_at(self) -> datetime | None:
        return self.local.stop_at or self.remote.stop_at


class VoiceForm(StrEnum):
    """How a parameter's value is written on the wire."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    """A decimal of either sign."""
    PERCENT = "percent"
    MILLISECONDS = "milliseconds"
    DELAY = "delay"
    """Milliseconds, of which 0 and 65535 are none."""
    GAP = "gap"
    """Milliseconds, of which 65535 and 30000 are none."""
    LEVEL = "level"
    """Decibels, of which 127 is none."""
    RATING = "rating"
    SCORE = "score"
    MOMENT = "moment"


class VoiceParameter(Struct, frozen=True):
    """One parameter of a report: its name in RFC 6035, its field here, and its form."""

    line: str
    name: str
    field: str
    """Of `VoiceMetrics`."""
    form: VoiceForm
    words: str = ""
    """For people; empty for one that is not worth a row."""
    unit: str = ""
    digits: int = 0

    def shown(self, metrics: VoiceMetrics) -> str:
        """The value with its unit, for people; empty where there is none."""
        value: Any = getattr(metrics, self.field)
        if value is None or isinstance(value, datetime):
            return ""
        return str(value) if isinstance(value, str) else f"{value:.{self.digits}f} {self.unit}".rstrip()


PARAMETERS = (
    VoiceParameter("Timestamps", "START", "start_at", VoiceForm.MOMENT),
    VoiceParameter("Timestamps", "STOP", "stop_at", VoiceForm.MOMENT),
    VoiceParameter("SessionDesc", "PT", "payload_type", VoiceForm.INTEGER),
    VoiceParameter("SessionDesc", "PD", "codec", VoiceForm.TEXT, "codec"),
    VoiceParameter("SessionDesc", "SR", "sample_rate_hz", VoiceForm.INTEGER, "sample rate", "Hz"),
    VoiceParameter("SessionDesc", "PPS", "packets_per_s", VoiceForm.NUMBER, "packets", "/s"),
    VoiceParameter("SessionDesc", "FD", "frame_ms", VoiceForm.MILLISECONDS, "frame", "ms"),
    VoiceParameter("SessionDesc", "FO", "frame_octets", VoiceForm.INTEGER),
    VoiceParameter("SessionDesc", "FPP", "frames_per_packet", VoiceForm.INTEGER),
    VoiceParameter("SessionDesc", "FMTP", "format_options", VoiceForm.TEXT),
    VoiceParameter("SessionDesc", "PLC", "concealment", VoiceForm.INTEGER),
    VoiceParameter("SessionDesc", "SSUP", "silence_suppression", VoiceForm.TEXT),
    VoiceParameter("JitterBuffer", "JBA", "buffer_adaptive", VoiceForm.INTEGER),
    VoiceParameter("JitterBuffer", "JBR", "buffer_rate", VoiceForm.INTEGER),
    VoiceParameter("JitterBuffer", "JBN", "buffer_nominal_ms", VoiceForm.MILLISECONDS, "jitter buffer", "ms"),
    VoiceParameter("JitterBuffer", "JBM", "buffer_max_ms", VoiceForm.MILLISECONDS, "buffer, highest", "ms"),
    VoiceParameter("JitterBuffer", "JBX", "buffer_limit_ms", VoiceForm.MILLISECONDS),
    VoiceParameter("PacketLoss", "NLR", "loss_pct", VoiceForm.PERCENT, "loss", "%", 1),
    VoiceParameter("PacketLoss", "JDR", "discard_pct", VoiceForm.PERCENT, "discard", "%", 1),
    VoiceParameter("BurstGapLoss", "BLD", "burst_loss_pct", VoiceForm.PERCENT, "loss in bursts", "%", 1),
    VoiceParameter("BurstGapLoss", "BD", "burst_ms", VoiceForm.MILLISECONDS, "burst", "ms"),
    VoiceParameter("BurstGapLoss", "GLD", "gap_loss_pct", VoiceForm.PERCENT, "loss in gaps", "%", 1),
    VoiceParameter("BurstGapLoss", "GD", "gap_ms", VoiceForm.GAP, "gap", "ms"),
    VoiceParameter("BurstGapLoss", "GMIN", "gap_threshold", VoiceForm.INTEGER),
    VoiceParameter("Delay", "RTD", "round_trip_ms", VoiceForm.DELAY, "round trip", "ms"),
    VoiceParameter("Delay", "ESD", "end_system_ms", VoiceForm.DELAY, "end system", "ms"),
    VoiceParameter("Delay", "OWD", "one_way_ms", VoiceForm.DELAY, "one way", "ms"),
    VoiceParameter("Delay", "SOWD", "symmetric_one_way_ms", VoiceForm.DELAY, "one way, halved", "ms"),
    VoiceParameter("Delay", "IAJ", "jitter_ms", VoiceForm.MILLISECONDS, "jitter", "ms"),
    VoiceParameter("Delay", "MAJ", "mean_jitter_ms", VoiceForm.MILLISECONDS, "mean jitter", "ms"),
    VoiceParameter("Signal", "SL", "signal_db", VoiceForm.LEVEL, "signal", "dBm0"),
    VoiceParameter("Signal", "NL", "noise_db", VoiceForm.LEVEL, "noise", "dBm0"),
    VoiceParameter("Signal", "RERL", "echo_return_loss_db", VoiceForm.LEVEL, "echo return loss", "dB"),
    VoiceParameter("QualityEst", "RLQ", "r_lq", VoiceForm.RATING, "R factor LQ"),
    VoiceParameter("QualityEst", "RCQ", "r_cq", VoiceForm.RATING, "R factor CQ"),
    VoiceParameter("QualityEst", "EXTRI", "r_external_in", VoiceForm.RATING),
    VoiceParameter("QualityEst", "EXTRO", "r_external_out", VoiceForm.RATING),
    VoiceParameter("QualityEst", "MOSLQ", "mos_lq", VoiceForm.SCORE, "MOS LQ", "", 1),
    VoiceParameter("QualityEst", "MOSCQ", "mos_cq", VoiceForm.SCORE, "MOS CQ", "", 1),
    VoiceParameter("QualityEst", "QoEEstAlg", "estimator", VoiceForm.TEXT, "estimated by"),
)
"""In the RFC's order: reading, writing and showing a report are all made from it."""


_SHOWN = ("QualityEst", "PacketLoss", "BurstGapLoss", "Delay", "JitterBuffer", "SessionDesc", "Signal")
"""Lines in the order of what is asked first."""


def report_figures(report: VoiceQualityReport) -> Iterator[tuple[str, str, str]]:
    """Rows for people: a figure, its value at the reporting end and at the other one; empty where nothing is said."""
    for parameter in sorted((one for one in PARAMETERS if one.words), key=lambda one: _SHOWN.index(one.line)):
        here, there = parameter.shown(report.local), parameter.shown(report.remote)
        if here or there:
            yield parameter.words, here, there
