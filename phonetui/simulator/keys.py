"""The effect of a pressed key on a simulated phone, and the labels of its four softkeys."""

from collections.abc import Callable

from msgspec import Struct

from phonetui.simulator.call import Leg
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.exchange import CallRefused
from phonetui.simulator.office import Office

INTERDIGIT_S = 4.0
"""Off hook, a number is dialled when no further digit comes for so long."""
_FORGET_S = 30.0
"""On hook, digits that nobody dials are forgotten after so long."""
_SYMBOLS = {"KeyPadStar": "*", "KeyPadPound": "#"} | {f"KeyPad{digit}": str(digit) for digit in range(10)}
_FIXED = {"FixedFeature1": "Transfer", "FixedFeature2": "Conference", "FixedFeature3": "Hold"}
_SETTING_UP = ("Dialing", "Calling", "Proceeding", "Answering")
_ACTIVE = ("Connected", *_SETTING_UP, "Reorder")


def press(office: Office, device: SimulatedDevice, key: str, t: float) -> None:
    """Presses one key by its name; keys that do nothing here are ignored without an error, as by a phone."""
    if device.number in office.scenario.ignores_keys:
        return
    pressed = KeyPress(office, device, t)
    key = _FIXED.get(key, key)
    if key in _SYMBOLS:
        pressed.digit(_SYMBOLS[key])
    elif key.startswith("Line") and key[4:].isdigit():
        pressed.line(int(key[4:]))
    elif key.startswith("Soft") and key[4:].isdigit():
        label = softkeys(device)[int(key[4:]) - 1]
        if label:
            _SOFTKEYS[label](pressed)
    elif key in _KEYS:
        _KEYS[key](pressed)
    device.show()


def softkeys(device: SimulatedDevice) -> tuple[str, str, str, str]:
    """The four labels from the left; empty where there is none."""
    states = {leg.state for leg in device.legs}
    if "Ringing" in states:
        return ("Answer", "Decline", "", "")
    if "Connected" in states:
        return ("Hold", "End call", "", "")
    if states & {"Calling", "Proceeding", "Reorder", "Answering"}:
        return ("", "End call", "", "")
    if "Dialing" in states:
        return ("Call", "Delete", "End call", "")
    if states & {"Hold", "Holding", "Resuming"}:
        return ("Resume", "End call", "New call", "")
    if device.digits:
        return ("Call", "Delete", "Clear", "")
    return ("New call", "Redial" if device.last_dialled else "", "Messages", "")


class KeyPress(Struct, frozen=True):
    """A key press on one phone at one moment; each method is what a key does."""

    office: Office
    device: SimulatedDevice
    t: float

    def leg(self, *states: str, line: int | None = None) -> Leg | None:
        """The latest call in one of the states."""
        fitting = (leg for leg in reversed(self.device.legs) if leg.state in states and line in (None, leg.line))
        return next(fitting, None)

    @property
    def off_hook(self) -> Leg | None:
        """A call that waits for its number."""
        return next((leg for leg in self.device.legs if leg.state == "Dialing" and leg.conversation is None), None)

    def digit(self, symbol: str) -> None:
        device, leg = self.device, self.off_hook
        if self.leg("Connected"):
            return  # sent to the far end as a tone
        if symbol == "#" and device.digits and leg:
            self.dial()
            return
        device.digits += symbol
        if leg:
            leg.tone = "None"
        digits, after = device.digits, INTERDIGIT_S if leg else _FORGET_S
        self.office.later(self.t + after, lambda due: KeyPress(self.office, device, due)._time_out(digits))

    def _time_out(self, digits: str) -> None:
        if self.device.digits == digits:
            if self.off_hook:
                self.dial()
            else:
                self.device.digits = ""

    def dial(self) -> None:
        if self.device.digits:
            leg = self.off_hook
            if leg:
                self.office.dial(self.device, self.device.digits, self.t, leg=leg)
            else:
                self.new_call()

    def new_call(self, line: int = 1, audio: str = "speaker") -> None:
        """Dials what was typed, else waits for digits with the dial tone."""
        try:
            leg = self.office.exchange.seize(self.device, line, audio=audio)
        except CallRefused:
            return  # a phone with no room for another call ignores the key
        for other in self.device.legs:
            self.office.exchange.hold(other, self.t)
        if self.device.digits:
            self.office.dial(self.device, self.device.digits, self.t, leg=leg)

    def redial(self) -> None:
        self.device.digits = self.device.last_dialled
        self.dial()

    def line(self, line: int) -> None:
        if line > len(self.device.extensions):
            return
        ringing, held = self.leg("Ringing", line=line), self.leg("Hold", line=line)
        if ringing:
            self.office.exchange.answer(ringing, self.t)
        elif held:
            self.office.exchange.resume(held, self.t)
        elif not self.leg("Connected", *_SETTING_UP, line=line):
            self.new_call(line)

    def sound(self, path: str) -> None:
        """The speaker's or headset's key: answers, moves the sound there, or hangs up what is there already."""
        ringing, active = self.leg("Ringing"), self.leg(*_ACTIVE)
        if active and self.device.audio == path:
            self.office.exchange.hang_up(active, self.t)
        elif active:
            self.device.audio = path
        elif ringing:
            self.office.exchange.answer(ringing, self.t, audio=path)
        else:
            self.new_call(audio=path)

    def answer(self) -> None:
        if ringing := self.leg("Ringing"):
            self.office.exchange.answer(ringing, self.t)

    def decline(self) -> None:
        if ringing := self.leg("Ringing"):
            self.office.exchange.hang_up(ringing, self.t)

    def release(self) -> None:
        self.device.digits = ""
        if leg := self.leg(*_ACTIVE) or self.leg("Ringing") or self.leg("Hold", "Holding", "Resuming"):
            self.office.exchange.hang_up(leg, self.t)

    def hold(self) -> None:
        if connected := self.leg("Connected"):
            self.office.exchange.hold(connected, self.t)
        elif held := self.leg("Hold"):
            self.office.exchange.resume(held, self.t)

    def mute(self) -> None:
        self.device.muted = not self.device.muted

    def messages(self) -> None:
        self.device.waiting = False

    def change_volume(self, step: int) -> None:
        self.device.volume = min(10, max(0, self.device.volume + step))

    def delete(self, digits: int | None = None) -> None:
        """The last `digits`; None: all."""
        self.device.digits = self.device.digits[:-digits] if digits else ""


_SOFTKEYS: dict[str, Callable[[KeyPress], None]] = {
    "Answer": KeyPress.answer,
    "Call": KeyPress.dial,
    "Clear": KeyPress.delete,
    "Decline": KeyPress.decline,
    "Delete": lambda pressed: pressed.delete(1),
    "End call": KeyPress.release,
    "Hold": KeyPress.hold,
    "Messages": KeyPress.messages,
    "New call": KeyPress.new_call,
    "Redial": KeyPress.redial,
    "Resume": KeyPress.hold,
}
_KEYS: dict[str, Callable[[KeyPress], None]] = {
    "Headset": lambda pressed: pressed.sound("headset"),
    "Hold": KeyPress.hold,
    "Messages": KeyPress.messages,
    "Mute": KeyPress.mute,
    "NavSelect": KeyPress.dial,
    "Release": KeyPress.release,
    "Speaker": lambda pressed: pressed.sound("speaker"),
    "VolDown": lambda pressed: pressed.change_volume(-1),
    "VolDwn": lambda pressed: pressed.change_volume(-1),
    "VolUp": lambda pressed: pressed.change_volume(1),
}
