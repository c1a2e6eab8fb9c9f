"""What Webex claims of our own phones, brought up to date as the inventory, the phones or their answers change."""

from collections.abc import Iterator, Mapping

from phonetui.config.settings import PhoneSettings
from phonetui.monitor.journal import Guard
from phonetui.phone.journal import Weight
from phonetui.phone.state import Claim, Disagreement, Network, Phone, PhoneId, System
from phonetui.webex.inventory import CloudState, DeviceMatch, Inventory, Local, disagreement, local, paired, reachable

_Facts = tuple[PhoneSettings, System, Network]
"""What a phone is told apart by, as objects that stay the same as long as nothing in them changes."""


class WebexMatch:
    """Pairs anew only where the inventory or what tells a phone apart is another object than before."""

    def __init__(self, settings: Mapping[PhoneId, PhoneSettings], guard: Guard) -> None:
        """`settings` may change as phones come and go."""
        self._settings = settings
        self._guard = guard
        self._locals: dict[PhoneId, tuple[_Facts, Local]] = {}
        self._inventory: Inventory | None = None
        self._pairs: Mapping[PhoneId, DeviceMatch] = {}
        self._made: dict[PhoneId, tuple[DeviceMatch, Disagreement | None]] = {}
        """What each phone's claim was made of."""
        self._differing: dict[PhoneId, tuple[Disagreement, float]] = {}
        """Since which monotonic second the two sides differ."""

    def look(
        self, state: CloudState, phones: Mapping[PhoneId, Phone], now: float
    ) -> Iterator[tuple[PhoneId, Claim | None]]:
        """The claims that changed, by monotonic second `now`."""
        if self._identified(phones) or state.inventory is not self._inventory:
            self._inventory = state.inventory
            self._pairs = paired(state.inventory, [known for _, known in self._locals.values()])
        for phone in phones.values():
            if (
                news := self._guard.run(phone.id, "what Webex claims of it", self._news, phone, state, now)
            ) is not None:
                yield news

    def _news(self, phone: Phone, state: CloudState, now: float) -> tuple[PhoneId, Claim | None] | None:
        claim = self._claim(phone, state, now)
        return (phone.id, claim) if claim != phone.claim else None

    def forget(self, phone: PhoneId) -> None:
        """It is not watched any more; that its device is free again is found at the next look."""
        self._made.pop(phone, None)
        self._differing.pop(phone, None)

    def _identified(self, phones: Mapping[PhoneId, Phone]) -> bool:
        """Brings up to date what tells each phone apart; whether anything in that changed."""
        gone = self._locals.keys() - phones.keys()
        for left in gone:
            del self._locals[left]
        is_news = bool(gone)
        for phone in phones.values():
            settings = self._settings[phone.id]
            known = self._locals.get(phone.id)
            if known and known[0][0] is settings and known[0][1] is phone.system and known[0][2] is phone.network:
                continue
            named = {name: getattr(settings, name) or "" for name in ("device", "mac", "serial")}
            found = local(phone, settings.host, **named)
            is_news |= known is None or known[1] != found
            self._locals[phone.id] = ((settings, phone.system, phone.network), found)
        return is_news

    def _claim(self, phone: Phone, state: CloudState, now: float) -> Claim | None:
        pair = self._pairs.get(phone.id)
        if pair is None:
            self._made.pop(phone.id, None)
            return None
        made = (pair, self._settled(phone, pair, state.swept_at, now))
        before, known = phone.claim, self._made.get(phone.id)
        if before is not None and known is not None and known[0] is pair and known[1] is made[1]:
            return before
        self._made[phone.id] = made
        found = pair.device
        is_told = before is not None and (before.device, before.status) == (found.id, found.status)
        return Claim(
            device=found.id,
            by=pair.by,
            status=found.status,
            is_online=found.is_online,
            problems=found.problems,
            seen_at=found.seen_at,
            told_at=before.told_at if before is not None and is_told else now,
            place=state.inventory.group(found),
            disagreement=made[1],
        )

    def _settled(self, phone: Phone, pair: DeviceMatch, swept_at: float | None, now: float) -> Disagreement | None:
        """A disagreement counts once a later sweep still says so: Webex hears of most changes after us."""
        differs = disagreement(pair.device, reachable(phone))
        if differs is None:
            self._differing.pop(phone.id, None)
            return None
        known = self._differing.setdefault(phone.id, (differs, now))
        if known[0] is not differs:
            known = self._differing[phone.id] = (differs, now)
        return differs if swept_at is not None and swept_at > known[1] else None


def disagreement_note(before: Claim | None, after: Claim | None) -> tuple[str, Weight] | None:
    """The journal's line for a disagreement that came or went; None where neither did."""
    was, now = before and before.disagreement, after and after.disagreement
    if was is now:
        return None
    said = f" ({after.status})" if after and after.status else ""
    return (f"{now}{said}", Weight.WARNING) if now else (f"Webex and we no longer differ{said}", Weight.GOOD)
