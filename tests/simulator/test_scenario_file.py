"""Scenarios of the user's own, and how traffic grows with the office."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from phonetui.errors import ConfigError
from phonetui.simulator import scenario
from phonetui.simulator.office import Office
from phonetui.simulator.scenario import Scenario


def written(folder: Path, text: str) -> str:
    file = folder / "night.toml"
    file.write_text(text)
    return str(file)


def test_a_file_is_a_scenario(tmp_path: Path) -> None:
    read = scenario.find(written(tmp_path, "busy_share = 1\ntalk_s = [4, 9.5]\nwaiting = [3]\nfirst_call_s = 0\n"))
    expected = Scenario(title="night", busy_share=1.0, talk_s=(4.0, 9.5), waiting=(3,), first_call_s=0.0)
    assert read == expected


def test_those_that_come_along_pass_as_files() -> None:
    folder = Path(scenario.__file__).parent / "scenarios"
    for name in scenario.scenarios():
        assert scenario.find(str(folder / f"{name}.toml")) == scenario.find(name)


def test_every_field_is_checked() -> None:
    assert set(scenario._CHECKS) == set(Scenario.__struct_fields__)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("busy_shar = 0.2", "a scenario has no 'busy_shar'. Did you mean 'busy_share'?"),
        ("busy_share = 20", "'busy_share' is from 0 to 1"),
        ("busy_share = '20 %'", "'busy_share' is a number"),
        ("calls_per_minute = true", "'calls_per_minute' is a number"),
        ("calls_per_minute = nan", "'calls_per_minute' is a number"),
        ("talk_s = 4", "'talk_s' is the least and the most, as [4, 10]"),
        ("talk_s = [9, 4]", "'talk_s' begins with the least"),
        ("boot_s = -1", "'boot_s' is from 0 to 1e+06"),
        ("waiting = [0]", "'waiting' is a list of phones by their numbers"),
        ("engaged = [5900]", "'engaged' is a list of numbers to dial, in quotes"),
        ("troubled_profile = 'bad'", "Known: clean, glitch, wifi, congested, broken"),
        ("title = 'a\\u001bb'", "'title' is a text of one line"),
        ("talk_s = [", "is not TOML"),
        ("# " + "x" * 70_000, "too large for a scenario"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        scenario.find(written(tmp_path, text.replace("'a\\u001bb'", '"a\\u001bb"')))
    assert words in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the scenario .*: No such file or directory"):
        scenario.find(str(tmp_path / "none.toml"))


def test_traffic_grows_with_the_office() -> None:
    epoch, shares = datetime.now(UTC), {}
    for phones in (50, 200):
        office = Office(scenario.find("campus"), phones=phones, seed=1, epoch=epoch, listener=lambda *_: None)
        office.open()
        office.advance(60.0)
        shares[phones] = sum(bool(device.legs) for device in office.devices) / phones
    assert all(0.1 < share <= 0.25 for share in shares.values()), shares


def test_a_share_of_the_numbers() -> None:
    epoch = datetime.now(UTC)
    office = Office(scenario.find("quiet"), phones=2, first=41, seed=1, epoch=epoch, listener=lambda *_: None)
    assert [(device.name, device.extensions[0]) for device in office.devices] == [
        ("sim-41", "5041"),
        ("sim-42", "5042"),
    ]
