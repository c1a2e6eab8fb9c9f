"""A tree that was written branch by branch is the tree that is put together for each answer."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from phonetui.simulator import dialect, documents, locations
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.documents import DocHeader
from phonetui.simulator.office import Office
from phonetui.simulator.presentation import Presentation, StatusWriter
from phonetui.simulator.scenario import read
from phonetui.simulator.tree import Notice


@pytest.mark.parametrize("name", dialect.dialects())
def test_branch_by_branch(name: str) -> None:
    words = dialect.read(name)
    shown: dict[SimulatedDevice, Presentation] = {}

    def listen(device: SimulatedDevice, notices: Sequence[Notice]) -> None:
        shown[device].present(notices)

    office = Office(read("busy"), phones=2, seed=3, epoch=datetime(2026, 11, 2, tzinfo=UTC), listener=listen)
    shown.update({device: Presentation(device, words) for device in office.devices})
    device = office.devices[0]
    head = DocHeader(device.identity, words)
    writer, seen = StatusWriter(head, shown[device]), 0
    office.open()
    for second in range(0, 60, 3):
        office.advance(float(second))
        for location in (
            "/Status",
            "/Status/Line",
            "/Status/Network/",
            "/Status/LEDStatus",
            "/Status/Line[1]",
            "/Other",
        ):
            written = writer.read(location)
            whole = documents.serialize(head.finish(locations.read(head, location, shown[device].leaves, {})))
            assert written is None or written == whole, location
            seen += written is not None
    assert seen >= 60 or not dialect.keeps_places(words) or words.role_reads != "all"
