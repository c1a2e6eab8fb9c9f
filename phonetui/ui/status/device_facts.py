"""What a phone says of itself beside its calls: read out of its status tree for the summary.

The only place of the screen where these leaves' wire names stand; all of it raw words, because their vocabularies are
not published.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from phonetui.phone.parse import count
from phonetui.text import Printable, printable
from phonetui.xapi.document import Document
from phonetui.xapi.path import Path

OUR_POSTS = "/fb/"
"""How the path of a URL begins that one of our own listeners handed out."""


@dataclass(frozen=True, slots=True)
class FeedbackSlot:
    """One place where the phone pushes its changes to."""

    number: int
    host: Printable
    is_phonetuis: bool
    """Whether its URL is of the kind that this program registers, here or on another machine."""
    status: Printable | None
    form: Printable | None
    expressions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    protocol: Printable | None = None
    sip_sent: int | None = None
    sip_received: int | None = None
    sip_bytes_sent: int | None = None
    sip_bytes_received: int | None = None
    agent: Printable | None = None
    """ThousandEyes: what it does."""
    agent_version: Printable | None = None
    availability: Printable | None = None
    available_at: Printable | None = None
    """When the availability changes next."""
    booking: Printable | None = None
    meeting: Printable | None = None
    report_written: Printable | None = None
    report_sent: Printable | None = None
    failed_login: Printable | None = None
    last_login: Printable | None = None
    enrolments: tuple[tuple[int, Printable], ...] = ()
    """SCEP, by number."""
    customer_ca: Printable | None = None
    customer_ca_went: Printable | None = None
    upgrades: tuple[tuple[int, Printable], ...] = ()
    provisionings: tuple[tuple[int, Printable], ...] = ()
    wallpapers: tuple[tuple[int, Printable], ...] = ()
    logo: Printable | None = None
    locale: Printable | None = None
    locale_from: Printable | None = None
    slots: tuple[FeedbackSlot, ...] = ()


_LEAVES: Mapping[str, str] = {
    "protocol": "Conference SelectedCallProtocol",
    "agent": "ThousandEyes Status",
    "agent_version": "ThousandEyes Version",
    "availability": "Bookings Availability Status",
    "available_at": "Bookings Availability TimeStamp",
    "booking": "Bookings Current Id",
    "meeting": "Bookings Current MeetingId",
    "report_written": "PRTStatus PRTGenerationStatus",
    "report_sent": "PRTStatus PRTUploadStatus",
    "failed_login": "Security LastFailedAdminLogin",
    "last_login": "Security LastSuccessfulAdminLogin",
    "customer_ca": "DownloadStatus CustomCAStatus Info",
    "customer_ca_went": "DownloadStatus CustomCAStatus ProvisioningStatus",
    "logo": "DownloadStatus ScreenStatus LogoDownloadStatus",
    "locale": "DownloadedLocalePackage LocaleDownloadStatus",
    "locale_from": "DownloadedLocalePackage LocaleDownloadURL",
}
_COUNTERS: Mapping[str, str] = {
    "sip_sent": "PhoneStatus SIPMessageSent",
    "sip_received": "PhoneStatus SIPMessageRecv",
    "sip_bytes_sent": "PhoneStatus SIPBytesSent",
    "sip_bytes_received": "PhoneStatus SIPBytesRecv",
}
_LISTS: Mapping[str, tuple[str, str]] = {
    "enrolments": ("Security SCEPStatus", "DownloadStatus"),
    "upgrades": ("DownloadStatus FirmwareUpgradeStatus", "Status"),
    "provisionings": ("DownloadStatus ProvisioningStatus", "Status"),
    "wallpapers": ("DownloadStatus ScreenStatus CustomWallpaperDownload", ""),
}
"""Field → the list, and the leaf of its items (none where the item itself is the leaf)."""
SIP = tuple(Path.parse(name) for name in _COUNTERS.values())


def device(document: Document) -> DeviceFacts:
    leaves = {name: document.get(Path.parse(path)) for name, path in _LEAVES.items()}
    raw = {name: document.get(Path.parse(path)) for name, path in _COUNTERS.items()}
    counters = {name: None if value is None else count(value) for name, value in raw.items()}
    lists = {name: _items(document, Path.parse(place), leaf) for name, (place, leaf) in _LISTS.items()}
    return DeviceFacts(**leaves, **counters, **lists, slots=_slots(document))  # type: ignore[arg-type]  # by field name, above


def _items(document: Document, place: Path, leaf: str) -> tuple[tuple[int, Printable], ...]:
    """The items of a list that say something."""
    found = (
        (index, document.get(place / index / leaf if leaf else place / index)) for index in document.indices(place)
    )
    return tuple((index, value) for index, value in found if value)


def _slots(document: Document) -> tuple[FeedbackSlot, ...]:
    place = Path.of("HttpFeedback")
    return tuple(
        _slot(document, index, url) for index in document.indices(place) if (url := document.get(place / index / "URL"))
    )


def _slot(document: Document, index: int, url: Printable) -> FeedbackSlot:
    place = Path.of("HttpFeedback", index)
    try:
        parts = urlsplit(url)
    except ValueError:  # an address in brackets that is none
        host, path = url, ""
    else:
        host, path = Printable(parts.netloc.rpartition("@")[2] or url), parts.path
    posted = len(document.indices(place / "Expression"))
    return FeedbackSlot(
        index, printable(host), path.startswith(OUR_POSTS), document.get(place / "Status"),
        document.get(place / "Format"), posted,
    )  # fmt: skip


class SipMessageRate:
    """SIP messages a minute, from the readings that came since it was made."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None
        self._last: tuple[float, int] | None = None

    @property
    def per_min(self) -> float | None:
        """Over the whole time that was looked at; None until two readings are far enough apart."""
        if self._first is None or self._last is None or self._last[0] - self._first[0] < 5.0:
            return None
        return max(self._last[1] - self._first[1], 0) * 60.0 / (self._last[0] - self._first[0])

    def take(self, found: DeviceFacts, at: float) -> None:
        """`at` in monotonic seconds. A counter that went back was begun anew: so is the rate."""
        if found.sip_sent is None and found.sip_received is None:
            return
        total = (found.sip_sent or 0) + (found.sip_received or 0)
        if self._last is None or total < self._last[1]:
            self._first = (at, total)
        self._last = (at, total)
