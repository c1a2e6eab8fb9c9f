"""The content of a phone's status document: its leaves one by one, and the facts for the summary.

document now ──┐
document then ─┼──► leaves ──► chosen (search, changes alone) ──► rows
changed at ────┘

The only place of the screen where the wire names of the summary's leaves stand. Their values are raw words, because
their vocabularies are not published.
"""
# ruff: noqa: RUF009 - the calls in the class make fields of it

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from phonetui.numeric import count
from phonetui.phone.state import Phone
from phonetui.text import Printable, printable
from phonetui.ui.text.format import MAY_NOT_SEE, ON_PREM, release
from phonetui.xapi.catalog import CatalogEntry, CatalogKind, Deployment, Type, phoneos
from phonetui.xapi.document import Document
from phonetui.xapi.feedback import is_registered
from phonetui.xapi.notation import notation_value
from phonetui.xapi.path import ROOT, Path


class LeafChange(Enum):
    """What happened to a leaf since somebody began to look."""

    NONE = "unchanged"
    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class LeafDescription:
    """What the catalogue says of a leaf."""

    meaning: str
    unit: str = ""
    release: str = ""
    """The first PhoneOS that has it; empty where the catalogue knows nothing."""
    deployment: str = ""
    is_pushable: bool = False
    """Whether phones push it to who registered for it."""
    type: Type | None = None


UNCATALOGUED = LeafDescription("not in the catalogue")


@dataclass(frozen=True, slots=True)
class StatusLeaf:
    path: Path
    value: Printable
    """Raw; of a leaf that is gone, what it said last."""
    description: LeafDescription
    change: LeafChange = LeafChange.NONE
    changed_at: float | None = None
    """Monotonic seconds; None where it is gone."""

    @property
    def names(self) -> str:
        return str(self.path)

    @property
    def unit(self) -> str:
        """Of a value that has one: what lies in a container of counters may be a name, such as a neighbour's."""
        is_own = self.description.type is not None
        return self.description.unit if is_own or self.value.strip().isdigit() else ""

    @property
    def is_pushed(self) -> bool:
        """Whether our own registration covers it."""
        return self.description.is_pushable and is_registered(self.path)


@dataclass(frozen=True, slots=True)
class Absence:
    """A group of the catalogue of which the phone says nothing."""

    group: str
    why: str


def leaves(
    now: Document, changed_at: Mapping[Path, float], *, before: Document, opened_at: float
) -> tuple[StatusLeaf, ...]:
    """Every leaf in the order of its path. `before` is what stood there when the screen was opened, at `opened_at`."""
    found = [
        StatusLeaf(path, value, describe_path(path.names), _change(path, before, changed_at, opened_at), at)
        for path, value in now.items()
        for at in (changed_at.get(path),)
    ]
    gone = ((path, value) for path, value in before.items() if path not in now)
    found += [StatusLeaf(path, value, describe_path(path.names), LeafChange.GONE) for path, value in gone]
    return tuple(sorted(found, key=lambda leaf: path_order(leaf.path)))


def filter_leaves(leaves: Iterable[StatusLeaf], words: str, *, changes_alone: bool = False) -> tuple[StatusLeaf, ...]:
    """Leaves with `words` in path, value or meaning, in any letter case; of those, the changed ones where asked for."""
    wanted = words.casefold().strip()

    def matches(leaf: StatusLeaf) -> bool:
        texts = (leaf.names, leaf.value, leaf.description.meaning)
        return not wanted or any(wanted in text.casefold() for text in texts)

    shown = (leaf for leaf in leaves if leaf.change is not LeafChange.NONE or not changes_alone)
    return tuple(filter(matches, shown))


def absences(phone: Phone, document: Document) -> tuple[Absence, ...]:
    """The groups that are missing whole, and why as far as that is known; none before the phone has answered."""
    if not document:
        return ()
    there = {path.names for path in document}
    heads = {names[:depth] for names in there for depth in range(1, len(names) + 1)}
    groups: dict[str, CatalogEntry] = {}
    for entry in phoneos().below(ROOT, CatalogKind.STATUS):
        groups.setdefault(entry.group, entry)
    seen = {entry.group for entry in phoneos().below(ROOT, CatalogKind.STATUS) if entry.path.names in heads}
    return tuple(Absence(name, absence_reason(phone, entry)) for name, entry in groups.items() if name not in seen)


def absence_reason(phone: Phone, entry: CatalogEntry) -> str:
    """Why a phone may not publish an entry of the catalogue."""
    version = release(phone.system.version)
    if version and version[:2] < (release(Printable(entry.release)) or version)[:2]:
        return f"needs PhoneOS {entry.release}"
    if str(entry.path[0]) in phone.forbidden:
        return MAY_NOT_SEE
    if entry.deployment is Deployment.MPP and not phone.is_mpp:
        return MAY_NOT_SEE if phone.forbidden else ON_PREM
    return "no call is up" if entry.group == "Calls" else "this phone publishes none"


@lru_cache(maxsize=4096)
def describe_path(names: tuple[str, ...]) -> LeafDescription:
    """The description of a leaf, by its own row of the catalogue, else by that of the container it lies in."""
    for depth in range(len(names), 0, -1):
        entry = phoneos().find(Path(names[:depth]))
        if entry is not None and (depth == len(names) or entry.type is Type.CONTAINER):
            kind = entry.type if depth == len(names) else None
            unit = entry.unit or ""
            return LeafDescription(entry.meaning, unit, entry.release, entry.deployment.value, entry.pushable, kind)
    return UNCATALOGUED


