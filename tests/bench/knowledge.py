"""What one answer or push costs until the phone's new state is made, beside a bare parse of the same tree."""

import time
from collections.abc import Callable, Mapping
from itertools import count
from statistics import median
from xml.etree import ElementTree

from phonetui.monitor.knowledge import Knowledge
from phonetui.phone.quality.grading import DEFAULT
from phonetui.phone.state import Phone, PhoneId
from phonetui.text import printable
from phonetui.xapi.document import Document, Update
from phonetui.xapi.path import ROOT, Path
from phonetui.xapi.xml import StatusReader
from tests.bench.lean_office import LeanOfficePhone

TURNS, TIMES = 5, 60
PARSE_US = 200.0
"""Of the bare parse, on the machine whose microseconds the gates are written in."""
MOST = {"a changed tree": 250.0, "an unchanged tree": 10.0, "a pushed leaf": 30.0, "a pushed leaf of 32 lines": 30.0}
JITTER = Path.of("Line", 1, "Call", 0, "Jitter")


def _known() -> Knowledge:
    return Knowledge(Phone(id=PhoneId("desk"), name=printable("desk"), address=printable("192.0.2.7")), DEFAULT)


def _us(work: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(TIMES):
        work()
    return 1e6 * (time.process_time() - began) / TIMES


def _works() -> dict[str, Callable[[], object]]:
    bodies = [LeanOfficePhone(0).answer("/status.xml", 600.0 + 10 * step) for step in range(16)]
    ticks, reader, knowledge = count(), StatusReader(), _known()
    still_reader, still = StatusReader(), _known()
    many = _known()
    leaves = {Path.of("Line", line, "Call", 0, name): printable("3") for line in range(1, 33)
              for name in ("CallState", "Jitter", "PeerName", "PacketsSent", "PacketsReceived")}  # fmt: skip
    many.apply(many.differences(Document(leaves), ROOT, 0.0), 0.0)

    def read(known: Knowledge, by: StatusReader, body: bytes) -> None:
        at = 10.0 * next(ticks)
        known.begin_reading()
        document = by.read(body)
        changes = known.differences(document, ROOT, at)
        known.apply(changes, at, leads_to=(document, ROOT))
        if changes:
            known.share(document)
        known.count_ports(at)

    def push(known: Knowledge) -> None:
        at = next(ticks)
        known.apply(known.pushed([Update(JITTER, printable(str(at % 50)), float(at))]), float(at))

    for known, by in ((knowledge, reader), (still, still_reader)):
        read(known, by, bodies[0])
    return {
        "bare": lambda: ElementTree.fromstring(bodies[next(ticks) % 16]),
        "a changed tree": lambda: read(knowledge, reader, bodies[next(ticks) // 2 % 16]),
        "an unchanged tree": lambda: read(still, still_reader, bodies[0]),
        "a pushed leaf": lambda: push(knowledge),
        "a pushed leaf of 32 lines": lambda: push(many),
    }


def knowledge_ratios() -> Mapping[str, tuple[float, float, float]]:
    """By what is done: microseconds, and that and the most allowed in terms of the bare parse of the same run."""
    works = _works()
    turns = [{name: _us(work) for name, work in works.items()} for _ in range(TURNS)]
    return {
        name: (
            median(turn[name] for turn in turns),
            median(turn[name] / turn["bare"] for turn in turns),
            most / PARSE_US,
        )
        for name, most in MOST.items()
    }
