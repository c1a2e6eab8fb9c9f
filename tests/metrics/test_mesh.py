"""What Prometheus reads of test calls: the latest result of each mesh, by the sites of a way."""

from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from phonetui.archive.meshes import MeshArchive
from phonetui.mesh.result_file import text
from phonetui.metrics.exposition import FleetSnapshot, exposition
from phonetui.metrics.mesh import MeshResults
from phonetui.metrics.totals import Totals
from phonetui.text import printable
from tests.mesh.test_results import result_of
from tests.metrics.test_exposition import value
from tests.ui.office import AT, NOW, FakeFleet


def test_the_latest_result_of_each_mesh_by_site(tmp_path: Path) -> None:
    archive = MeshArchive(tmp_path)
    bad = {("p0", "p3"): 4.0}
    older = result_of({("p3", "p0"): 6.0})
    newer = replace(result_of(bad, silent=(("p1", "p6"),)), began_at=older.began_at + timedelta(hours=1))
    for result in (older, newer, replace(older, name=printable("other"))):
        archive.keep(result.name, result.began_at, text(result))
    (tmp_path / "20990101T000000Z-broken.json").write_text("no JSON")
    fleet, totals, results = FakeFleet(), Totals(NOW), MeshResults(archive)
    totals.update(fleet, fleet.version)
    snapshot = FleetSnapshot.of(fleet, totals.snapshot(), AT, NOW)
    words = exposition(snapshot, results.latest()).decode()
    way = {"mesh": "test", "from_site": "HQ", "to_site": "Branch"}
    assert value(words, "mesh_loss_ratio", **way) == 48 / (9 * 1200)
    assert value(words, "mesh_mos", **way) == 3.993
    assert value(words, "mesh_directions", **way, verdict="critical") == 1.0
    assert value(words, "mesh_directions", **{**way, "to_site": "Dock"}, verdict="critical") == 1.0
    assert value(words, "mesh_directions", **{**way, "to_site": "HQ"}, verdict="not-run") == 0.0
    assert value(words, "mesh_start_timestamp_seconds", mesh="test") == newer.began_at.timestamp()
    assert value(words, "mesh_loss_ratio", mesh="other", from_site="Branch", to_site="HQ") == 72 / (9 * 1200)
    assert "5001" not in words
    assert results.latest()[0] is results.latest()[0]


def test_without_test_calls_there_is_nothing_of_them(tmp_path: Path) -> None:
    assert MeshResults(MeshArchive(tmp_path / "none")).latest() == []
