"""Finds the phone that sent a voice quality report (RFC 6035), by source address and by what the report says.

Anybody can write a report. So an address must be a phone's own, as the configuration has it or as the phone says; of
several phones at one address (NAT) that one counts which MAC address, number and media address single out. A proxy
that was named in the configuration speaks for all phones, and what it brings must name one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from phonetui.monitor.observed_fleet import ObservedFleet
from phonetui.monitor.observed_phone import moment
from phonetui.phone.parse import digits
from phonetui.phone.quality.voice_report import VoiceQualityReport
from phonetui.phone.state import Phone, PhoneId

RENEW_S = 1.0
"""How long the addresses of all phones are remembered."""
_MAC_DIGITS = 12
_HEX = re.compile(r"[^0-9a-f]")


class VoiceReportRouter:
    """The `VoiceReportSink` of what is observed."""

    def __init__(self, observed: ObservedFleet) -> None:
        self._observed = observed
        self._sources: Mapping[str, int] = {}
        self._made_at = float("-inf")

    def sources(self) -> Mapping[str, int]:
        """How many phones have each source address; counted anew every RENEW_S seconds."""
        at, _ = moment()
        if at - self._made_at >= RENEW_S:
            self._made_at = at
            found = (set(_addresses(phone)) for phone in self._observed.phones.values())
            self._sources = Counter(address for addresses in found for address in addresses)
        return self._sources

    def take(self, report: VoiceQualityReport, source: str, *, is_relayed: bool) -> PhoneId | None:
        """Gives a report to the phone that sent it, and returns its id; None where no phone or several may have.

        `source` is the address from which it came, which says nothing of the phone where the report `is_relayed` by a
        proxy.
        """
        phones = self._observed.phones
        able = {id_ for id_, phone in phones.items() if is_relayed or source in _addresses(phone)}
        found = self._single(report, able, phones, is_relayed=is_relayed)
        observed = self._observed.observed.get(found) if found is not None else None
        if observed is None:
            return None
        observed.log.run_guarded("its voice quality reports", observed.take_voice_report, report, *moment())
        self._observed.journal.touch()
        return found

    def _single(
        self, report: VoiceQualityReport, able: set[PhoneId], phones: Mapping[PhoneId, Phone], *, is_relayed: bool
    ) -> PhoneId | None:
        """The one of `able` that the report is by; None where that is not certain."""
        mac, is_named = _hex(report.local_mac), False
        if len(mac) == _MAC_DIGITS:
            able = {id_ for id_ in able if mac in (known := _macs(phones[id_])) or not known}
        for named in self._named(report, phones):
            if not named & able:
                return None  # it is another phone's, which cannot be at that address
            able, is_named = able & named, True
            if len(able) == 1:
                break
        return next(iter(able)) if len(able) == 1 and (is_named or not is_relayed) else None

    def _named(self, report: VoiceQualityReport, phones: Mapping[PhoneId, Phone]) -> Iterator[set[PhoneId]]:
        """The phones that one thing or another in the report names, the surest first."""
        mac = _hex(report.local_mac)
        if len(mac) == _MAC_DIGITS:
            by_mac = {id_ for id_, phone in phones.items() if mac in _macs(phone)}
            if by_mac:
                yield by_mac
        if number := digits(report.local_party and report.local_party.user):
            by_number = self._observed.analysis.reached(number) & phones.keys()
            if by_number:
                yield set(by_number)
        address = report.local_address.ip if report.local_address else None
        by_address = {id_ for id_, phone in phones.items() if address in (phone.network.ipv4, _host(phone))}
        if by_address and address is not None:
            yield by_address


def _addresses(phone: Phone) -> tuple[str, ...]:
    """Where it is by the configuration and by its own word, and where a NAT shows it."""
    return tuple(str(known) for known in (_host(phone), phone.network.ipv4, phone.network.external_ip) if known)


def _host(phone: Phone) -> str:
    """Its address without brackets and port."""
    bracketed, _, rest = phone.address.partition("]")
    if rest or phone.address.endswith("]"):
        return bracketed.removeprefix("[")
    return str(phone.address) if phone.address.count(":") > 1 else phone.address.partition(":")[0]


def _macs(phone: Phone) -> set[str]:
    known = map(_hex, (phone.system.mac, phone.network.ethernet_mac, phone.network.wifi_mac))
    return {mac for mac in known if len(mac) == _MAC_DIGITS}


def _hex(text: str | None) -> str:
    return _HEX.sub("", (text or "").casefold())
