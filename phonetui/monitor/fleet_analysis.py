"""What only comparing shows: between phones (both ends of calls, causes, shared trouble) and with Webex.

Both are brought up to date by `update`, and only where something has changed since. Pure: time is a parameter.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf

from msgspec.structs import replace

from phonetui.config.settings import PhoneSettings
from phonetui.fleet.changes import ChangedItems
from phonetui.monitor.journal import EVERYBODY, Guard
from phonetui.monitor.keyframe import AnalysisState
from phonetui.phone.calls.call_legs import Ambiguous, Leg, Partner
from phonetui.phone.calls.leg_matching import ExtensionDirectory, NumberIndex
from phonetui.phone.calls.pairing import Pairing
from phonetui.phone.diagnosis import CallEnd, Diagnosis, correlations, diagnose
from phonetui.phone.journal import Weight
from phonetui.phone.port_counters import ErrorRise, network_port
from phonetui.phone.state import Claim, Disagreement, Network, Phone, PhoneId, System
from phonetui.webex.inventory import (
    CloudState,
    DeviceMatch,
    Inventory,
    LocalPhone,
    disagreement,
    local_phone,
    match_devices,
    reachable,
)

LOOK_S = 1.0
"""Seconds between two looks at all phones."""
EVIDENCE_S = 10.0
"""How long a hint keeps its figures."""

_Facts = tuple[PhoneSettings, System, Network]
"""What identifies a phone, as objects that stay the same as long as nothing in them changes."""


class FleetAnalysis:
    """Compares phones with each other, at most once a second."""

    def __init__(self, numbers: Mapping[PhoneId, Iterable[str]], guard: Guard) -> None:
        """`numbers` are the configuration's, by phone."""
        self._guard = guard
        self.hints: Sequence[Diagnosis] = ()
        """What comparing the phones points at; the same object as long as nothing changed."""
        self._pairing = Pairing(ExtensionDirectory.of(numbers))
        self._causes: Mapping[Leg, tuple[Diagnosis, ...]] = {}
        self._evidence_at: dict[tuple[Leg, str], float] = {}
        """When the figures were taken that a hint has as its evidence."""
        self._rises: dict[PhoneId, ErrorRise] = {}
        self._rises_until = -inf
        """When time alone makes something else of one of them."""
        self._ends: dict[PhoneId, tuple[tuple[Leg, CallEnd], ...]] = {}
        """The call ends of phones with calls."""
        self._changes: ChangedItems[PhoneId, Phone] = ChangedItems()
        self._phones: Mapping[PhoneId, Phone] = {}
        self._looked_at = float("-inf")

    def partner(self, leg: Leg) -> Partner | Ambiguous | None:
        return self._pairing.partners.get(leg)

    def causes(self, leg: Leg) -> Sequence[Diagnosis]:
        return self._causes.get(leg, ())

    def reached(self, number: str) -> frozenset[PhoneId]:
        """The phones that are known to be reached by a number, as `digits` gives it."""
        index = self._pairing.numbers or NumberIndex(self._pairing.directory)
        return frozenset(phone for phone, _ in index.reached(number))

    def update(self, phones: Mapping[PhoneId, Phone], at: float) -> bool:
        """Whether anything of it is new; `at` in monotonic seconds."""
        if at - self._looked_at < LOOK_S or not (changed := self._changed(phones)):
            return False
        before, self._phones, self._looked_at = self._phones, phones, at
        partners, causes, hints = self._pairing.partners, self._causes, self.hints
        risen = self._update_rises(before, phones, changed, at)
        self._update_ends(phones, risen.union(changed))
        names = self._pairing.names if self._have_same_names(before, phones, changed) else None
        self._pairing = self._pair(phones, at, names)
        ends = {leg: end for found in self._ends.values() for leg, end in found}
        found_at = {
            leg: self._guard.run(leg[0], "what its calls point at", self._diagnose, leg, ends, at) for leg in ends
        }
        self._causes = {leg: found for leg, found in found_at.items() if found}
        self._evidence_at = {key: since for key, since in self._evidence_at.items() if key[0] in self._causes}
        found = self._guard.run(EVERYBODY, "what troubled phones share", correlations, ends.values())
        self.hints = hints if found is None or found == hints else found
        return partners is not self._pairing.partners or self._causes != causes or self.hints is not hints

    def has_compared(self, phones: Mapping[PhoneId, Phone], at: float) -> bool:
        """Whether these are what was compared last, so that a keyframe need not have both."""
        return self._looked_at == at or all(self._phones.get(id_) is phone for id_, phone in phones.items())

    def give_numbers(self, phone: PhoneId, numbers: Iterable[str]) -> None:
        """Sets the numbers of a phone that was added later."""
        given = ExtensionDirectory.of({phone: numbers}).given
        if given:
            directory = self._pairing.directory
            self._pairing = replace(
                self._pairing, directory=replace(directory, given={**directory.given, **given}), numbers=None
            )

    def state(self) -> AnalysisState:
        """What a replay can go on from; what is found again when it is wanted is left out."""
        return AnalysisState(
            replace(self._pairing, numbers=None),
            self._causes,
            dict(self._evidence_at),
            dict(self._rises),
            tuple(self.hints),
            self._phones,
            self._looked_at,
        )

    def restore(self, state: AnalysisState) -> None:
        """Goes on from a keyframe."""
        self._pairing, self._causes, self._evidence_at = state.pairing, state.causes, dict(state.evidence_at)
        self._rises, self.hints = dict(state.rises), state.hints
        self._phones, self._looked_at = state.phones, state.looked_at
        self._rises_until = -inf
        self._update_ends(self._phones, self._phones)
        self._changes.look(self._phones)

    def forget(self, phone: PhoneId) -> None:
        """Drops a phone that is no longer among the phones."""
        self._pairing = self._pairing.without(phone)

    def set_numbers(self, numbers: Mapping[PhoneId, Iterable[str]]) -> None:
        """Sets the numbers of all phones, from another configuration."""
        self._pairing = self._pairing.with_numbers(numbers)

    def _have_same_names(
        self, before: Mapping[PhoneId, Phone], phones: Mapping[PhoneId, Phone], changed: Iterable[PhoneId]
    ) -> bool:
        return len(before) == len(phones) and all(
            (known := before.get(phone)) is not None
            and known.system is phones[phone].system
            and known.name == phones[phone].name
            for phone in changed
        )

    def _pair(self, phones: Mapping[PhoneId, Phone], at: float, names: Mapping[str, PhoneId | None] | None) -> Pairing:
        """Where it fails, without the phones that it fails with."""
        try:
            calling = [phone for phone in phones if phone in self._ends]
            return self._pairing.look(phones, at, names=names, calling=calling)
        except Exception:  # noqa: BLE001 - found anew phone by phone, and recorded there
            sound = {
                id_: phone
                for id_, phone in phones.items()
                if self._guard.run(id_, "pairing its calls", self._pairing.look, {id_: phone}, at)
            }
            return self._guard.run(EVERYBODY, "pairing calls", self._pairing.look, sound, at) or self._pairing

    def _changed(self, phones: Mapping[PhoneId, Phone]) -> list[PhoneId]:
        """The phones that are new or changed; all of them where some are gone."""
        changed = self._changes.look(phones)
        return changed if changed or len(phones) == len(self._phones) else list(phones)

    def _update_rises(
        self, before: Mapping[PhoneId, Phone], phones: Mapping[PhoneId, Phone], changed: Iterable[PhoneId], at: float
    ) -> set[PhoneId]:
        """Where neither the ports nor time make anything else of what was found, that lasts. Whose are others now."""
        rises = self._rises
        due = [
            phone
            for phone in changed
            if phone not in rises or (known := before.get(phone)) is None or known.ports is not phones[phone].ports
        ]
        if at >= self._rises_until:
            due = [*due, *(phone for phone, rise in rises.items() if at >= rise.until and phone in phones)]
        others = set()
        for phone in due:
            now = self._guard.run(phone, "its port's errors", self._rise, phones[phone], at) or ErrorRise()
            if now is not rises.get(phone):
                rises[phone] = now
                others.add(phone)
        if len(rises) > len(phones):
            self._rises = rises = {phone: rise for phone, rise in rises.items() if phone in phones}
        if due:
            self._rises_until = min([rise.until for rise in rises.values()], default=inf)
        return others

    def _update_ends(self, phones: Mapping[PhoneId, Phone], changed: Iterable[PhoneId]) -> None:
        """The ends of calls, those of phones that didn't change being the same objects."""
        for phone in changed:
            if ends := tuple(self._ends_of(phones[phone])):
                self._ends[phone] = ends
            else:
                self._ends.pop(phone, None)
        if any(phone not in phones for phone in self._ends):
            self._ends = {phone: ends for phone, ends in self._ends.items() if phone in phones}

    def _rise(self, phone: Phone, at: float) -> ErrorRise:
        return self._rises.get(phone.id, ErrorRise()).read(network_port(phone), at)

    def _diagnose(self, leg: Leg, ends: Mapping[Leg, CallEnd], at: float) -> tuple[Diagnosis, ...]:
        return self._with_steady_figures(leg, diagnose(ends[leg], self._other_end(leg, ends)), at)

    def _ends_of(self, phone: Phone) -> Iterable[tuple[Leg, CallEnd]]:
        for call in phone.calls:
            yield (
                (phone.id, call.key),
                CallEnd(phone, call, phone.measure(call.key), self._rises.get(phone.id) or ErrorRise()),
            )

    def _with_steady_figures(self, leg: Leg, found: Sequence[Diagnosis], at: float) -> tuple[Diagnosis, ...]:
        """`found`, with the figures of a while ago where the words are the same: figures that tick are not read."""
        known = {hint.words: hint for hint in self._causes.get(leg, ())}
        steady = []
        for hint in found:
            key = (leg, hint.words)
            if hint.words not in known or at - self._evidence_at.get(key, at) >= EVIDENCE_S:
                self._evidence_at[key] = at
                known[hint.words] = hint
            steady.append(known[hint.words])
        return tuple(steady)

    def _other_end(self, leg: Leg, ends: Mapping[Leg, CallEnd]) -> CallEnd | None:
        partner = self._pairing.partners.get(leg)
        return ends.get((partner.phone, partner.key)) if isinstance(partner, Partner) else None


