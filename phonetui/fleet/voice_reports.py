"""What a fleet offers to whoever takes voice quality reports (RFC 6035) for its phones: a protocol beside `protocol`'s.

Not every fleet has it: a replay takes back what was observed, and one behind a mask is there to be looked at.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from phonetui.phone.state import PhoneId

if TYPE_CHECKING:
    from phonetui.phone.quality.voice_report import VoiceQualityReport


class VoiceReportSink(Protocol):
    """Takes what phones report of their calls by SIP (RFC 6035)."""

    def sources(self) -> Mapping[str, int]:
        """The addresses that phones may send from, each with how many are there."""

    def take(self, report: "VoiceQualityReport", source: str, *, is_relayed: bool) -> PhoneId | None:
        """Gives a report to its phone; None where that isn't known surely, and the report is dropped.

        `source` is where it came from; `is_relayed`: that is no phone, but a proxy that speaks for all.
        """


@runtime_checkable
class VoiceReportFleet(Protocol):
    """A fleet that phones may report their calls to."""

    @property
    def voice_reports(self) -> VoiceReportSink: ...
