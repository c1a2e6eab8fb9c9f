"""The privacy mask: names, numbers and serial numbers become `••• 7`, addresses lose their last part.

The same words always become the same mask, wherever they stand. The names that the configuration gives phones are the
operator's own words and stay.
"""

import re
from collections.abc import Callable, Mapping
from itertools import count
from types import MappingProxyType

from msgspec.structs import replace

from phonetui.fleet.protocol import CertificateCheck, Trust, TrustReason
from phonetui.phone.alerts.alert import Alert
from phonetui.phone.calls.call_legs import Ambiguous, Partner
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.calls.event_calls import leaf_name
from phonetui.phone.diagnosis import Diagnosis
from phonetui.phone.inventory import PhoneRecord
from phonetui.phone.journal import JournalEntry
from phonetui.phone.quality.voice_report import VoiceMetrics, VoiceParty, VoiceQualityReport
from phonetui.phone.state import Call, Claim, Phone
from phonetui.probe.vocabulary import PATTERNS, PHONE, WORD, Meaning, common, is_mask, meaning
from phonetui.text import NOTHING, Printable
from phonetui.webex.devices import WebexDevice
from phonetui.xapi.document import Document, Event
from phonetui.xapi.path import Path

_WORD = re.compile(r"\w+")
_HEX = re.compile(r"[0-9A-Fa-f]{12}")
_SEPARATORS = re.compile(r"[:.\- ]")
_SHORTEST_WORD = 3
"""Characters: shorter ones would be found in everything."""
_MOST_WORDS = 20_000
"""Bounds what phones can have remembered; a large fleet has three words a phone."""
LONGEST = 500
"""Characters of a text that are looked through for what has to be hidden; the rest is hidden as a whole."""
_MAC = re.compile(r"(?=((?:[0-9A-Fa-f]{2}[:.\- ]?){5}[0-9A-Fa-f]{2}))")
_ARGUMENT = re.compile(r"(?<==)[^\s=]*\d{3}[^\s=]*")
"""A value with a number in it, as a command's arguments are written: `Number=5012`."""
_ATTRIBUTE = re.compile(r"(?:(?<=^)|(?<=[,+]))(?P<type>[\w.]+)=(?P<value>(?:\\.|[^,+\\])*)")
"""Of a distinguished name as RFC 4514 writes it."""
_ORGANIZATION = frozenset({"C", "O", "OU"})
_PARTY = re.compile(r"peer|party|caller|callee|remote(?:name|number|phone|uri|address)", re.IGNORECASE)
"""Names of events' fields that identify the other party (inferred: those fields are not published)."""
_PORT = re.compile(r":\d{1,5}$")
_PREFIX = 3
"""Letters before an address that make a device's name of it."""
_HIDDEN = frozenset(Meaning) - {Meaning.PLAIN, Meaning.FREE}
_EMPTY = frozenset({"", "0", "none", "n/a", "unknown", "anonymous"})


class KnownNames:
    """Grows while a fleet is looked at. A look-up costs a step a word of the text, however many are known."""

    def __init__(self) -> None:
        self._forms: dict[str, list[str]] = {}
        """By their first words, folded; longest first."""
        self._macs: set[str] = set()
        """As 12 folded hexadecimal digits."""
        self._count = 0

    def add(self, text: str) -> None:
        """A MAC address in any notation is found in any other one; everything else as it is written, in any case."""
        text = text.strip()
        first = _WORD.search(text)
        if first is None or len(text) < _SHORTEST_WORD or self._count >= _MOST_WORDS:
            return
        bare = _SEPARATORS.sub("", text)
        if _HEX.fullmatch(bare):
            self._count += bare.casefold() not in self._macs
            self._macs.add(bare.casefold())
            return
        forms = self._forms.setdefault(first[0].casefold(), [])
        form = text[first.start() :]
        if form.casefold() not in (known.casefold() for known in forms):
            forms.append(form)
            forms.sort(key=len, reverse=True)
            self._count += 1

    def replaced(self, text: str, hide: Callable[[str], str], hide_mac: Callable[[str], str]) -> str:
        """`text` with each known word in it replaced: MAC addresses by `hide_mac`, others by `hide`."""
        if self._macs:
            text = self._without_macs(text, hide_mac)
        parts, at = [], 0
        for word in _WORD.finditer(text):
            start = word.start()
            form = next(
                (form for form in self._forms.get(word[0].casefold(), ()) if _matches_at(form, text, start)), None
            )
            if form is None or start < at:
                continue
            begin = start - 1 if start > at and text[start - 1] == "+" else start  # a number's prefix is its own
            parts += [text[at:begin], hide(text[begin : start + len(form)])]
            at = start + len(form)
        return "".join([*parts, text[at:]]) if parts else text

    def _without_macs(self, text: str, hide: Callable[[str], str]) -> str:
        """They may begin in the middle of other hexadecimal digits."""
        parts, at = [], 0
        for found in _MAC.finditer(text):
            if found.start() >= at and _SEPARATORS.sub("", found[1]).casefold() in self._macs:
                parts += [text[at : found.start()], hide(found[1])]
                at = found.end(1)
        return "".join([*parts, text[at:]]) if parts else text