def unit_of(path: Path) -> str:
    return describe_path(path.names).unit


def notations(leaf: StatusLeaf) -> tuple[tuple[str, str], ...]:
    """The leaf in every notation that people paste: its name and its text."""
    return (
        ("terminal", f"*s {leaf.path}: {notation_value(leaf.value, leaf.description.type)}"),
        ("path", str(leaf.path)),
        ("slash", leaf.path.location()),
        ("cloud", leaf.path.dotted()),
        ("value", leaf.value),
    )


def branch_notations(path: Path, leaves: Sequence[StatusLeaf]) -> tuple[tuple[str, str], ...]:
    """A container in the notations that people paste, and all that is in it."""
    lines = (f"*s {leaf.path}: {notation_value(leaf.value, leaf.description.type)}" for leaf in leaves)
    return (
        ("terminal", "\n".join(lines)),
        ("path", str(path)),
        ("slash", path.location()),
        ("cloud", path.dotted()),
    )


def _change(path: Path, before: Document, changed_at: Mapping[Path, float], opened_at: float) -> LeafChange:
    if path not in before:
        return LeafChange.NEW
    return LeafChange.CHANGED if changed_at.get(path, opened_at) > opened_at else LeafChange.NONE


def path_order(path: Path) -> tuple[tuple[bool, str | int], ...]:
    """Names by letter, indices by number, and never one compared with the other."""
    return tuple((isinstance(step, int), step) for step in path)


OUR_FEEDBACK_PATH = "/fb/"
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


def _leaf(path: str) -> Any:
    """A field that holds the raw words of one leaf."""
    return field(default=None, metadata={"leaf": Path.parse(path)})


def _counter(path: str) -> Any:
    return field(default=None, metadata={"counter": Path.parse(path)})


def _list(path: str, leaf: str = "") -> Any:
    """A field that holds, by number, the items of a list that say something: themselves, or their `leaf`."""
    return field(default=(), metadata={"list": (Path.parse(path), leaf)})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """What a phone says of itself; None where it says nothing. Lists are of number and words."""

    protocol: Printable | None = _leaf("Conference SelectedCallProtocol")
    sip_sent: int | None = _counter("PhoneStatus SIPMessageSent")
    sip_received: int | None = _counter("PhoneStatus SIPMessageRecv")
    sip_bytes_sent: int | None = _counter("PhoneStatus SIPBytesSent")
    sip_bytes_received: int | None = _counter("PhoneStatus SIPBytesRecv")
    agent: Printable | None = _leaf("ThousandEyes Status")
    agent_version: Printable | None = _leaf("ThousandEyes Version")
    availability: Printable | None = _leaf("Bookings Availability Status")
    available_at: Printable | None = _leaf("Bookings Availability TimeStamp")
    """When the availability changes next."""
    booking: Printable | None = _leaf("Bookings Current Id")
    meeting: Printable | None = _leaf("Bookings Current MeetingId")
    report_written: Printable | None = _leaf("PRTStatus PRTGenerationStatus")
    report_sent: Printable | None = _leaf("PRTStatus PRTUploadStatus")
    failed_login: Printable | None = _leaf("Security LastFailedAdminLogin")
    last_login: Printable | None = _leaf("Security LastSuccessfulAdminLogin")
    enrolments: tuple[tuple[int, Printable], ...] = _list("Security SCEPStatus", "DownloadStatus")
    customer_ca: Printable | None = _leaf("DownloadStatus CustomCAStatus Info")
    customer_ca_result: Printable | None = _leaf("DownloadStatus CustomCAStatus ProvisioningStatus")
    upgrades: tuple[tuple[int, Printable], ...] = _list("DownloadStatus FirmwareUpgradeStatus", "Status")
    provisionings: tuple[tuple[int, Printable], ...] = _list("DownloadStatus ProvisioningStatus", "Status")
    wallpapers: tuple[tuple[int, Printable], ...] = _list("DownloadStatus ScreenStatus CustomWallpaperDownload")
    logo: Printable | None = _leaf("DownloadStatus ScreenStatus LogoDownloadStatus")
    locale: Printable | None = _leaf("DownloadedLocalePackage LocaleDownloadStatus")
    locale_from: Printable | None = _leaf("DownloadedLocalePackage LocaleDownloadURL")
    slots: tuple[FeedbackSlot, ...] = ()


SIP_COUNTERS = tuple(each.metadata["counter"] for each in fields(DeviceFacts) if "counter" in each.metadata)


def device_facts(document: Document) -> DeviceFacts:
    found: dict[str, Any] = {"slots": _slots(document)}
    for each in fields(DeviceFacts):
        match dict(each.metadata):
            case {"leaf": path}:
                found[each.name] = document.get(path)
            case {"counter": path}:
                raw = document.get(path)
                found[each.name] = None if raw is None else count(raw)
            case {"list": (path, leaf)}:
                found[each.name] = _items(document, path, leaf)
    return DeviceFacts(**found)


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
        index, printable(host), path.startswith(OUR_FEEDBACK_PATH), document.get(place / "Status"),
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
        """`at` in monotonic seconds. A counter that went back was reset: so is the rate."""
        if found.sip_sent is None and found.sip_received is None:
            return
        total = (found.sip_sent or 0) + (found.sip_received or 0)
        if self._last is None or total < self._last[1]:
            self._first = (at, total)
        self._last = (at, total)
