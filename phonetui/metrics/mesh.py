"""Metrics of the latest result of each mesh, by pair of sites or within one site.

Results are files that whoever ran the mesh has kept; each is read once. A result has the time at which it began beside
it, so that a rule can tell an old one.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from phonetui.archive.meshes import MeshArchive
from phonetui.errors import PhonetuiError
from phonetui.mesh.direction import DirectionFigures, Verdict
from phonetui.mesh.result import MeshResult
from phonetui.mesh.result_file import parse

MOST = 20
"""The largest number of meshes with different names, so that labels are bounded."""
_log = logging.getLogger(__name__)


class MeshResults:
    """Reads kept results. It blocks, so it is called in a thread."""

    def __init__(self, archive: MeshArchive) -> None:
        self._archive = archive
        self._read: dict[Path, MeshResult | None] = {}

    def latest(self) -> Sequence[MeshResult]:
        """The latest result of each name; files that cannot be read are skipped, and logged once."""
        files = self._archive.latest()[:MOST]
        self._read = {file: self._read[file] if file in self._read else _result(file) for file in files}
        return [result for result in self._read.values() if result is not None]


def _result(file: Path) -> MeshResult | None:
    try:
        return parse(MeshArchive.read(file), file.name)
    except PhonetuiError as error:
        _log.warning("%s", error)
        return None


Way = tuple[str, str, str]
"""Name of the mesh, site of the speaking phone, site of the listening phone."""


class MeshCollector(Collector):
    def __init__(self, results: Iterable[MeshResult]) -> None:
        self._results = tuple(results)

    def describe(self) -> list[Metric]:
        """Empty: which metrics there are depends on what was run."""
        return []

    def collect(self) -> Iterator[Metric]:
        ways: dict[Way, list[DirectionFigures]] = defaultdict(list)
        for result in self._results:
            sites = result.sites
            for one in result.directions:
                ways[result.name, sites.get(one.speaker, ""), sites.get(one.listener, "")].append(one)
        yield _gauge(
            "mesh_mos", "Opinion score of the test calls' worst direction, 1 to 5.",
            ((way, _lowest(one.mos for one in found)) for way, found in ways.items()),
        )  # fmt: skip
        yield _gauge(
            "mesh_loss_ratio", "Share of packets lost in the test calls of a way.",
            ((way, _loss(found)) for way, found in ways.items()),
        )  # fmt: skip
        yield _gauge(
            "mesh_jitter_seconds", "The highest jitter of a way's test calls.",
            ((way, _highest(one.jitter_ms for one in found)) for way, found in ways.items()),
        )  # fmt: skip
        verdicts = GaugeMetricFamily(
            "phonetui_mesh_directions", "Directions of the test calls by verdict.",
            labels=("mesh", "from_site", "to_site", "verdict"),
        )  # fmt: skip
        for way, found in ways.items():
            for verdict in Verdict:
                word = verdict.word.replace(" ", "-")
                verdicts.add_metric((*way, word), sum(one.verdict is verdict for one in found))
        yield verdicts
        began = GaugeMetricFamily(
            "phonetui_mesh_start_timestamp_seconds", "When the latest run began, Unix time.", labels=("mesh",)
        )
        for result in self._results:
            began.add_metric((result.name,), result.began_at.timestamp())
        yield began


def _gauge(name: str, words: str, rows: Iterable[tuple[Way, float | None]]) -> Metric:
    """A gauge with one sample for each row whose value is known."""
    family = GaugeMetricFamily(f"phonetui_{name}", words, labels=("mesh", "from_site", "to_site"))
    for way, value in rows:
        if value is not None:
            family.add_metric(way, value)
    return family


def _loss(found: Iterable[DirectionFigures]) -> float | None:
    """Loss ratio over all packets of all directions."""
    known = [(one.lost, one.received) for one in found if one.lost is not None and one.received is not None]
    expected = sum(lost + received for lost, received in known)
    return sum(lost for lost, _ in known) / expected if expected else None


def _highest(values: Iterable[float | None]) -> float | None:
    """The largest value in seconds; None where none is known."""
    known = [value for value in values if value is not None]
    return max(known) / 1000 if known else None


def _lowest(values: Iterable[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)
