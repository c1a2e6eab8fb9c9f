"""What happens to one phone in a minute and a half, told once: a call in trouble, holds, lights, ports, a restart."""

from collections.abc import Callable, Sequence
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from phonetui.simulator import scenario
from phonetui.simulator.call import CallPlan
from phonetui.simulator.device import SimulatedDevice
from phonetui.simulator.office import Office
from phonetui.simulator.tree import Notice, PhoneCondition
from phonetui.xapi.path import Path
from tests.simulator.offices import EPOCH

END_S = 98.0
BOOT_S = 6.0
_PC_PORT, _LOGIN = Path.parse("PhoneStatus PCPort"), Path.parse("Security LastFailedAdminLogin")


class Moment(Struct, frozen=True):
    """What the phone's tree told at one instant."""

    at: float
    notices: tuple[Notice, ...]


class Story(Struct, frozen=True):
    device: SimulatedDevice
    """As it is at the end: who it is doesn't change."""
    moments: tuple[Moment, ...]

    def is_live(self, at: float) -> bool:
        states = [
            one.state
            for moment in self.moments
            if moment.at <= at
            for one in moment.notices
            if isinstance(one, PhoneCondition)
        ]
        return not states or states[-1] == "live"


class _Stage:
    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self._at = 0.0
        plan = replace(scenario.read("quiet"), boot_s=BOOT_S, flap_s=2.0)
        self.office = Office(plan, phones=5, seed=5, epoch=EPOCH, listener=self._hear)
        self.phone = self.office.devices[1]

    def _hear(self, device: SimulatedDevice, notices: Sequence[Notice]) -> None:
        if device is self.phone:
            self.moments.append(Moment(self._at, tuple(notices)))

    def run(self, until: float) -> None:
        while (due := self.office.next_due) is not None and due <= until:
            self._at = due
            self.office.advance(due)
        self._at = until

    def do(self, at: float, act: Callable[[], object]) -> None:
        self.run(at)
        act()
        self.office.flush()


@cache
def story() -> Story:
    stage = _Stage()
    office, phone, tree = stage.office, stage.phone, stage.phone.tree
    first, _, third, fourth, _ = office.devices
    office.open()

    def call(caller: SimulatedDevice, callee: SimulatedDevice, at: float, **plan: object) -> None:
        stage.do(at, lambda: office.call(caller, callee, CallPlan(**plan), at))  # type: ignore[arg-type]  # fields of it

    def shown(at: float, **fields: object) -> None:
        def change() -> None:
            for name, value in fields.items():
                setattr(phone, name, value)
            phone.show()

        stage.do(at, change)

    call(
        first, phone, 2.0, profile="broken", codec="G711u", answer_after_s=1.5, talk_s=42.0, hold_at_s=22.0, hold_s=3.0,
        caller_holds=False,
    )  # fmt: skip
    shown(8.0, cabling=replace(phone.cabling, crc_errors=3.0))
    call(third, phone, 15.0, answer_after_s=None)
    stage.do(18.0, lambda: office.exchange.hang_up(third.legs[0], 18.0))
    stage.do(40.0, lambda: office.exchange.hold(first.legs[0], 40.0))
    stage.do(42.0, lambda: office.exchange.resume(first.legs[0], 42.0))
    stage.do(47.0, lambda: tree.put(_PC_PORT, "Down"))
    shown(48.0, waiting=True)
    shown(49.0, muted=True, audio="speaker")
    shown(50.0, muted=False, audio="")
    stage.do(51.0, lambda: office.unregister(phone, 51.0))
    call(phone, fourth, 57.0, codec="OPUS", answer_after_s=1.0, talk_s=16.0)
    stage.do(76.0, lambda: tree.put(_LOGIN, "11/02/26 8:16:45 a.m."))
    stage.do(78.0, lambda: office.reboot(phone, 78.0))
    call(first, phone, 88.0, answer_after_s=1.0, talk_s=5.0)
    stage.run(END_S)
    return Story(phone, tuple(stage.moments))
