"""Which calls of monitored phones are two ends of one.

phones ──► sights ──► ends that can be one call ──► mutual and unique? ──► partners: both ends of a call
             │                                            └─ not unique: not paired, and why
             └─ what ended together ──► directory: whose number is whose

A pair holds for as long as both calls are up with the same far ends.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from phonetui.phone.choice import NO_FITS, Choice, Fits, choose
from phonetui.phone.coincidence import Coincidence, followed
from phonetui.phone.directory import Directory, Numbers
from phonetui.phone.likeness import Book, Party, book
from phonetui.phone.partner import Ambiguous, Leg, Partner
from phonetui.phone.sighting import Look, Sight, first, follow
from phonetui.phone.state import Phone, PhoneId

COINCIDENCES = 1000
"""Calls that are watched for ending together, the latest."""
_LAG_INTERVALS = 1.5
_LAG_S = 1.0
"""A reading is at most this and so many intervals old."""
_REACHED_S = 15.0
"""In talk for so long, a call has reached whom it was for."""


class _Asked(NamedTuple):
    """When a phone was known to answer last, and how often it was asked then."""

    at: float
    interval_s: float


@dataclass(frozen=True, slots=True)
class Pairing:
    """Who talks with whom, as far as it is known after a look."""

    directory: Directory = field(default_factory=Directory)
    partners: Mapping[Leg, Partner | Ambiguous] = field(default_factory=lambda: MappingProxyType({}))
    sights: Mapping[Leg, Sight] = field(default_factory=lambda: MappingProxyType({}))
    coincidences: tuple[Coincidence, ...] = ()
    asked: Mapping[PhoneId, _Asked] = field(default_factory=lambda: MappingProxyType({}))
    numbers: Numbers | None = None
    """The directory by number; None until it is wanted, and after the directory changed."""
    fits: Fits = NO_FITS

    def look(self, phones: Mapping[PhoneId, Phone], at: float) -> "Pairing":
        """What the phones show at monotonic second `at`; the same mapping of partners where none changed."""
        answering = (phone for phone in phones.values() if phone.is_current)
        asked = {**self.asked, **{phone.id: _Asked(at, phone.connection.interval_s) for phone in answering}}
        sights = self._follow(phones, at)
        lags = {phone.id: _LAG_INTERVALS * self._interval_s(phone) + _LAG_S for phone in phones.values()}
        ends = {leg: Party(phones[leg[0]], sight, lags[leg[0]]) for leg, sight in sights.items()}
        numbers = self.numbers or Numbers(self.directory)
        known = book(numbers, phones)
        same = frozenset(leg for leg, sight in sights.items() if self._is_same(leg, sight))
        partners = self._held(ends, known, same)
        choice = choose({leg: end for leg, end in ends.items() if leg not in partners}, known, at, self._fits(same))
        partners |= choice.partners
        for leg in partners:
            if not sights[leg].has_met:
                sights[leg] = sights[leg]._replace(has_met=True)
        coincidences = followed((*self.coincidences, *self._coincide(choice, ends)), sights, partners, at)
        coincidences = coincidences[-COINCIDENCES:]
        directory = self._taught(phones, sights, partners, coincidences)
        return Pairing(
            directory,
            self.partners if partners == self.partners else MappingProxyType(partners),
            MappingProxyType(sights),
            tuple(known for known in coincidences if not known.is_over(sights)),
            MappingProxyType(asked),
            numbers if directory is self.directory else None,
            choice.fits,
        )

    def without(self, phone: PhoneId) -> "Pairing":
        """It is not looked at any more."""
        asked = {known: asked for known, asked in self.asked.items() if known != phone}
        return replace(self, directory=self.directory.without(phone), numbers=None, asked=MappingProxyType(asked))

    def _follow(self, phones: Mapping[PhoneId, Phone], at: float) -> dict[Leg, Sight]:
        sights = {}
        for phone in phones.values():
            asked = self.asked.get(phone.id)
            look = Look(at, asked.at if asked else at, self._interval_s(phone))
            for call in phone.calls:
                leg = (phone.id, call.key)
                before = self.sights.get(leg)
                sights[leg] = follow(before, call, look) if before else first(call, look, is_whole=asked is not None)
        return sights

    def _interval_s(self, phone: Phone) -> float:
        """The longer of before and now: a phone is asked more often as soon as its call is seen."""
        asked = self.asked.get(phone.id)
        return max(asked.interval_s if asked else 0.0, phone.connection.interval_s)

    def _held(self, ends: Mapping[Leg, Party], known: Book, same: Container[Leg]) -> dict[Leg, Partner | Ambiguous]:
        """The pairs that nothing has ended: the `same` calls, with the same far ends, as when they were made."""
        held: dict[Leg, Partner | Ambiguous] = {}
        for leg, partner in self.partners.items():
            if isinstance(partner, Partner) and leg not in held and leg in same:
                other = (partner.phone, partner.key)
                if other in same and not known.denies(ends[leg], ends[other]):
                    held[leg] = partner
                    if isinstance(back := self.partners.get(other), Partner) and (back.phone, back.key) == leg:
                        held[other] = back  # what is denied of one end is denied of both
        return held

    def _fits(self, same: frozenset[Leg]) -> Fits:
        """Those found before, of calls that are still the same."""
        return self.fits._replace(pairs=tuple(pair for pair in self.fits.pairs if same.issuperset(pair)))

    def _is_same(self, leg: Leg, sight: Sight) -> bool:
        before = self.sights.get(leg)
        return before is not None and (before.began is sight.began or before.began == sight.began)

    def _coincide(self, choice: Choice, ends: Mapping[Leg, Party]) -> Iterable[Coincidence]:
        running = {known.legs for known in self.coincidences}
        for legs in choice.twins:
            if legs not in running:
                one, other = ends[legs[0]], ends[legs[1]]
                yield Coincidence(legs, (one.sight, other.sight), one.lag_s + other.lag_s)

    def _taught(
        self,
        phones: Mapping[PhoneId, Phone],
        sights: Mapping[Leg, Sight],
        partners: Mapping[Leg, Partner | Ambiguous],
        coincidences: Iterable[Coincidence],
    ) -> Directory:
        """What pairs, calls that ended together and calls that reached somebody else say of whose number is whose."""
        directory = self.directory
        for known in coincidences:
            if known.is_over(sights):
                directory = known.taught(directory)
        for leg, partner in partners.items():
            if isinstance(partner, Partner) and not isinstance(self.partners.get(leg), Partner):
                directory = directory.agreed((partner.phone, partner.key[0]), sights[leg].number)
        current = [phone.id for phone in phones.values() if phone.is_current]
        for leg, sight in self.sights.items():
            is_over = leg not in sights or sights[leg].began != sight.began
            if is_over and not sight.has_met and sight.number and (sight.call.duration_s or 0.0) >= _REACHED_S:
                directory = directory.contradicted(sight.number, current)
        return directory
