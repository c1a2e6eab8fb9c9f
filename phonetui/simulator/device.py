"""A simulated phone as values over time: calls, lamps and counters, as one status tree.

Pure: the time is a parameter (`t`, seconds of the office's own clock), nothing here waits or asks a clock.

Which lamp shows what: the words of the older firmware's LED scripts, the meanings of Cisco's desk-phone guides.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from phonetui.simulator import call, hardware
from phonetui.simulator.call import Leg
from phonetui.simulator.hardware import Cabling, Identity, SimulatedModel, model_of
from phonetui.simulator.tree import PhoneCondition, Tree
from phonetui.xapi.path import Path

Light = tuple[str, str]
"""Colour and cadence, as published."""
OFF: Final[Light] = ("Off", "Off")
IN_CALL: Final[Light] = ("Green", "Steady")
HELD: Final[Light] = ("Green", "SlowBlink")
RINGING: Final[Light] = ("Amber", "FastBlink")
UNREGISTERED: Final[Light] = ("Amber", "Steady")
_RED: Final[Light] = ("Red", "Steady")
_MWI_RINGING: Final[Light] = ("Red", "FastBlink")


def line_key_light(legs: Iterable[Leg], *, registered: bool) -> Light:
    """A line key's light from the calls on its line: ringing outshines talk, and talk a held call."""
    states = {"Hold" if leg.held else leg.state for leg in legs} - {"Idle"}
    if "Ringing" in states:
        return RINGING
    if states - {"Hold"}:
        return IN_CALL
    if states:
        return HELD
    return OFF if registered else UNREGISTERED


CALLS_PER_LINE = 2
"""What MPP firmware allows unless configured otherwise."""
LEDS = Path.of("LEDStatus")
PHONE = Path.of("PhoneStatus")
_SIP_BYTES_SENT, _SIP_BYTES_RECEIVED = 642, 588
"""The usual size of a message."""


