"""A small office of simulated phones over time, without sockets or a clock, and its traffic."""

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random

from msgspec.structs import replace

from phonetui.simulator import place_name
from phonetui.simulator.call import CallPlan, Conversation, Leg
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.exchange import CallExchange, CallRefused
from phonetui.simulator.hardware import Cabling
from phonetui.simulator.media import Profile
from phonetui.simulator.media.model import Media, ModelMedia
from phonetui.simulator.scenario import Scenario, Timeline
from phonetui.simulator.tree import Notice, PhoneCondition, TreeEvent

_CODECS = ("G722", "G722", "G722", "OPUS", "OPUS", "G711u", "G711a", "G729a")


class CallTraffic:
    """Makes calls by a scenario; `start` plans the first."""

    def __init__(
        self, office: "Office", devices: tuple[SimulatedDevice, ...], timeline: Timeline, random: Random
    ) -> None:
        self._scenario = office.scenario
        self._devices = devices
        self._exchange = office.exchange
        self._timeline = timeline
        self._random = random
        self._troubled: Conversation | None = None
        self._calls_per_s = office.scenario.calls_per_s(len(devices))

    def start(self) -> None:
        first = self._scenario.first_call_s
        if first is None:
            return
        if self._scenario.troubled_profile:
            self._timeline.every(first, 1.0, self._keep_one_troubled)
        if self._calls_per_s:
            self._timeline.at(first + self._pause(), self._ordinary)

    def _keep_one_troubled(self, t: float) -> None:
        if self._troubled and not self._troubled.over:
            return
        first = self._troubled is None
        plan = CallPlan(
            profile=self._scenario.troubled_profile,
            codec="G722",
            answer_after_s=0.7 if first else 2.0,
            talk_s=self._between(self._scenario.troubled_talk_s),
        )
        self._troubled = self._call(plan, t)

    def _ordinary(self, t: float) -> None:
        self._timeline.at(t + self._pause(), self._ordinary)
        if self._scenario.engaged and self._random.random() < self._scenario.engaged_probability:
            self._engaged(t)
            return
        busy = sum(not device.idle for device in self._devices)
        if busy + 2 <= self._scenario.busy_share * len(self._devices):
            self._call(self._plan(), t)

    def _engaged(self, t: float) -> None:
        """Somebody calls where it is busy, hears the tone and gives up."""
        idle = [device for device in self._devices if device.idle]
        if idle:
            leg = self._exchange.seize(self._random.choice(idle), 1)
            self._exchange.dial(leg, self._random.choice(self._scenario.engaged), CallPlan(), t)

    def _plan(self) -> CallPlan:
        scenario, chance = self._scenario, self._random.random
        talk_s = self._between(scenario.talk_s)
        holds = chance() < scenario.hold_probability
        passes = scenario.transfer_probability > 0 and chance() < scenario.transfer_probability
        return CallPlan(
            profile="glitch" if chance() < scenario.glitch_probability else "clean",
            codec=self._random.choice(_CODECS),
            answer_after_s=None if chance() < scenario.unanswered_probability else self._between(scenario.ring_s),
            talk_s=talk_s,
            hold_at_s=talk_s * (0.2 + 0.4 * chance()) if holds else None,
            hold_s=self._between(scenario.hold_s),
            caller_holds=chance() < 0.5,
            transfer_at_s=talk_s * 0.3 if passes and not holds else None,
        )

    def _call(self, plan: CallPlan, t: float) -> Conversation | None:
        idle = [device for device in self._devices if device.idle]
        passes = plan.transfer_at_s is not None
        if len(idle) < 2:
            return None
        caller, callee, *others = self._random.sample(idle, min(3 if passes else 2, len(idle)))
        if passes:
            third = others[0].extensions[0] if others else ""
            plan = replace(plan, transfer_to=third, transfer_at_s=plan.transfer_at_s if third else None)
        leg = self._exchange.seize(caller, 1, audio=self._random.choice(("speaker", "headset", "handset")))
        return self._exchange.dial(leg, callee.extensions[0], plan, t)

    def _pause(self) -> float:
        return self._random.expovariate(self._calls_per_s)

    def _between(self, bounds: tuple[float, float]) -> float:
        return self._random.uniform(*bounds)