def _matches_at(form: str, text: str, start: int) -> bool:
    end = start + len(form)
    return text[start:end].casefold() == form.casefold() and not (end < len(text) and text[end].isalnum())


def _shortened(text: Printable) -> Printable:
    return text if len(text) <= LONGEST else Printable(f"{text[:LONGEST]}•••")


class Mask:
    """Remembers which mask each text has."""

    def __init__(self) -> None:
        self._ordinals: dict[str, int] = {}
        self._next = count(1)
        self._names = KnownNames()
        """What is somebody's, by the places where such stand: hidden in every text."""

    def whole(self, text: Printable | None) -> Printable | None:
        """Instead of a text that is private as a whole; what says nothing is left."""
        if text is None or text.strip().casefold() in _EMPTY or text.startswith("••• "):
            return text
        key = text.strip().casefold()
        if key not in self._ordinals:
            self._ordinals[key] = next(self._next)
        return Printable(f"••• {self._ordinals[key]}")

    def address(self, text: Printable | None) -> Printable | None:
        """An IP or MAC address without its tail, also behind a few letters (`SEP001A2B…`); everything else whole."""
        if text is None:
            return None
        if len(text) > LONGEST:
            return self.whole(text)
        beside = _PORT.sub("", PATTERNS.sub(" ", text))
        is_address = PATTERNS.search(text) and not any(len(word) > _PREFIX for word in WORD.findall(beside))
        if is_address or not WORD.search(text):
            return Printable(PATTERNS.sub(self._masked_pattern, text))
        return self.whole(text)

    def free(self, text: Printable) -> Printable:
        """Text in which anything may stand, without the addresses, telephone numbers and known names in it."""
        parts, at = [], 0
        text = _shortened(text)
        for found in PATTERNS.finditer(text):
            parts += [self._without_names(text[at : found.start()]), self._masked_pattern(found)]
            at = found.end()
        return Printable("".join([*parts, self._without_names(text[at:])]))

    def leaf(self, path: Path, value: Printable) -> Printable:
        """A leaf of the status tree, masked by what its place means."""
        return self._masked_value(value, meaning(path))

    def learn(self, document: Document) -> None:
        """What is somebody's in a phone's tree, to be hidden in every text from now on."""
        for path, value in document.items():
            if (found := meaning(path)) in _HIDDEN:
                self._add_name(value, found)

    def _masked_value(self, value: Printable, found: Meaning) -> Printable:
        if found in _HIDDEN:
            self._add_name(value, found)
            return self.address(value) or value
        return (
            self.free(value)
            if found is Meaning.FREE
            else Printable(PATTERNS.sub(self._masked_pattern, _shortened(value)))
        )

    def call(self, call: Call) -> Call:
        """The call with its far end's name and number masked."""
        return replace(
            call,
            remote_name=self._party(call.remote_name),
            remote_number=self._party(call.remote_number),
            callback=self._party(call.callback),
        )

    def phone_name(self, name: Printable, address: Printable | None = None) -> Printable:
        """A phone that is named by its address, as one by URL is, has no other name to be shown by."""
        is_address = address is not None and name in (address, _PORT.sub("", address))
        return (self.address(name) or name) if is_address else self.free(name)

    def kept_phone(self, record: PhoneRecord) -> PhoneRecord:
        """The record, masked but for its id: whoever shows the record shows the name instead."""
        self._add_name(record.mac, Meaning.HOST)
        self._add_name(record.serial, Meaning.SERIAL)
        return replace(
            record, name=self.phone_name(record.name, record.address), address=self.address(record.address) or NOTHING,
            mac=self.address(record.mac), serial=self.whole(record.serial), ip=self.address(record.ip),
        )  # fmt: skip

    def phone(self, phone: Phone) -> Phone:
        """The phone with its names, addresses and calls masked."""
        system, network, connection = phone.system, phone.network, phone.connection
        for known in (system.host_name, system.mac, network.ethernet_mac, network.wifi_mac):
            self._add_name(known, Meaning.HOST)
        lines = tuple(replace(line, calls=tuple(map(self.call, line.calls))) for line in phone.lines)
        return replace(
            phone,
            claim=self.claim(phone.claim) if phone.claim else None,
            lines=lines,
            name=self.phone_name(phone.name, phone.address),
            address=self.address(phone.address) or phone.address,
            system=replace(system, host_name=self.whole(system.host_name), mac=self.address(system.mac)),
            network=replace(
                network,
                ipv4=self.address(network.ipv4),
                external_ip=self.address(network.external_ip),
                ethernet_mac=self.address(network.ethernet_mac),
                wifi_mac=self.address(network.wifi_mac),
            ),
            connection=replace(
                connection, detail=self.free(connection.detail), hint=self.free(connection.hint),
                unpushed=self.free(connection.unpushed),
            ),
        )  # fmt: skip

    def event(self, event: Event) -> Event:
        """What a phone said happened; by what each field means."""
        fields = tuple((name, self._masked_value(value, _meaning_of_field(name))) for name, value in event.fields)
        return replace(event, fields=fields)

    def claim(self, claim: Claim) -> Claim:
        return replace(claim, place=self._place(claim.place))

    def device(self, device: WebexDevice) -> WebexDevice:
        """A device in Webex; its ids identify no person, its tags are the operator's own words."""
        self._add_name(device.name, Meaning.PARTY)
        self._add_name(device.serial, Meaning.SERIAL)
        self._add_name(Printable(device.mac or ""), Meaning.SERIAL)
        return replace(
            device,
            name=self.whole(device.name),
            mac=self.address(Printable(device.mac)) if device.mac else None,
            serial=self.whole(device.serial),
            ip=self.address(device.ip),
            unreadable=self.free(device.unreadable) if device.unreadable else None,
        )

    def names(self, names: Mapping[str, Printable]) -> Mapping[str, Printable]:
        """Names by id, masked."""
        return MappingProxyType({key: self.whole(name) or name for key, name in names.items()})

    def _place(self, place: tuple[Printable, ...]) -> tuple[Printable, ...]:
        """In Webex's tree the innermost is a workspace or a person."""
        return (*place[:-1], self.whole(place[-1]) or place[-1]) if len(place) > 2 else place

    def entry(self, entry: JournalEntry) -> JournalEntry:
        """The entry, masked. Of an event, fields that are somebody's are hidden, and which call it was is shown."""
        for name, value in entry.fields:
            if (found := _meaning_of_field(name)) in _HIDDEN:
                self._add_name(value, found)
        place = tuple(field for field in entry.fields if leaf_name(field[0]) in ("LineId", "CallId"))
        return replace(entry, text=self.free(entry.text), fields=place)

    def trust(self, trust: Trust) -> Trust:
        """A fingerprint identifies nobody; the subject of a certificate does."""
        is_name = trust.reason is TrustReason.CA
        return replace(
            trust,
            expected=(self.address(trust.expected) or trust.expected) if is_name else trust.expected,
            subject=Printable(_ATTRIBUTE.sub(self._attribute, trust.subject)) if trust.subject else trust.subject,
        )

    def certificate(self, check: CertificateCheck) -> CertificateCheck:
        """See `trust`: whom it certifies is hidden, the fingerprint is not."""
        shown = check.shown
        subject, issuer = (Printable(_ATTRIBUTE.sub(self._attribute, name)) for name in (shown.subject, shown.issuer))
        address = self.address(check.address) or check.address
        return replace(check, address=address, shown=replace(shown, subject=subject, issuer=issuer))

    def alert(self, alert: Alert) -> Alert:
        return replace(alert, text=self.free(alert.text))

    def hint(self, hint: Diagnosis) -> Diagnosis:
        return replace(hint, words=self.free(hint.words), evidence=self.free(hint.evidence))

    def partner(self, partner: Partner | Ambiguous | None) -> Partner | Ambiguous | None:
        match partner:
            case Partner():
                return replace(partner, evidence=self.free(partner.evidence))
            case Ambiguous():
                return replace(partner, reason=self.free(partner.reason))
        return None

    def record(self, record: CallRecord) -> CallRecord:
        """The call record with both parties, its words and its alerts masked."""
        return replace(
            record,
            call=self.call(record.call),
            cause=self.free(record.cause) if record.cause else record.cause,
            final=tuple((name, self._masked_value(value, _meaning_of_field(name))) for name, value in record.final),
            alerts=tuple(map(self.alert, record.alerts)),
            hints=tuple(map(self.free, record.hints)),
            reports=tuple(map(self.voice_report, record.reports)),
        )

    def voice_report(self, report: VoiceQualityReport) -> VoiceQualityReport:
        """The report, masked. Equal ids of calls stay equal, and figures stay."""
        near, far = report.local_address, report.remote_address
        return replace(
            report,
            call_id=self.whole(report.call_id),
            local=self._voice_metrics(report.local),
            remote=self._voice_metrics(report.remote),
            local_party=self._voice_party(report.local_party),
            remote_party=self._voice_party(report.remote_party),
            origin=self._voice_party(report.origin),
            local_address=replace(near, ip=self.address(near.ip)) if near else None,
            remote_address=replace(far, ip=self.address(far.ip)) if far else None,
            local_mac=self.address(report.local_mac),
            remote_mac=self.address(report.remote_mac),
            local_group=self.whole(report.local_group),
            remote_group=self.whole(report.remote_group),
            dialog_id=self.whole(report.dialog_id),
            alert=self.free(report.alert) if report.alert else None,
        )

    def _voice_party(self, party: VoiceParty | None) -> VoiceParty | None:
        if party is None:
            return None
        name, user = self._party(party.name), self._party(party.user)
        return VoiceParty(self.whole(party.uri) or party.uri, user, name)

    def _voice_metrics(self, metrics: VoiceMetrics) -> VoiceMetrics:
        """What phones add of their own may hold anything."""
        return replace(metrics, more=tuple((name, self.free(value)) for name, value in metrics.more))

    def _party(self, text: Printable | None) -> Printable | None:
        self._add_name(text, Meaning.PARTY)
        return self.whole(text)

    def _add_name(self, text: Printable | None, found: Meaning) -> None:
        """Common words are looked for nowhere else, unless somebody is called so."""
        if not text or text.strip().casefold() in _EMPTY or text.startswith("••• "):
            return
        if found in (Meaning.PARTY, Meaning.NUMBER) or not all(
            word.casefold() in common() for word in WORD.findall(text)
        ):
            self._names.add(text)

    def _attribute(self, found: re.Match[str]) -> str:
        """An attribute of a distinguished name: the organization is shown, the subject is not."""
        value = Printable(found["value"])
        shown = self.free(value) if found["type"] in _ORGANIZATION else self.address(value)
        return f"{found['type']}={shown}"

    def _without_names(self, text: str) -> str:
        shown = self._names.replaced(text, lambda form: str(self.whole(Printable(form))), _without_tail)
        return PHONE.sub(self._hide, _ARGUMENT.sub(self._hide, shown))

    def _hide(self, found: re.Match[str]) -> str:
        return str(self.whole(Printable(found[0])))

    def _masked_pattern(self, found: re.Match[str]) -> str:
        """A match of `PATTERNS`; times and firmware are shown."""
        raw = found[0]
        match found.lastgroup:
            case "ipv4":
                return raw if is_mask(raw) else ".".join([*raw.split(".")[:2], "•", "•"])
            case "ipv6":
                return raw if is_mask(raw) or raw.count(":") < 3 else f"{raw.partition(':')[0]}:•"
            case "mac" | "hex" | "sep":
                return _without_tail(raw)
            case "time" | "firmware":
                return raw
        return self._hide(found)


def _meaning_of_field(name: str) -> Meaning:
    """Of an event about a call."""
    return Meaning.PARTY if _PARTY.search(name) else meaning(Path.of("Line", 1, "Call", 0, leaf_name(name)))


def _without_tail(mac: str) -> str:
    """The vendor's half stays, the device's goes: `00:1A:2B:••:••:••`."""
    seen = 0
    shown = []
    for character in mac:
        seen += character.isalnum()
        shown.append("•" if character.isalnum() and seen > 6 else character)
    return "".join(shown)