@dataclass(slots=True, eq=False)
class SimulatedDevice:
    """One phone."""

    number: int
    """Its place in the fleet, from 1."""
    label: str
    """What others see when it calls."""
    extensions: tuple[str, ...]
    """A number for each of its lines."""
    cabling: Cabling
    booted_at: float
    """May be negative: it ran before the simulation began."""
    epoch: datetime
    """What a wall clock says at t = 0."""
    on_change: Callable[["SimulatedDevice"], None]
    """Called when there are notices to take."""
    model: SimulatedModel = field(init=False)
    identity: Identity = field(init=False)
    tree: Tree = field(init=False)
    legs: list[Leg] = field(init=False, default_factory=list)
    """Oldest first."""
    live: bool = field(init=False, default=True)
    registration: str = field(init=False, default="Registered")
    """As RegistrationState has it."""
    waiting: bool = field(init=False, default=False)
    """Voice mail on line 1."""
    muted: bool = field(init=False, default=False)
    audio: str = field(init=False, default="")
    """`speaker`, `headset`, `handset`, or empty on hook."""
    digits: str = field(init=False, default="")
    last_dialled: str = field(init=False, default="")
    volume: int = field(init=False, default=6)
    sip_messages: tuple[int, int] = field(init=False, default=(0, 0))
    """Sent and received since boot."""
    _rtp_packets: tuple[int, int] = field(init=False, default=(0, 0))
    """Sent and received since boot, in calls that are over."""

    def __post_init__(self) -> None:
        self.model = model_of(self.number)
        self.identity = Identity(self.number, self.model)
        self.tree = Tree(lambda: self.on_change(self))

    @property
    def name(self) -> str:
        return f"sim-{self.number}"

    @property
    def registered(self) -> bool:
        return self.registration == "Registered"

    @property
    def idle(self) -> bool:
        """Whether a call could come and find nobody busy."""
        return self.live and self.registered and not self.legs and not self.digits

    def free_slot(self, line: int) -> int | None:
        """The lowest call id that is free on the line; None when it has as many calls as it can."""
        taken = {leg.call_id for leg in self.legs if leg.line == line}
        return next((slot for slot in range(CALLS_PER_LINE) if slot not in taken), None)

    def add(self, leg: Leg) -> None:
        self.legs.append(leg)
        self.count_sip(1, 1)

    def remove(self, leg: Leg) -> None:
        """Takes a call away; its packets stay in the ports' counters."""
        self.legs.remove(leg)
        self.keep_packets(leg)
        self.count_sip(2, 2)
        self.tree.drop(leg.path)

    def go_on_hook(self) -> None:
        """Hangs the phone itself up once nothing is left to talk or listen to."""
        if all(leg.state in ("Idle", "Ringing") for leg in self.legs):
            self.audio, self.muted = "", False
        self.show()

    def keep_packets(self, leg: Leg) -> None:
        """Goes on counting the packets of a conversation that a leg leaves."""
        self._rtp_packets = _packets([leg], self._rtp_packets)

    def register_again(self, _: float) -> None:
        """Registers again, as a phone must from time to time (RFC 3261 §10.2.4)."""
        self.count_sip(1, 1)

    def count_sip(self, sent: int, received: int) -> None:
        self.sip_messages = (self.sip_messages[0] + sent, self.sip_messages[1] + received)

    def boot(self, t: float) -> None:
        """Restarts the phone: everything that counts from a start begins again."""
        self.booted_at, self.live, self.registration = t, True, "Registering"
        self.muted, self.audio, self.digits, self.volume = False, "", "", 6
        self.sip_messages = self._rtp_packets = (0, 0)
        self.tree.emit(PhoneCondition("live"))
        self.show_all(t)

    def show_all(self, t: float) -> None:
        for path, value in hardware.fixed_leaves(self.identity, self.cabling):
            self.tree.put(path, value)
        self.show_clock(t)
        self.show_ports(t)
        self.show()

    def show(self) -> None:
        """Calls, lines and lamps, which change the moment that something happens."""
        for leg in self.legs:
            at = leg.path
            for name, value in call.leaves(leg):
                self.tree.put(at / name, value)
        for line in range(1, len(self.extensions) + 1):
            at = Path.of("ExtStatus", line)
            self.tree.put(at / "MessageWaiting", "Yes" if self.waiting and line == 1 else "No")
            self.tree.put(at / "RegistrationState", self.registration)
        self._show_lights()

    def show_clock(self, t: float) -> None:
        now = self.epoch + timedelta(seconds=t)
        self.tree.put(PHONE / "CurrentTime", clock_text(now))
        up = int(t - self.booted_at + 1e-6)
        self.tree.put(PHONE / "ElapsedTime", f"{up // 86400} days, {call.clock(up % 86400)}")

    def show_ports(self, t: float) -> None:
        """Frame and SIP counters."""
        packets = _packets(self.legs, self._rtp_packets)
        for path, value in hardware.port_leaves(self.cabling, t - self.booted_at, packets):
            self.tree.put(path, value)
        sent, received = self.sip_messages
        self.tree.put(PHONE / "SIPMessageSent", str(sent))
        self.tree.put(PHONE / "SIPMessageRecv", str(received))
        self.tree.put(PHONE / "SIPBytesSent", str(sent * _SIP_BYTES_SENT))
        self.tree.put(PHONE / "SIPBytesRecv", str(received * _SIP_BYTES_RECEIVED))

    def _show_lights(self) -> None:
        ringing = any(leg.state == "Ringing" for leg in self.legs)
        lights = {
            "Headset": IN_CALL if self.audio == "headset" else OFF,
            "Mute": _RED if self.muted else OFF,
            "Mwi": _MWI_RINGING if ringing else _RED if self.waiting else OFF,
            "Speaker": IN_CALL if self.audio == "speaker" else OFF,
        }
        for name, (colour, cadence) in lights.items():
            self.tree.put(LEDS / f"{name}LEDCadence", cadence)
            self.tree.put(LEDS / f"{name}LEDColor", colour)
        for key in range(1, self.model.lamps + 1):
            unused = key > len(self.extensions)
            legs = [leg for leg in self.legs if leg.line == key]
            colour, cadence = line_key_light(legs, registered=self.registered or unused)
            self.tree.put(LEDS / "Line" / key / "LEDCadence", cadence)
            self.tree.put(LEDS / "Line" / key / "LEDColor", colour)


def clock_text(now: datetime) -> str:
    """`11/02/26 8:15:30 a.m.`, as phones of this family write it."""
    half = "a.m." if now.hour < 12 else "p.m."
    return f"{now:%m/%d/%y} {now.hour % 12 or 12}:{now:%M:%S} {half}"


def _packets(legs: Iterable[Leg], before: tuple[int, int]) -> tuple[int, int]:
    """RTP packets sent and received, `before` included."""
    sent, received = before
    for leg in legs:
        if leg.conversation:
            end = leg.conversation.end_of(leg)
            sent, received = sent + end.sent, received + end.reception().received
    return sent, received
