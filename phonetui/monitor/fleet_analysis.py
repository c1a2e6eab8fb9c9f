"""What can only be seen over all phones: both ends of calls, what these point at, what troubled phones share."""

from collections.abc import Iterable, Mapping, Sequence

from phonetui.monitor.journal import EVERYBODY, Guard
from phonetui.phone.calls.call_legs import Ambiguous, Leg, Partner
from phonetui.phone.calls.extension_directory import ExtensionDirectory
from phonetui.phone.calls.pairing import Pairing
from phonetui.phone.correlation import correlations
from phonetui.phone.diagnosis import CallEnd, Diagnosis, diagnose
from phonetui.phone.port_counters import ErrorRise, network_port
from phonetui.phone.state import Phone, PhoneId

LOOK_S = 1.0
"""Between two looks at all phones."""
EVIDENCE_S = 10.0
"""For so long a hint keeps its figures."""


class FleetAnalysis:
    """Looks when it is told to, at most once a second, and only where a phone has changed since."""

    def __init__(self, numbers: Mapping[PhoneId, Iterable[str]], guard: Guard) -> None:
        """`numbers` are the configuration's, by phone."""
        self._guard = guard
        self.hints: Sequence[Diagnosis] = ()
        """What comparing the phones points at; the same object as long as nothing changed."""
        self._pairing = Pairing(ExtensionDirectory.of(numbers))
        self._causes: Mapping[Leg, tuple[Diagnosis, ...]] = {}
        self._evident: dict[tuple[Leg, str], float] = {}
        """When the figures were taken that a hint has as its evidence."""
        self._rises: dict[PhoneId, ErrorRise] = {}
        self._phones: Mapping[PhoneId, Phone] = {}
        self._looked_at = float("-inf")

    def partner(self, leg: Leg) -> Partner | Ambiguous | None:
        return self._pairing.partners.get(leg)

    def causes(self, leg: Leg) -> Sequence[Diagnosis]:
        return self._causes.get(leg, ())

    def look(self, phones: Mapping[PhoneId, Phone], at: float) -> bool:
        """Whether anything of it is new; `at` in monotonic seconds."""
        if at - self._looked_at < LOOK_S or not self._have_changed(phones):
            return False
        self._phones, self._looked_at = phones, at
        partners, told, hints = self._pairing.partners, self._causes, self.hints
        self._pairing = self._paired(phones, at)
        self._rises = {
            phone.id: self._guard.run(phone.id, "its port's errors", self._rise, phone, at) or ErrorRise()
            for phone in phones.values()
        }
        ends = {leg: end for phone in phones.values() for leg, end in self._ends(phone)}
        pointed = {
            leg: self._guard.run(leg[0], "what its calls point at", self._pointed, leg, ends, at) for leg in ends
        }
        self._causes = {leg: found for leg, found in pointed.items() if found}
        self._evident = {key: since for key, since in self._evident.items() if key[0] in self._causes}
        found = self._guard.run(EVERYBODY, "what troubled phones share", correlations, ends.values())
        self.hints = hints if found is None or found == hints else found
        return partners is not self._pairing.partners or self._causes != told or self.hints is not hints

    def forget(self, phone: PhoneId) -> None:
        """It is not among the phones any more."""
        self._pairing = self._pairing.without(phone)

    def _paired(self, phones: Mapping[PhoneId, Phone], at: float) -> Pairing:
        """Where it fails, without the phones that it fails with."""
        try:
            return self._pairing.look(phones, at)
        except Exception:  # noqa: BLE001 - found anew phone by phone, and told there
            sound = {
                id_: phone
                for id_, phone in phones.items()
                if self._guard.run(id_, "pairing its calls", self._pairing.look, {id_: phone}, at)
            }
            return self._guard.run(EVERYBODY, "pairing calls", self._pairing.look, sound, at) or self._pairing

    def _rise(self, phone: Phone, at: float) -> ErrorRise:
        return self._rises.get(phone.id, ErrorRise()).read(network_port(phone), at)

    def _pointed(self, leg: Leg, ends: Mapping[Leg, CallEnd], at: float) -> tuple[Diagnosis, ...]:
        return self._steady(leg, diagnose(ends[leg], self._other(leg, ends)), at)

    def _have_changed(self, phones: Mapping[PhoneId, Phone]) -> bool:
        """A phone in which nothing changed is the same object."""
        return len(phones) != len(self._phones) or any(
            self._phones.get(id_) is not phone for id_, phone in phones.items()
        )

    def _ends(self, phone: Phone) -> Iterable[tuple[Leg, CallEnd]]:
        for call in phone.calls:
            yield (phone.id, call.key), CallEnd(phone, call, phone.measure(call.key), self._rises[phone.id])

    def _steady(self, leg: Leg, found: Sequence[Diagnosis], at: float) -> tuple[Diagnosis, ...]:
        """`found`, with the figures of a while ago where the same is pointed at: words that tick are not read."""
        known = {hint.words: hint for hint in self._causes.get(leg, ())}
        steady = []
        for hint in found:
            key = (leg, hint.words)
            if hint.words not in known or at - self._evident.get(key, at) >= EVIDENCE_S:
                self._evident[key] = at
                known[hint.words] = hint
            steady.append(known[hint.words])
        return tuple(steady)

    def _other(self, leg: Leg, ends: Mapping[Leg, CallEnd]) -> CallEnd | None:
        partner = self._pairing.partners.get(leg)
        return ends.get((partner.phone, partner.key)) if isinstance(partner, Partner) else None