Listener = Callable[[SimulatedDevice, Sequence[Notice]], None]
CLOCK_S, PORTS_S, REGISTRATION_S = 10.0, 5.0, 60.0
"""How often a phone samples its clock and its counters, and registers again."""
SOCKETS = 4
"""Phones on one access switch."""


class Office:
    """Phones that call each other; all times are seconds since it opened, and never go back."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        phones: int,
        first: int = 1,
        seed: int,
        epoch: datetime,
        listener: Listener,
        media: Media | None = None,
    ) -> None:
        """Without `media`, call figures are the seeded model's."""
        self.scenario = scenario
        self._listener = listener
        self._random = Random(f"phonetui office {seed}{f' from {first}' if first > 1 else ''}")  # noqa: S311 - repeatable, not secret
        self._changed: dict[SimulatedDevice, None] = {}
        self._timeline = Timeline()
        self.exchange = CallExchange(self._timeline, self._random, media or ModelMedia())
        self.exchange.engaged, self.exchange.heard_after_s = frozenset(scenario.engaged), scenario.heard_after_s
        self.exchange.network = scenario.network
        everybody = tuple(self._furnish(number, epoch) for number in range(first, first + max(2, phones)))
        self.devices = everybody[:phones]
        self._beyond = first + phones
        """The number of the first that is not served."""
        self._everybody = everybody
        """A single phone gets a colleague to talk to that nobody can look into."""
        self._traffic = CallTraffic(self, everybody, self._timeline, self._random)

    @property
    def next_due(self) -> float | None:
        """When something happens next by itself."""
        return self._timeline.next_due

    def open(self) -> None:
        """The state at t = 0, and everything that goes on by itself from then on."""
        for device in self._everybody:
            device.show_all(0.0)
            phase = self._random.random()
            self._timeline.every(phase * CLOCK_S, CLOCK_S, _while_live(device, device.show_clock))
            self._timeline.every(phase * PORTS_S, PORTS_S, _while_live(device, device.show_ports))
            self._timeline.every(phase * REGISTRATION_S, REGISTRATION_S, _while_live(device, device.register_again))
        self._traffic.start()
        for device in self.devices:
            if device.number in self.scenario.engaged_phones:
                self._engage(device)
        if self.scenario.reboot_every_s:
            self._timeline.every(self.scenario.reboot_every_s * 0.5, self.scenario.reboot_every_s, self._reboot_one)
        if self.scenario.flap_every_s:
            self._timeline.every(self.scenario.flap_every_s * 0.3, self.scenario.flap_every_s, self._flap_one)
        self.flush()

    def _engage(self, device: SimulatedDevice) -> None:
        """Its user is in a call with a colleague whom nobody serves."""
        colleague = self._furnish(900 + device.number, device.epoch)
        leg = self.exchange.seize(device, 1)
        self.exchange.dial(leg, colleague.extensions[0], CallPlan(answer_after_s=0.5), 0.0)

    def advance(self, t: float) -> None:
        while self._timeline.run_one(t):
            self.flush()

    def flush(self) -> None:
        """Hands out what changed; whoever acts on a device from outside calls this before letting time pass."""
        while self._changed:
            device = next(iter(self._changed))
            del self._changed[device]
            notices = device.tree.take()
            if notices and device.number < self._beyond:
                self._listener(device, notices)

    def later(self, t: float, action: Callable[[float], None]) -> None:
        self._timeline.at(t, action)

    def dial(self, device: SimulatedDevice, number: str, t: float, *, line: int = 1, leg: Leg | None = None) -> Leg:
        """An operator's call; it lasts until somebody hangs up. Raises CallRefused when there is no room for it."""
        if not device.live:
            raise CallRefused("The phone is restarting")
        leg = leg or self.exchange.seize(device, line)
        self.exchange.dial(leg, number, CallPlan(answer_after_s=self.scenario.answer_after_s), t)
        return leg

    def call(self, caller: SimulatedDevice, callee: SimulatedDevice, plan: CallPlan, t: float) -> Leg:
        """A call as a test wants it."""
        leg = self.exchange.seize(caller, 1)
        self.exchange.dial(leg, callee.extensions[0], plan, t)
        self.flush()
        return leg

    def impair(self, device: SimulatedDevice, profile: Profile, t: float) -> None:
        """Changes what lies in the network between a phone and what it hears, in the calls that it has now."""
        for leg in device.legs:
            if leg.conversation:
                leg.conversation.end_of(leg).impair(profile, t)

    def rename(self, device: SimulatedDevice, label: str) -> None:
        """What others see of a phone, calls in progress included."""
        device.label = label
        for other in self._everybody:
            if other.legs:
                other.show()
        self.flush()

    def reboot(self, device: SimulatedDevice, t: float) -> None:
        """BootEvent, calls gone, Shutdown; the phone is back after the scenario's `boot_s`."""
        if not device.live:
            return
        device.tree.emit(TreeEvent("BootEvent", (("Action", "Restart"),)))
        self.exchange.drop(device, t)
        device.tree.emit(TreeEvent("Shutdown"))
        device.live = False
        device.tree.emit(PhoneCondition("rebooting"))
        self.flush()
        self._timeline.at(t + self.scenario.boot_s, lambda due: self._come_up(device, due))

    def unregister(self, device: SimulatedDevice, t: float) -> None:
        """The phone loses its registration, tries again after the scenario's `flap_s`, and has it a second later."""
        if device.live and device.registered:
            device.registration = "Not Registered"
            device.show()
            self.flush()
            self._timeline.at(t + self.scenario.flap_s, lambda due: self._try_again(device, due))

    def _try_again(self, device: SimulatedDevice, t: float) -> None:
        if device.live and not device.registered:
            device.registration = "Registering"
            device.show()
            self._timeline.at(t + 1.0, lambda _: self._register(device))

    def _flap_one(self, t: float) -> None:
        able = [device for device in self.devices if device.live and device.registered]
        if able:
            self.unregister(self._random.choice(able), t)

    def _come_up(self, device: SimulatedDevice, t: float) -> None:
        device.boot(t)
        device.show_all(t)
        self._timeline.at(t + 1.0, lambda _: self._register(device))

    def _register(self, device: SimulatedDevice) -> None:
        device.registration = "Registered"
        device.count_sip(2, 2)
        device.show()

    def _reboot_one(self, t: float) -> None:
        live = [device for device in self.devices if device.live]
        if live:
            self.reboot(self._random.choice(live), t)

    def _note_change(self, device: SimulatedDevice) -> None:
        self._changed[device] = None

    def _furnish(self, number: int, epoch: datetime) -> SimulatedDevice:
        cabling = Cabling(
            cabinet=1 + (number - 1) // SOCKETS,
            socket=1 + (number - 1) % SOCKETS,
            computer=number % 3 != 0,
            unicast=7.0 + number % 5,
            crc_errors=0.6 if number in self.scenario.crc_errors else 0.0,
            switch="100 Half" if number in self.scenario.half_duplex else "1000 Full",
        )
        device = SimulatedDevice(
            number=number,
            label=place_name(number),
            extensions=(f"5{number:03}", f"6{number:03}"),
            cabling=cabling,
            booted_at=-float(self._random.randrange(3600, 20 * 86400)),
            epoch=epoch,
            on_change=self._note_change,
        )
        device.extensions = device.extensions[: device.model.lines]
        device.waiting = number in self.scenario.waiting
        self.exchange.register(device)
        return device


def _while_live(device: SimulatedDevice, action: Callable[[float], None]) -> Callable[[float], None]:
    return lambda t: action(t) if device.live else None