class WebexMatch:
    """Matches phones with Webex's inventory, anew only where that or what identifies a phone is another object."""

    def __init__(self, settings: Mapping[PhoneId, PhoneSettings], guard: Guard) -> None:
        """`settings` may change as phones come and go."""
        self._settings = settings
        self._guard = guard
        self._locals: dict[PhoneId, tuple[_Facts, LocalPhone]] = {}
        self._inventory: Inventory | None = None
        self._pairs: Mapping[PhoneId, DeviceMatch] = {}
        self._sources: dict[PhoneId, tuple[DeviceMatch, Disagreement | None]] = {}
        """What each phone's claim was made of: the pair, and the disagreement that it shows."""
        self._differs_since: dict[PhoneId, tuple[Disagreement, float]] = {}
        """The monotonic second since which the two sides differ."""

    def update(
        self, state: CloudState, phones: Mapping[PhoneId, Phone], now: float
    ) -> Iterator[tuple[PhoneId, Claim | None]]:
        """The claims that changed, by monotonic second `now`."""
        if self._update_locals(phones) or state.inventory is not self._inventory:
            self._inventory = state.inventory
            self._pairs = match_devices(state.inventory, [known for _, known in self._locals.values()])
        for phone in phones.values():
            changed = self._guard.run(phone.id, "what Webex claims of it", self._changed_claim, phone, state, now)
            if changed is not None:
                yield changed

    def _changed_claim(self, phone: Phone, state: CloudState, now: float) -> tuple[PhoneId, Claim | None] | None:
        claim = self._claim(phone, state, now)
        return (phone.id, claim) if claim != phone.claim else None

    def forget(self, phone: PhoneId) -> None:
        """Drops a phone that is no longer watched; that its device is free again is found at the next look."""
        self._sources.pop(phone, None)
        self._differs_since.pop(phone, None)

    def _update_locals(self, phones: Mapping[PhoneId, Phone]) -> bool:
        """Brings up to date what identifies each phone; whether anything in that changed."""
        gone = self._locals.keys() - phones.keys()
        for phone_id in gone:
            del self._locals[phone_id]
        has_changed = bool(gone)
        for phone in phones.values():
            settings = self._settings[phone.id]
            known = self._locals.get(phone.id)
            if known and known[0][0] is settings and known[0][1] is phone.system and known[0][2] is phone.network:
                continue
            named = {name: getattr(settings, name) or "" for name in ("device", "mac", "serial")}
            found = local_phone(phone, settings.host, **named)
            has_changed |= known is None or known[1] != found
            self._locals[phone.id] = ((settings, phone.system, phone.network), found)
        return has_changed

    def _claim(self, phone: Phone, state: CloudState, now: float) -> Claim | None:
        pair = self._pairs.get(phone.id)
        if pair is None:
            self._sources.pop(phone.id, None)
            return None
        made = (pair, self._lasting_disagreement(phone, pair, state.swept_at, now))
        before, known = phone.claim, self._sources.get(phone.id)
        if before is not None and known is not None and known[0] is pair and known[1] is made[1]:
            return before
        self._sources[phone.id] = made
        found = pair.device
        is_same = before is not None and (before.device, before.status) == (found.id, found.status)
        return Claim(
            device=found.id,
            by=pair.by,
            status=found.status,
            is_online=found.is_online,
            problems=found.problems,
            seen_at=found.seen_at,
            status_at=before.status_at if before is not None and is_same else now,
            place=state.inventory.group(found),
            disagreement=made[1],
        )

    def _lasting_disagreement(
        self, phone: Phone, pair: DeviceMatch, swept_at: float | None, now: float
    ) -> Disagreement | None:
        """A disagreement counts once a later sweep still says so: Webex hears of most changes late."""
        differs = disagreement(pair.device, reachable(phone))
        if differs is None:
            self._differs_since.pop(phone.id, None)
            return None
        known = self._differs_since.setdefault(phone.id, (differs, now))
        if known[0] is not differs:
            known = self._differs_since[phone.id] = (differs, now)
        return differs if swept_at is not None and swept_at > known[1] else None


def disagreement_note(before: Claim | None, after: Claim | None) -> tuple[str, Weight] | None:
    """The journal's line for a disagreement that came or went; None where neither did."""
    was, now = before and before.disagreement, after and after.disagreement
    if was is now:
        return None
    status = f" ({after.status})" if after and after.status else ""
    return (f"{now}{status}", Weight.WARNING) if now else (f"Webex and we no longer differ{status}", Weight.GOOD)
