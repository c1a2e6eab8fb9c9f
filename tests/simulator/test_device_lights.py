"""Lamps follow the state, as Cisco's desk-phone guides say."""

import pytest

from phonetui.simulator import keys
from phonetui.simulator.call import CallPlan

from .offices import Watched, leaf, opened, pair


def light(watched: Watched, lamp: str, number: int = 1) -> tuple[str | None, str | None]:
    device = watched.office.devices[number - 1]
    return leaf(device, f"LEDStatus {lamp}LEDColor"), leaf(device, f"LEDStatus {lamp}LEDCadence")


def in_call(answer_after_s: float | None = 0.2) -> Watched:
    watched = opened("quiet", phones=3)
    watched.office.call(*pair(watched), CallPlan(answer_after_s=answer_after_s), 0)
    watched.office.advance(3)
    return watched


@pytest.mark.parametrize("number", [1, 2])
def test_in_a_call_the_line_key_is_steady_green(number: int) -> None:
    assert light(in_call(), "Line 1 ", number) == ("Green", "Steady")


def test_ringing_is_blinking_amber_and_the_message_lamp_flashes() -> None:
    watched = in_call(None)
    assert light(watched, "Line 1 ", 1) == ("Green", "Steady")
    assert light(watched, "Line 1 ", 2) == ("Amber", "FastBlink")
    assert light(watched, "Mwi", 2) == ("Red", "FastBlink")
    assert light(watched, "Mwi", 1) == ("Off", "Off")


def test_held_is_slowly_blinking_where_it_is_held() -> None:
    watched = in_call()
    watched.office.exchange.hold(watched.office.devices[0].legs[0], 3)
    watched.office.advance(4)
    assert light(watched, "Line 1 ", 1) == ("Green", "SlowBlink")
    assert light(watched, "Line 1 ", 2) == ("Green", "Steady")


@pytest.mark.parametrize("lamp", ["Mute", "Speaker", "Headset", "Mwi", "Line 1 ", "Line 2 "])
def test_idle_is_dark(lamp: str) -> None:
    assert light(opened("quiet"), lamp, 2) == ("Off", "Off")


@pytest.mark.parametrize(("key", "lamp"), [("Speaker", "Speaker"), ("Headset", "Headset")])
def test_the_way_of_the_sound_is_green(key: str, lamp: str) -> None:
    watched = opened("quiet", phones=2)
    keys.press(watched.office, watched.office.devices[0], key, 0)
    assert light(watched, lamp) == ("Green", "Steady")
    keys.press(watched.office, watched.office.devices[0], key, 1)
    assert light(watched, lamp) == ("Off", "Off")


def test_mute_is_red_until_the_call_ends() -> None:
    watched = in_call()
    first = watched.office.devices[0]
    keys.press(watched.office, first, "Mute", 3)
    assert light(watched, "Mute") == ("Red", "Steady")
    sent = first.legs[0].conversation
    assert sent
    before = sent.end_of(first.legs[0]).sent
    watched.office.advance(6)
    assert sent.end_of(first.legs[0]).sent > before, "silence is sent too"
    watched.office.exchange.hang_up(first.legs[0], 6)
    assert light(watched, "Mute") == ("Off", "Off")


def test_voice_mail_is_steady_red() -> None:
    assert light(opened("office"), "Mwi", 3) == ("Red", "Steady")


def test_unregistered_is_steady_amber() -> None:
    watched = opened("quiet", phones=1)
    watched.office.reboot(watched.office.devices[0], 0)
    watched.office.advance(8.5)
    assert light(watched, "Line 1 ") == ("Amber", "Steady")
    watched.office.advance(9.5)
    assert light(watched, "Line 1 ") == ("Off", "Off")


@pytest.mark.parametrize(("number", "lamps"), [(1, 4), (2, 6), (3, 10), (4, 2), (5, 1)])
def test_as_many_line_lamps_as_the_model_has(number: int, lamps: int) -> None:
    device = opened("quiet").office.devices[number - 1]
    assert leaf(device, f"LEDStatus Line {lamps} LEDColor") == "Off"
    assert leaf(device, f"LEDStatus Line {lamps + 1} LEDColor") is None
