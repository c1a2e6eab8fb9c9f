"""Rules, dashboard and scrape example: promtool takes them, each rule is raised by what it is for, and every name exists."""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from phonetui.metrics.exposition import FleetSnapshot, exposition
from phonetui.metrics.totals import Totals
from phonetui.phone.alerts.alert import Alert, AlertId, Severity
from phonetui.phone.calls.call_record import CallRecord
from phonetui.phone.port_counters import counter_kind
from phonetui.phone.quality.voice_report import VoiceMetrics, VoiceQualityReport, VoiceReportKind
from phonetui.phone.state import PhoneId
from phonetui.text import printable
from phonetui.voice_reports.collector import RESULTS
from tests.mesh.test_results import result_of
from tests.ui.office import AT, NOW, FakeFleet, fleet_of_eight, lobby, talk

DATA = files("phonetui").joinpath("data")
_SELECTOR = re.compile(r"(phonetui_\w+)(?:\{([^}]*)\})?")


def everything() -> str:
    """An exposition that has every series that there can be."""
    report = VoiceQualityReport(
        kind=VoiceReportKind.SESSION, is_last=True, call_id=printable("1@x"), local=VoiceMetrics(mos_cq=3.2)
    )
    raised = Alert(
        phone=PhoneId("lobby"), id=AlertId.ONE_WAY_AUDIO, subject="line 1 call 0", severity=Severity.CRITICAL,
        text=printable("one direction is silent"), raised_at=NOW,
    )  # fmt: skip
    ended = CallRecord(
        phone=PhoneId("lobby"), call=talk(), began_at=NOW, seen_at=NOW, is_up=False, ended_at=NOW + timedelta(seconds=5),
        cause_code=printable("200"), reports=(report,), alerts=(raised,),
    )  # fmt: skip
    talking = lobby()
    measured = replace(talking, measures=(replace(talking.measures[0], estimate=3.7, loss_pct=2.0),))
    fleet = FakeFleet({phone.id: phone for phone in (*fleet_of_eight(), measured)}, alerts=(raised,), records=(ended,))
    totals = Totals(NOW - timedelta(seconds=1))
    totals.update(fleet, fleet.version)
    counts = dict.fromkeys(RESULTS, 1)
    snapshot = FleetSnapshot.of(fleet, totals.snapshot(), AT, NOW, reported=counts)
    return exposition(snapshot, [result_of({("p0", "p3"): 4.0})]).decode()


def labels_by_series() -> Mapping[str, set[str]]:
    known: dict[str, set[str]] = defaultdict(set)
    for family in text_string_to_metric_families(everything()):
        for sample in family.samples:
            known[sample.name] |= set(sample.labels)
    return known


def promtool(*words: str, given: str | None = None) -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not here")
    done = subprocess.run([program, *words], capture_output=True, text=True, input=given, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_finds_nothing_to_say_of_the_exposition() -> None:
    promtool("check", "metrics", given=everything())


def test_each_rule_is_raised_by_what_it_is_for(tmp_path: Path) -> None:
    for name in ("alerts.yml", "alerts.test.yml", "scrape.yml"):
        (tmp_path / name).write_text(DATA.joinpath(name).read_text())
    promtool("check", "config", str(tmp_path / "scrape.yml"))
    promtool("test", "rules", str(tmp_path / "alerts.test.yml"))
    named = set(re.findall(r"alert: (\w+)", (tmp_path / "alerts.yml").read_text()))
    assert named == raised_in_tests((tmp_path / "alerts.test.yml").read_text())


def raised_in_tests(text: str) -> set[str]:
    """The rules that some test expects to be raised, not only to be silent."""
    return set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n", text))


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression of the dashboard, by its panel's title."""
    for panel in json.loads(DATA.joinpath("grafana.json").read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


def test_prometheus_understands_what_the_dashboard_asks(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expr.replace("$site", "HQ|Branch")}
        for number, (_, expr) in enumerate(expressions())
    ]
    file = tmp_path / "panels.json"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))  # JSON is YAML
    promtool("check", "rules", str(file))


def test_dashboard_and_rules_name_series_and_labels_that_exist() -> None:
    known = labels_by_series()
    asked = [*expressions(), ("alerts", DATA.joinpath("alerts.yml").read_text())]
    for where, expr in asked:
        for name, inside in _SELECTOR.findall(expr):
            if name in ("phonetui_call_grade", "phonetui_phone_state") and not inside:
                continue  # a label of the state set of that name
            assert name in known, f"{where}: {name}"
            assert set(re.findall(r'(\w+) *(?:=~|!~|!=|=) *"', inside)) <= known[name], f"{where}: {inside}"
    for name in ("phonetui_mesh_mos", "phonetui_mesh_directions", "phonetui_reported_mos_bucket"):
        assert any(name in expr for _, expr in asked[:-1]), f"no panel shows {name}"


def test_verdicts_and_results_are_spelled_as_they_are_exposed() -> None:
    """A matcher for a value that is never exposed would be silent for ever."""
    text = everything()
    asked = "\n".join([*(expr for _, expr in expressions()), DATA.joinpath("alerts.yml").read_text()])
    for label in ("verdict", "result", "kind", "phonetui_call_grade"):
        exposed = set(re.findall(rf'\b{label}="([^"]*)"', text))
        if label == "kind":
            exposed |= {counter_kind(name).words for name in ("CRCErrs", "FCSErr", "AlignErr", "LateCollision")}
        for words in re.findall(rf'\b{label}=~?"([^"$]*)"', asked):
            assert set(words.split("|")) <= exposed, f"{label}: {words}"


def test_no_panel_lies_over_another() -> None:
    taken: set[tuple[int, int]] = set()
    panels = json.loads(DATA.joinpath("grafana.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
