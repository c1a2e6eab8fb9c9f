"""Keys act on the same calls as everything else."""

import pytest

from phonetui.simulator import keys
from phonetui.simulator.call import CallPlan
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.hardware import MODELS, model_of

from .offices import Watched, opened


class Hands:
    """Presses keys on one phone of a quiet office, and lets time pass."""

    def __init__(self, phones: int = 3, number: int = 2) -> None:
        self.watched: Watched = opened("quiet", phones=phones)
        self.office = self.watched.office
        self.device: SimulatedDevice = self.office.devices[number - 1]
        self.t = 0.0

    def press(self, *names: str) -> None:
        for name in names:
            keys.press(self.office, self.device, name, self.t)
            self.office.flush()
            self.wait(0.15)

    def wait(self, seconds: float) -> None:
        self.t += seconds
        self.office.advance(self.t)

    def rings(self, plan: CallPlan) -> None:
        self.office.call(self.office.devices[2], self.device, plan, self.t)
        self.wait(1)

    @property
    def states(self) -> list[str]:
        return [leg.state for leg in self.device.legs]

    @property
    def softkeys(self) -> tuple[str, ...]:
        return keys.softkeys(self.device)


NUMBER = ("KeyPad5", "KeyPad0", "KeyPad0", "KeyPad1")


@pytest.mark.parametrize("dial", ["NavSelect", "Soft1", "Speaker", "Headset", "Line1"])
def test_digits_on_hook_wait_until_they_are_dialled(dial: str) -> None:
    hands = Hands()
    hands.press(*NUMBER)
    assert (hands.device.digits, hands.states) == ("5001", [])
    hands.press(dial)
    assert [leg.number for leg in hands.device.legs] == ["5001"]
    hands.wait(5)
    assert hands.states == ["Connected"]


def test_digits_off_hook_are_dialled_after_a_pause() -> None:
    hands = Hands()
    hands.press("Speaker")
    assert hands.states == ["Dialing"]
    assert [leg.tone for leg in hands.device.legs] == ["Dial"]
    hands.press(*NUMBER)
    assert [leg.tone for leg in hands.device.legs] == ["None"]
    hands.wait(3.8)
    assert hands.states == ["Dialing"]
    hands.wait(5)
    assert hands.states == ["Connected"]


def test_pound_dials_at_once_off_hook() -> None:
    hands = Hands()
    hands.press("Line1", *NUMBER, "KeyPadPound")
    hands.wait(0.5)
    assert hands.states == ["Proceeding"]


def test_digits_on_hook_are_forgotten() -> None:
    hands = Hands()
    hands.press("KeyPadStar", "KeyPad9")
    assert hands.device.digits == "*9"
    hands.wait(31)
    assert hands.device.digits == ""


def test_delete_and_clear() -> None:
    hands = Hands()
    hands.press(*NUMBER, "Soft2")
    assert hands.device.digits == "500"
    hands.press("Soft3")
    assert hands.device.digits == ""


@pytest.mark.parametrize("key", ["Soft1", "Speaker", "Headset", "Line1"])
def test_answering(key: str) -> None:
    hands = Hands()
    hands.rings(CallPlan(answer_after_s=None))
    assert hands.softkeys == ("Answer", "Decline", "", "")
    hands.press(key)
    hands.wait(0.2)
    assert hands.states == ["Connected"]
    assert hands.device.audio == ("headset" if key == "Headset" else "speaker")


@pytest.mark.parametrize("key", ["Soft2", "Release"])
def test_declining(key: str) -> None:
    hands = Hands()
    hands.rings(CallPlan(answer_after_s=None))
    hands.press(key)
    hands.wait(1)
    assert hands.states == []
    assert dict(hands.watched.events("sim-3")[-1].fields)["CauseCode"] == "603"


@pytest.mark.parametrize(("hold", "resume"), [("Hold", "Hold"), ("Soft1", "Soft1"), ("FixedFeature3", "Line1")])
def test_hold_and_resume(hold: str, resume: str) -> None:
    hands = Hands()
    hands.rings(CallPlan(answer_after_s=0.2))
    hands.press(hold)
    hands.wait(0.5)
    assert hands.states == ["Hold"]
    hands.press(resume)
    hands.wait(0.5)
    assert hands.states == ["Connected"]


@pytest.mark.parametrize("key", ["Release", "Soft2"])
def test_hanging_up(key: str) -> None:
    hands = Hands()
    hands.rings(CallPlan(answer_after_s=0.2))
    hands.press(key)
    hands.wait(1)
    assert hands.states == []
    assert not hands.office.devices[2].legs


def test_the_speaker_key_moves_the_sound_and_then_hangs_up() -> None:
    hands = Hands()
    hands.rings(CallPlan(answer_after_s=None))
    hands.press("Headset")
    hands.wait(1)
    hands.press("Speaker")
    assert (hands.states, hands.device.audio) == (["Connected"], "speaker")
    hands.press("Speaker")
    hands.wait(1)
    assert hands.states == []


def test_digits_in_a_call_are_tones_for_the_far_end() -> None:
    hands = Hands()
    hands.rings(CallPlan(answer_after_s=0.2))
    hands.press("KeyPad1")
    assert hands.device.digits == ""


def test_redial_and_new_call() -> None:
    hands = Hands()
    assert hands.softkeys == ("New call", "", "Messages", "")
    hands.press(*NUMBER, "NavSelect", "Release")
    hands.wait(1)
    assert "Redial" in hands.softkeys
    hands.press("Soft2")
    assert [leg.number for leg in hands.device.legs] == ["5001"]
    hands.press("Soft2")
    hands.wait(1)
    hands.press("Soft1")
    assert hands.states == ["Dialing"]
    assert hands.softkeys == ("Call", "Delete", "End call", "")


def test_a_second_line_has_its_own_call() -> None:
    hands = Hands()
    hands.press("Line2")
    assert [(leg.line, leg.call_id) for leg in hands.device.legs] == [(2, 0)]


def test_mute_volume_and_messages() -> None:
    hands = Hands()
    hands.device.waiting = True
    hands.press("Mute", "VolUp", "VolUp", "VolDown", "Messages")
    assert (hands.device.muted, hands.device.volume, hands.device.waiting) == (True, 7, False)


def test_no_key_of_any_model_breaks_anything() -> None:
    for number in range(1, 6):
        hands = Hands(phones=5, number=number)
        for key in sorted(hands.device.model.keys):
            hands.press(key)
        hands.wait(60)


@pytest.mark.parametrize(
    ("model", "has", "lacks"),
    [
        ("9841", {"VolDown", "Soft4", "NavDwn", "Line120", "Settings"}, {"VolDwn", "KEMPage", "NavDown", "Info"}),
        ("9851", {"KEMPage", "FixedFeature3", "Transfer"}, {"NavBack", "Session1"}),
        ("9861", {"Conference", "Feature120"}, {"PTT"}),
        ("9871", {"VolDown", "Line1"}, {"Soft1", "NavSelect"}),
        ("8875", {"VolDwn", "Release", "KeyPadPound"}, {"VolDown", "Soft1", "Line1", "Settings", "NavUp", "Transfer"}),
    ],
)
def test_which_keys_a_model_has(model: str, has: set[str], lacks: set[str]) -> None:
    (found,) = [entry for entry in MODELS if entry.name == model]
    assert has <= found.keys
    assert not lacks & found.keys


def test_a_fleet_takes_the_models_in_turn() -> None:
    assert [model_of(number).name for number in range(1, 7)] == ["9841", "9851", "9861", "9871", "8875", "9841"]
