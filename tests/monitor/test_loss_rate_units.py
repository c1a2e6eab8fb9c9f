"""Units that were found out outlive the program."""

import json
from pathlib import Path

import pytest

from phonetui.monitor.firmware_profile import LossRateUnitStore
from phonetui.phone.quality.loss import LossRateUnit

KIND = ("DP-9851", "PHONEOS.3-6-1-0001")


def settled(file: Path | None, scale: LossRateUnit = LossRateUnit.RFC3611) -> LossRateUnitStore:
    store = LossRateUnitStore(file)
    for _ in range(3):
        store.cast(KIND, scale)
    return store


def test_a_verdict_is_remembered_across_runs(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "scales.json"
    assert settled(file).get(KIND) is LossRateUnit.RFC3611
    assert LossRateUnitStore(file).get(KIND) is LossRateUnit.RFC3611
    assert file.stat().st_mode & 0o777 == 0o600


def test_one_that_was_contradicted_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "scales.json"
    settled(file)
    again = LossRateUnitStore(file)
    for _ in range(3):
        again.cast(KIND, LossRateUnit.PERCENT)
    assert again.get(KIND) is None
    assert json.loads(file.read_text()) == {}


def test_votes_of_a_phone_that_does_not_say_what_it_is_are_nobodys() -> None:
    store = LossRateUnitStore(None)
    for _ in range(3):
        store.cast((None, "PHONEOS.3-6-1-0001"), LossRateUnit.PERCENT)
    assert store.get((None, "PHONEOS.3-6-1-0001")) is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1, "b": "miles", "c": ["percent"]}', "null"])
def test_a_file_that_cannot_be_read_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "scales.json"
    file.write_text(text)
    assert LossRateUnitStore(file).get(KIND) is None


def test_a_place_that_cannot_be_written_costs_nothing_but_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert settled(tmp_path / "file" / "scales.json").get(KIND) is LossRateUnit.RFC3611
