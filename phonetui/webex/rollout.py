"""A configuration change on its way over many phones: the state of each phone, from the events of the plan. Pure.

listed ──► staged ──► sending ──► changed ──► arrived        each phone by itself
   │          │          └──► failed                          failed, sending: tried again with the next run
   │          └──► nothing: all of it holds already
   └──► unfit: it cannot have it                reverting ──► reverted       taken back

What is written before a request and not after it may have come through: such a phone is read before anything is sent.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from phonetui import numeric
from phonetui.errors import ConfigError
from phonetui.text import NOTHING, Printable, printable
from phonetui.webex.configuration_change import (
    DesiredConfiguration,
    KeyChange,
    desired_from_json,
    key_change_from_json,
)
from phonetui.webex.devices import WebexDevice

VERSION = 1


class RolloutState(StrEnum):
    """How far the change is at one phone; the words stand in the plan's file."""

    LISTED = "listed"
    STAGED = "staged"
    UNCHANGED = "nothing"
    UNFIT = "unfit"
    SENDING = "sending"
    CHANGED = "changed"
    FAILED = "failed"
    ARRIVED = "arrived"
    REVERTING = "reverting"
    REVERTED = "reverted"


_STATES = frozenset(map(str, RolloutState))
TO_APPLY = frozenset({RolloutState.STAGED, RolloutState.SENDING, RolloutState.FAILED})
TO_REVERT = frozenset({RolloutState.CHANGED, RolloutState.ARRIVED, RolloutState.REVERTING})


class RolloutDevice(Struct, frozen=True, kw_only=True):
    """One phone of the rollout, and how far the change is there."""

    id: str
    name: Printable
    product: Printable = NOTHING
    is_online: bool | None = None
    """As it was listed."""
    state: RolloutState = RolloutState.LISTED
    keys: tuple[KeyChange, ...] = ()
    why: Printable = NOTHING
    """Why it is unfit, or failed."""
    tracking: Printable = NOTHING
    """Of the last write."""
    read_at: float = 0.0
    """When its settings were read, in seconds since 1970."""


class RolloutHeader(Struct, frozen=True):
    """What a rollout is to change, and where: the first line of its file."""

    desired: DesiredConfiguration
    words: Printable
    """Which phones were meant, as it was typed."""
    created: str
    """ISO 8601."""
    base_url: str

    def to_json(self) -> dict[str, Any]:
        more = {"words": self.words, "created": self.created, "base_url": self.base_url}
        return {"rollout": VERSION, **more, **self.desired.to_json()}


def header_from_json(raw: Any) -> RolloutHeader:
    """The header out of a file's first line. Raises ConfigError."""
    if not isinstance(raw, Mapping) or raw.get("rollout") != VERSION:
        raise ConfigError("no plan of a change, or one of another version of this program")
    return RolloutHeader(
        desired_from_json(raw), printable(str(raw.get("words", ""))), str(raw.get("created")), str(raw.get("base_url"))
    )


Event = Mapping[str, Any]
"""A line of the plan: `device`, and `state` with what goes with that."""


class Rollout:
    """What a plan comes to, line by line."""

    def __init__(self, header: RolloutHeader) -> None:
        self.header = header
        self.devices: dict[str, RolloutDevice] = {}

    def apply(self, event: Event) -> None:
        """Takes a line of the plan over; one that isn't understood changes nothing."""
        identity, state = event.get("device"), event.get("state")
        if not isinstance(identity, str) or state not in _STATES:
            return
        known = self.devices.get(identity) or RolloutDevice(
            id=identity, name=printable(str(event.get("name", identity)))
        )
        fields: dict[str, Any] = {"state": RolloutState(str(state))}
        if isinstance(event.get("keys"), list):
            fields["keys"] = tuple(key_change_from_json(each) for each in event["keys"] if isinstance(each, Mapping))
        for name in ("product", "why", "tracking"):
            if name in event:
                fields[name] = printable(str(event[name]))
        if (read_at := numeric.real(event.get("read_at"))) is not None:
            fields["read_at"] = read_at
        if "online" in event:
            fields["is_online"] = event["online"]
        self.devices[identity] = replace(known, **fields)

    def of(self, *states: RolloutState) -> list[RolloutDevice]:
        """The phones in one of these states."""
        return [each for each in self.devices.values() if each.state in states]

    @property
    def counts(self) -> Counter[RolloutState]:
        return Counter(each.state for each in self.devices.values())


def listed_event(device: WebexDevice) -> dict[str, Any]:
    """The line with which a phone enters a plan."""
    return {
        "device": device.id,
        "state": RolloutState.LISTED,
        "name": device.shown_name,
        "product": device.product or "",
        "online": device.is_online,
    }


def groups(devices: Sequence[RolloutDevice]) -> list[tuple[tuple[Printable, ...], list[RolloutDevice]]]:
    """Phones that change alike, the most first: the changes in words, and the phones."""
    found: dict[tuple[Printable, ...], list[RolloutDevice]] = {}
    for each in devices:
        words = tuple(key.words for key in each.keys) or (each.why,)
        found.setdefault(words, []).append(each)
    return sorted(found.items(), key=lambda group: -len(group[1]))


def preview_lines(rollout: Rollout, *, whole: bool = False, most: int = 40) -> Iterator[Printable]:
    """What would change on which phone. `whole` shows each phone; else those beyond `most` are counted by change."""
    staged, counts = rollout.of(*TO_APPLY), rollout.counts
    if whole or len(staged) <= most:
        width = max((len(each.name) for each in staged), default=0)
        for each in staged:
            for number, key in enumerate(each.keys):
                yield printable(f"  {each.name if not number else '':<{width}}  {key.words}")
    else:
        for words, alike in groups(staged):
            shown = ", ".join(each.name for each in alike[:3])
            more = f" and {len(alike) - 3} more" if len(alike) > 3 else ""
            yield printable(f"  {len(alike)} phones ({shown}{more}):")
            yield from (printable(f"      {each}") for each in words)
    for words, alike in groups(rollout.of(RolloutState.UNFIT)):
        shown = ", ".join(each.name for each in (alike if whole else alike[:3]))
        more = f" and {len(alike) - 3} more" if len(alike) > 3 and not whole else ""
        yield printable(f"  not possible: {shown}{more}: {words[0]}")
    offline = sum(each.is_online is False for each in staged)
    parts = [f"{len(staged)} of {len(rollout.devices)} phones would change"]
    parts += [f"{counts[RolloutState.UNCHANGED]} have it already"] if counts[RolloutState.UNCHANGED] else []
    parts += [f"{counts[RolloutState.UNFIT]} cannot have it"] if counts[RolloutState.UNFIT] else []
    parts += [f"{counts[RolloutState.LISTED]} not read yet"] if counts[RolloutState.LISTED] else []
    parts += [f"{offline} are offline and take it when they come back"] if offline else []
    yield printable(" · ".join(parts))
