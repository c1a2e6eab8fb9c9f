"""What a pressed key does to a phone, and what its four softkeys say at the moment."""

from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A press: on which phone, and when."""

    office: Office
    device: SimulatedDevice
    t: float

    def leg(self, *states: str, line: int | None = None) -> Leg | None:
        """The latest call in one of the states."""
        fitting = (leg for leg in self.device.legs if leg.state in states and line in (None, leg.line))
        return next(reversed(tuple(fitting)), None)


def press(office: Office, device: SimulatedDevice, key: str, t: float) -> None:
    """Presses one key by its name; keys that do nothing here are taken in silence, as by a phone."""
    hand = KeyPress(office, device, t)
    key = _FIXED.get(key, key)
    if key in _SYMBOLS:
        _digit(hand, _SYMBOLS[key])
    elif key.startswith("Line") and key[4:].isdigit():
        _line(hand, int(key[4:]))
    elif key.startswith("Soft") and key[4:].isdigit():
        _soft(hand, int(key[4:]))
    elif key in _KEYS:
        _KEYS[key](hand)
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


def _digit(hand: KeyPress, symbol: str) -> None:
    device = hand.device
    if hand.leg("Connected"):
        return  # sent to the far end as a tone
    seized = _seized(hand)
    if symbol == "#" and device.digits and seized:
        _dial(hand)
        return
    device.digits += symbol
    if seized:
        seized.tone = "None"
    digits = device.digits
    after = INTERDIGIT_S if seized else _FORGET_S
    hand.office.later(hand.t + after, lambda due: _idle_digits(KeyPress(hand.office, device, due), digits))


def _idle_digits(hand: KeyPress, digits: str) -> None:
    if hand.device.digits == digits:
        if _seized(hand):
            _dial(hand)
        else:
            hand.device.digits = ""


def _seized(hand: KeyPress) -> Leg | None:
    """A call that waits for its number."""
    return next((leg for leg in hand.device.legs if leg.state == "Dialing" and leg.conversation is None), None)


def _off_hook(hand: KeyPress, line: int, audio: str) -> None:
    """A new call: dials what was typed, else waits for digits with the dial tone."""
    try:
        leg = hand.office.exchange.seize(hand.device, line, audio=audio)
    except CallRefused:
        return  # a phone with no room for another call ignores the key
    for other in hand.device.legs:
        hand.office.exchange.hold(other, hand.t)
    if hand.device.digits:
        hand.office.dial(hand.device, hand.device.digits, hand.t, leg=leg)


def _dial(hand: KeyPress) -> None:
    if not hand.device.digits:
        return
    seized = _seized(hand)
    if seized:
        hand.office.dial(hand.device, hand.device.digits, hand.t, leg=seized)
    else:
        _off_hook(hand, 1, "speaker")


def _line(hand: KeyPress, line: int) -> None:
    if line > len(hand.device.extensions):
        return
    ringing, held = hand.leg("Ringing", line=line), hand.leg("Hold", line=line)
    if ringing:
        hand.office.exchange.answer(ringing, hand.t)
    elif held:
        hand.office.exchange.resume(held, hand.t)
    elif not hand.leg("Connected", "Dialing", "Calling", "Proceeding", "Answering", line=line):
        _off_hook(hand, line, "speaker")


def _audio(path: str) -> Callable[[KeyPress], None]:
    """The speaker's or headset's key: answers, moves the sound there, or hangs up what is there already."""

    def pressed(hand: KeyPress) -> None:
        device, ringing = hand.device, hand.leg("Ringing")
        active = hand.leg("Connected", "Dialing", "Calling", "Proceeding", "Reorder", "Answering")
        if ringing and not active:
            hand.office.exchange.answer(ringing, hand.t, audio=path)
        elif active and device.audio == path:
            hand.office.exchange.hang_up(active, hand.t)
        elif active:
            device.audio = path
        else:
            _off_hook(hand, 1, path)

    return pressed


def _release(hand: KeyPress) -> None:
    hand.device.digits = ""
    leg = hand.leg("Connected", "Dialing", "Calling", "Proceeding", "Reorder", "Answering")
    leg = leg or hand.leg("Ringing") or hand.leg("Hold", "Holding", "Resuming")
    if leg:
        hand.office.exchange.hang_up(leg, hand.t)


def _hold(hand: KeyPress) -> None:
    connected, held = hand.leg("Connected"), hand.leg("Hold")
    if connected:
        hand.office.exchange.hold(connected, hand.t)
    elif held:
        hand.office.exchange.resume(held, hand.t)


def _mute(hand: KeyPress) -> None:
    hand.device.muted = not hand.device.muted


def _louder(step: int) -> Callable[[KeyPress], None]:
    def pressed(hand: KeyPress) -> None:
        hand.device.volume = min(10, max(0, hand.device.volume + step))

    return pressed


def _messages(hand: KeyPress) -> None:
    hand.device.waiting = False


def _answer(hand: KeyPress) -> None:
    ringing = hand.leg("Ringing")
    if ringing:
        hand.office.exchange.answer(ringing, hand.t)


def _decline(hand: KeyPress) -> None:
    ringing = hand.leg("Ringing")
    if ringing:
        hand.office.exchange.hang_up(ringing, hand.t)


def _delete(hand: KeyPress) -> None:
    hand.device.digits = hand.device.digits[:-1]


def _clear(hand: KeyPress) -> None:
    hand.device.digits = ""


def _new_call(hand: KeyPress) -> None:
    _off_hook(hand, 1, "speaker")


def _redial(hand: KeyPress) -> None:
    hand.device.digits = hand.device.last_dialled
    _dial(hand)


def _soft(hand: KeyPress, position: int) -> None:
    label = softkeys(hand.device)[position - 1]
    if label:
        _LABELS[label](hand)


_LABELS: dict[str, Callable[[KeyPress], None]] = {
    "Answer": _answer,
    "Call": _dial,
    "Clear": _clear,
    "Decline": _decline,
    "Delete": _delete,
    "End call": _release,
    "Hold": _hold,
    "Messages": _messages,
    "New call": _new_call,
    "Redial": _redial,
    "Resume": _hold,
}
_KEYS: dict[str, Callable[[KeyPress], None]] = {
    "Headset": _audio("headset"),
    "Hold": _hold,
    "Messages": _messages,
    "Mute": _mute,
    "NavSelect": _dial,
    "Release": _release,
    "Speaker": _audio("speaker"),
    "VolDown": _louder(-1),
    "VolDwn": _louder(-1),
    "VolUp": _louder(1),
}
