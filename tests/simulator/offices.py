"""Offices without sockets, and a record of everything that their phones published."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from phonetui.simulator import scenario
from phonetui.simulator.call import Leg
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.office import Office
from phonetui.simulator.scenario import Scenario
from phonetui.simulator.tree import Notice, TreeChange, TreeEvent
from phonetui.xapi.path import Path

EPOCH = datetime(2026, 11, 2, 8, 15, 30, tzinfo=UTC)


@dataclass
class Watched:
    """An office and what came out of it, oldest first."""

    office: Office
    notices: list[tuple[str, Notice]] = field(default_factory=list)

    def changes(self, name: str, leaf: str) -> list[str | None]:
        """Every value that a leaf of a phone took since the opening; None for its loss with an item above it."""
        path = Path.parse(leaf)
        return [
            notice.value
            for phone, notice in self.notices
            if phone == name and isinstance(notice, TreeChange)
            if notice.path == path or (notice.value is None and path.is_under(notice.path))
        ]

    def histories(self, name: str) -> dict[Path, list[str | None]]:
        """The same for every leaf that a phone had, in one pass; what is lost already isn't lost again."""
        found: dict[Path, list[str | None]] = {}
        for phone, notice in self.notices:
            if phone != name or not isinstance(notice, TreeChange):
                continue
            if notice.value is not None:
                found.setdefault(notice.path, []).append(notice.value)
                continue
            for path, values in found.items():
                if path.is_under(notice.path):
                    values.append(None)
        return found

    def events(self, name: str) -> list[TreeEvent]:
        return [notice for phone, notice in self.notices if phone == name and isinstance(notice, TreeEvent)]

    def replayed(self, name: str) -> dict[Path, str]:
        """The tree that somebody would have who applied every change."""
        tree: dict[Path, str] = {}
        for phone, notice in self.notices:
            if phone != name or not isinstance(notice, TreeChange):
                continue
            if notice.value is None:
                tree = {path: value for path, value in tree.items() if not path.is_under(notice.path)}
            else:
                tree[notice.path] = notice.value
        return tree


def opened(name: str | Scenario = "quiet", *, phones: int = 5, seed: int = 1) -> Watched:
    """An office at t = 0."""
    published: list[tuple[str, Notice]] = []

    def listen(device: SimulatedDevice, notices: Sequence[Notice]) -> None:
        published.extend((device.name, notice) for notice in notices)

    plan = scenario.read(name) if isinstance(name, str) else name
    office = Office(plan, phones=phones, seed=seed, epoch=EPOCH, listener=listen)
    office.open()
    return Watched(office, published)


def leaf(device: SimulatedDevice, path: str) -> str | None:
    return device.tree.leaves.get(Path.parse(path))


def call_leaf(leg: Leg, name: str) -> str:
    return leg.device.tree.leaves[leg.path / name]


def pair(watched: Watched) -> tuple[SimulatedDevice, SimulatedDevice]:
    """The first two phones: who calls, and who is called."""
    return watched.office.devices[0], watched.office.devices[1]
